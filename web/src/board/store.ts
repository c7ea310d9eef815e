// The board outside React: seats by member, one arrangement, the link. Tiles subscribe to one seat
// each; everything that changed is told once a frame of the display.

import type { GroupCard, IncidentItem, IncidentNews, MemberCard, SeatView } from "../api/wire";
import { type Arrangement, Arranger, NOBODY } from "./arrange";
import type { Stop } from "./backoff";
import type { HubClock } from "./clock";
import { type Feed, NO_NEWS, withNews, withRecord } from "./feed";
import { EVERYBODY, type Filter, type Sort } from "./filter";
import { unheard } from "./label";
import type { Patch, Replace } from "./replica";

/** Counts and places change at most this often: faster than that nobody reads them. */
const ARRANGE_EVERY_MS = 250;

export type LinkPhase = "syncing" | "live" | "lost";

export interface LinkState {
  readonly phase: LinkPhase;
  /** The hub's time of the last frame; null before the first. */
  readonly lastNews: number | null;
  readonly attempt: number;
  readonly stopped: Stop | null;
}

/** When a seat last changed in front of the watcher, and how often: marks the tile for a moment. */
export interface Change {
  readonly atMs: number;
  readonly times: number;
}

export type Listener = () => void;

class Listeners {
  readonly #all = new Set<Listener>();

  add = (listener: Listener): Listener => {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  };

  tell(): void {
    for (const listener of this.#all) listener();
  }
}

/** What the store needs of its surroundings; tests step frames and time by hand. */
export interface Stage {
  readonly frame: (draw: Listener) => void;
  readonly later: (ms: number, run: Listener) => void;
  readonly nowMs: () => number;
}

/** The next frame; hidden pages get none, not even those asked for before, but their title counts on. */
function frameOrSoon(draw: Listener): void {
  const once = () => {
    cancelAnimationFrame(frame);
    clearTimeout(soon);
    draw();
  };
  const frame = requestAnimationFrame(once);
  const soon = setTimeout(once, ARRANGE_EVERY_MS);
}

export const browserStage: Stage = {
  frame: frameOrSoon,
  later: (ms, run) => void setTimeout(run, ms),
  nowMs: () => performance.now(),
};

export class BoardStore {
  #members: ReadonlyMap<number, MemberCard> = new Map();
  #groups: readonly GroupCard[] = [];
  #groupNames: ReadonlyMap<number, string> = new Map();
  #seats = new Map<number, SeatView>();
  /** In the past: those whose state only a later report says. */
  late: ReadonlySet<number> = new Set();
  #changes = new Map<number, Change>();
  #filter: Filter = EVERYBODY;
  #sort: Sort = "group";
  #arranger: Arranger;
  #arrangement: Arrangement = NOBODY;
  #feed: Feed = NO_NEWS;
  #link: LinkState = { phase: "syncing", lastNews: null, attempt: 0, stopped: null };
  #known = false;

  #dirty = new Set<number>();
  #misplaced = new Set<number>();
  #framed = false;
  #heldStill = false;
  #stale = false;
  #waiting = false;
  #arrangedAtMs = Number.NEGATIVE_INFINITY;

  readonly #seatListeners = new Map<number, Set<Listener>>();
  readonly #boardListeners = new Listeners();
  readonly #feedListeners = new Listeners();
  readonly #linkListeners = new Listeners();
  readonly #newsListeners = new Set<(news: IncidentNews) => void>();
  readonly #turnListeners = new Set<(seat: SeatView) => void>();
  readonly #wholeListeners = new Set<Listener>();

  constructor(
    readonly clock: HubClock,
    private readonly stage: Stage = browserStage,
    /** It shows a moment that has gone: ages would be of then, so times are said instead. */
    readonly past = false,
  ) {
    this.#arranger = this.#newArranger();
  }

  // ---- what React reads

  arrangement = (): Arrangement => this.#arrangement;
  groups = (): readonly GroupCard[] => this.#groups;
  members = (): ReadonlyMap<number, MemberCard> => this.#members;
  feed = (): Feed => this.#feed;
  link = (): LinkState => this.#link;
  /** False until the first whole snapshot: an empty board is not known to be empty. */
  known = (): boolean => this.#known;
  groupName = (group: number): string => this.#groupNames.get(group) ?? "";
  card = (member: number): MemberCard | undefined => this.#members.get(member);
  seat = (member: number): SeatView => this.#seats.get(member) ?? this.#unheard(member);
  seats = (): Iterable<SeatView> => this.#seats.values();
  changed = (member: number): Change | undefined => this.#changes.get(member);

  onBoard = this.#boardListeners.add;
  onFeed = this.#feedListeners.add;
  onLink = this.#linkListeners.add;

  onSeat(member: number, listener: Listener): Listener {
    const all = this.#seatListeners.get(member) ?? new Set();
    this.#seatListeners.set(member, all.add(listener));
    return () => {
      all.delete(listener);
      if (all.size === 0) this.#seatListeners.delete(member);
    };
  }

  /** Somebody's label changed in front of the watcher. */
  onTurn = (listener: (seat: SeatView) => void): Listener => {
    this.#turnListeners.add(listener);
    return () => this.#turnListeners.delete(listener);
  };

  /** The whole board was taken anew: what happened before is not known from it. */
  onWhole = (listener: Listener): Listener => {
    this.#wholeListeners.add(listener);
    return () => this.#wholeListeners.delete(listener);
  };

  /** Every step of every incident, once. */
  onNews = (listener: (news: IncidentNews) => void): Listener => {
    this.#newsListeners.add(listener);
    return () => this.#newsListeners.delete(listener);
  };

