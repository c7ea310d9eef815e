// The time machine's playing: a board of a moment that has gone, one minute, or up to 600 times as
// fast as it went. Knows no React; tests step its time by hand.

import { Problem } from "../api/http";
import type { As } from "../api/record";
import type { GroupCard, MemberCard, Schemas, SeatView } from "../api/wire";
import { HubClock } from "../board/clock";
import { BoardStore, type Listener, type Stage } from "../board/store";
import { DAY_S } from "../days/tokyo";
import { Around, type Change, type Near, NOTHING, type Opening, reachOf, WITHIN_S } from "./around";

export const SPEEDS = [1, 10, 60, 300, 600] as const;
export type Speed = (typeof SPEEDS)[number];

/** How far back the record is kept: three months, of which these are the shortest. */
export const DAYS_BACK = 92;

/** So much of the playing is asked for at once; the next when half of it is played. */
const AHEAD_S = 20;
const MOST_S = 6 * 3_600;
/** Where fewer lines than this are around the moment, one looks further. */
const FEW = 12;
const FURTHER = 5;
/** Now goes on while it is asked for: what is played to within this is played to now. */
const CAUGHT_UP_S = 5;
/** While it plays, what is around the moment is told so often: faster than that nobody reads it. */
const TELL_EVERY_MS = 1_000;

type Then = Schemas["BoardThen"];
type Changes = Schemas["BoardChanges"];

export interface Ask {
  readonly at: (time: number, as: As) => Promise<Then>;
  readonly changes: (from: number, to: number, as: As) => Promise<Changes>;
}

/** What the live board knows of people, whom the past needs by name. */
export interface People {
  readonly members: () => ReadonlyMap<number, MemberCard>;
  readonly groups: () => readonly GroupCard[];
}

export interface Playing {
  /** The moment that one wants to see. */
  readonly time: number;
  /** The moment that the board shows: the one wanted, as soon as it has been read. */
  readonly shown: number | null;
  readonly as: As;
  /** null while it stands. */
  readonly speed: Speed | null;
  readonly loading: boolean;
  /** Why the moment could not be read: what the hub said, or nothing if it did not answer. */
  readonly failed: string | null;
  /** How many people's state is known only because it was told later. */
  readonly late: number;
  /** Whether it is known what happened around the moment, or cannot be read. */
  readonly around: "reading" | "read" | "unread";
  /** It was played until now: there is nothing more to show of the past. */
  readonly over: boolean;
}

export class Player {
  readonly store: BoardStore;
  readonly #clock: HubClock;
  #state: Playing;
  readonly #late = new Set<number>();
  #queue: Change[] = [];
  #known = 0;
  /** The turn that a question about changes is under way for. */
  #asking = -1;
  #reading = false;
  #turn = 0;
  readonly #around = new Around();
  #near: Near = NOTHING;
  #untoldMs = 0;
  #openings = new Map<string, Opening>();
  readonly #listeners = new Set<Listener>();

  constructor(
    private readonly people: People,
    private readonly ask: Ask,
    private readonly now: () => number,
    time: number,
    as: As = "known",
    stage?: Stage,
  ) {
    this.#clock = new HubClock(() => 0); // it stands until it is told
    this.#clock.told(this.#kept(time));
    this.store = new BoardStore(this.#clock, stage, true);
    this.store.late = this.#late;
    this.#state = {
      time: this.#kept(time),
      shown: null,
      as,
      speed: null,
      loading: true,
      failed: null,
      late: 0,
      around: "reading",
      over: false,
    };
    void this.#whole();
  }

  state = (): Playing => this.#state;

  /** What happened around the moment; the same object until it is told anew. */
  near = (): Near => this.#near;

  /** What is known of an incident that the board shows. */
  opening = (id: string): Opening | undefined => this.#openings.get(id);

  subscribe = (listener: Listener): Listener => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Show another moment, within what is kept; one that has not come yet is this one. */
  goTo(time: number): void {
    this.#set({ time: this.#kept(time) });
    void this.#whole();
  }

  see(as: As): void {
    this.#set({ as });
    void this.#whole();
  }

  /** Ask once more for what could not be read. */
  again(): void {
    void this.#whole();
  }

  play(speed: Speed | null): void {
    this.#set({ speed });
    if (speed !== null) void this.#more();
    else this.#tellNear(this.#around.near(this.#state.time));
  }