  // ---- what the connection writes

  replace({ members, groups, seats }: Replace): void {
    for (const member of this.#seats.keys()) this.#dirty.add(member);
    this.#members = new Map(members.map((card) => [card.id, card]));
    this.#setGroups(groups);
    this.#seats = new Map(seats.map((seat) => [seat.member, seat]));
    for (const member of this.#seats.keys()) this.#dirty.add(member);
    this.#known = true;
    for (const listener of this.#wholeListeners) listener();
    this.#rearrange();
    this.#draw();
  }

  patch({ seats, gone, members, groups, incidents }: Patch): void {
    for (const seat of seats) this.#put(seat);
    if (groups.length > 0) this.#setGroups(groups);
    if (gone.length + members.length > 0) this.#move(gone, members);
    if (incidents.length > 0) this.#hear(incidents);
    this.#moved ||= gone.length + members.length + groups.length > 0;
    this.#stale ||= this.#moved || seats.length > 0;
    this.#draw();
  }

  setLink(change: Partial<LinkState>): void {
    const next = { ...this.#link, ...change };
    const same = (Object.keys(next) as (keyof LinkState)[]).every(
      (key) => next[key] === this.#link[key],
    );
    if (same) return;
    this.#link = next;
    this.#linkListeners.tell();
  }

  // ---- what people and the record change

  setFilter(filter: Filter, sort: Sort = "group"): void {
    this.#filter = filter;
    this.#sort = sort;
    this.#rearrange();
    this.#draw();
  }

  still = (): boolean => this.#heldStill;

  /** While a pointer or the focus is on the board, nobody changes places. */
  holdStill(held: boolean): void {
    this.#heldStill = held;
    if (held) return;
    this.#stale = true;
    this.#draw();
  }

  /** Long absences rank higher as time goes by. */
  age(): void {
    this.#aged = true;
    this.#stale = true;
    this.#draw();
  }

  addRecord(items: readonly IncidentItem[]): void {
    this.#feed = withRecord(this.#feed, items);
    this.#feedListeners.tell();
  }

  // ---- inside

  #unheardSeats = new Map<number, SeatView>();

  #unheard(member: number): SeatView {
    const seat = this.#unheardSeats.get(member) ?? unheard(member);
    this.#unheardSeats.set(member, seat);
    return seat;
  }

  #setGroups(groups: readonly GroupCard[]): void {
    this.#groups = groups;
    this.#groupNames = new Map(groups.map(({ id, name }) => [id, name]));
  }

  #put(seat: SeatView): void {
    const before = this.#seats.get(seat.member);
    this.#seats.set(seat.member, seat);
    this.#dirty.add(seat.member);
    this.#misplaced.add(seat.member);
    if (before?.label !== seat.label) for (const listener of this.#turnListeners) listener(seat);
    if (before?.label === seat.label && before.alert?.id === seat.alert?.id) return;
    const times = (this.#changes.get(seat.member)?.times ?? 0) + 1;
    this.#changes.set(seat.member, { atMs: this.stage.nowMs(), times });
  }

  #move(gone: readonly number[], cards: readonly MemberCard[]): void {
    const members = new Map(this.#members);
    for (const card of cards) members.set(card.id, card);
    for (const member of gone) {
      members.delete(member);
      this.#seats.delete(member);
      this.#dirty.add(member);
    }
    this.#members = members;
  }

  #hear(incidents: readonly IncidentNews[]): void {
    this.#feed = withNews(this.#feed, incidents);
    this.#feedListeners.tell();
    for (const news of incidents) for (const listener of this.#newsListeners) listener(news);
  }

  #newArranger(): Arranger {
    const people = { members: this.#members, groups: this.#groups, seat: this.seat };
    return new Arranger(people, this.#filter, this.#sort);
  }

  /** Everybody anew: another filter, other people, or other groups. */
  #rearrange(): void {
    this.#arranger = this.#newArranger();
    const before = this.#heldStill ? this.#arrangement : null;
    this.#arranged(this.#arranger.whole(this.clock.live(), before));
  }

  #arrangeChanged(): void {
    const now = this.clock.live();
    const held = this.#heldStill;
    if (this.#moved) this.#rearrange();
    else if (this.#aged) this.#arranged(this.#arranger.aged(now, held));
    else this.#arranged(this.#arranger.after(this.#misplaced, now, held));
  }

  #arranged(arrangement: Arrangement): void {
    this.#arrangement = arrangement;
    this.#arrangedAtMs = this.stage.nowMs();
    this.#misplaced.clear();
    this.#stale = this.#moved = this.#aged = false;
    this.#boardTold = false;
  }

  #moved = false;
  #aged = false;
  #boardTold = true;

  #draw(): void {
    if (this.#framed) return;
    this.#framed = true;
    this.stage.frame(this.#flush);
  }

  readonly #flush = (): void => {
    this.#framed = false;
    if (this.#stale) this.#arrangeSoon();
    const dirty = this.#dirty;
    this.#dirty = new Set();
    for (const member of dirty)
      for (const listener of this.#seatListeners.get(member) ?? []) listener();
    if (this.#boardTold) return;
    this.#boardTold = true;
    this.#boardListeners.tell();
  };

  #arrangeSoon(): void {
    const wait = this.#arrangedAtMs + ARRANGE_EVERY_MS - this.stage.nowMs();
    if (wait <= 0) this.#arrangeChanged();
    else if (!this.#waiting) {
      this.#waiting = true;
      this.stage.later(wait, () => {
        this.#waiting = false;
        this.#draw();
      });
    }
  }
}