  /** So many milliseconds have passed. */
  step(ms: number): void {
    const { speed, time } = this.#state;
    if (speed === null || this.#reading) return;
    const now = this.now();
    const end = Math.min(this.#known, now);
    const next = Math.min(time + (ms / 1000) * speed, end);
    const due = this.#queue.findIndex(({ at }) => at > next);
    const happened = this.#queue.splice(0, due < 0 ? this.#queue.length : due);
    const over = next >= end && now - next < CAUGHT_UP_S;
    this.#clock.told(next);
    if (happened.length > 0) this.#apply(happened);
    this.#untoldMs += ms;
    if (this.#untoldMs >= TELL_EVERY_MS) this.#tellNear(this.#around.near(next));
    this.#set({
      time: next,
      shown: next,
      loading: next >= this.#known && !over,
      speed: over ? null : speed,
      over,
      late: this.#late.size,
    });
    if (this.#known - next < (AHEAD_S / 2) * speed) void this.#more();
  }

  #kept(time: number): number {
    const now = this.now();
    return Math.min(Math.max(time, now - DAYS_BACK * DAY_S), now);
  }

  #apply(changes: readonly Change[]): void {
    const last = new Map<number, SeatView>();
    for (const { seat, late } of changes) {
      last.set(seat.member, seat);
      if (late) this.#late.add(seat.member);
      else this.#late.delete(seat.member);
    }
    const seats = [...last.values()];
    this.store.patch({ do: "patch", seats, gone: [], members: [], groups: [], incidents: [] });
  }

  /** One question at a time: while the slider moves, the next one is of where it is by then. */
  async #whole(): Promise<void> {
    this.#turn += 1;
    this.#queue = [];
    this.#set({ loading: true, failed: null, over: false });
    if (this.#reading) return;
    this.#reading = true;
    let turn: number;
    do {
      turn = this.#turn;
      await this.#read(turn);
    } while (turn !== this.#turn);
    this.#reading = false;
    if (this.#state.failed === null) await this.#look(turn);
  }

  async #read(turn: number): Promise<void> {
    const { time, as } = this.#state;
    try {
      const then = await this.ask.at(time, as);
      if (as === this.#state.as) this.#show(then, time);
      if (turn === this.#turn) this.#set({ loading: false });
    } catch (refused) {
      if (turn !== this.#turn) return;
      const failed = refused instanceof Problem ? refused.message : "";
      this.#set({ loading: false, failed, speed: null });
    }
  }

  #show(then: Then, time: number): void {
    this.#known = time;
    this.#late.clear();
    for (const member of then.late) this.#late.add(member);
    this.#openings = new Map(then.incidents.map((one) => [one.id, one]));
    this.#clock.told(time);
    const members = [...this.people.members().values(), ...then.left];
    const groups = this.people.groups();
    this.store.replace({ do: "replace", members, groups, seats: then.seats });
    this.store.setLink({ phase: "live", lastNews: time });
    this.#set({ shown: time, late: this.#late.size });
  }

  /** What is around the moment, and with it the beginning of what can be played. */
  async #look(turn: number): Promise<void> {
    const { time, as } = this.#state;
    let reach = reachOf(this.store.members().size);
    this.#asking = turn;
    this.#set({ around: "reading" });
    try {
      for (;;) {
        const to = Math.min(this.now(), time + reach);
        const told = await this.ask.changes(time - reach, to, as);
        if (turn !== this.#turn) return;
        this.#around.clear();
        this.#told(told);
        const upTo = told.next ?? to;
        this.#queue = told.changes.filter(({ at }) => at > time && at < upTo);
        this.#known = Math.max(time, upTo);
        this.#tellNear(this.#around.near(time), "read");
        if (reach >= WITHIN_S || this.#near.before.length + this.#near.after.length >= FEW) break;
        reach = Math.min(WITHIN_S, reach * FURTHER);
      }
    } catch {
      // The board is shown without it.
      if (turn === this.#turn) this.#tellNear(NOTHING, "unread");
    } finally {
      this.#answered(turn);
    }
    if (turn === this.#turn && this.#state.speed !== null) void this.#more();
  }

  async #more(): Promise<void> {
    const { speed, as } = this.#state;
    const turn = this.#turn;
    if (this.#asking === turn || this.#reading || speed === null) return;
    if (this.#known >= this.now()) return;
    this.#asking = turn;
    const from = this.#known;
    const to = Math.min(this.now(), from + Math.min(MOST_S, AHEAD_S * speed));
    try {
      const told = await this.ask.changes(from, to, as);
      if (turn !== this.#turn) return;
      const until = told.next ?? to;
      this.#queue.push(...told.changes.filter(({ at }) => at >= from && at < until));
      this.#told(told);
      this.#around.forget(this.#state.time);
      this.#known = until;
    } catch (refused) {
      const failed = refused instanceof Problem ? refused.message : "";
      if (turn === this.#turn) this.#set({ failed, speed: null });
    } finally {
      this.#answered(turn);
    }
  }

  #answered(turn: number): void {
    if (this.#asking === turn) this.#asking = -1;
  }

  #told({ changes, incidents = [] }: Changes): void {
    this.#around.add(changes, incidents);
    for (const one of incidents) this.#openings.set(one.id, one);
  }

  #tellNear(near: Near, around = this.#state.around): void {
    this.#untoldMs = 0;
    this.#near = near;
    this.#set({ around });
  }

  #set(change: Partial<Playing>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
