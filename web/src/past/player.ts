// The time machine's playing: a board of a moment that has gone, one minute, or up to 600 times as
// fast as it went. Knows no React; tests step its time by hand.

import type { As } from "../api/record";
import type { GroupCard, MemberCard, Schemas, SeatView } from "../api/wire";
import { HubClock } from "../board/clock";
import { BoardStore, type Listener, type Stage } from "../board/store";

export const SPEEDS = [1, 10, 60, 300, 600] as const;
export type Speed = (typeof SPEEDS)[number];

/** So much of the playing is asked for at once; the next when half of it is played. */
const AHEAD_S = 20;
const MOST_S = 6 * 3_600;

type Then = Schemas["BoardThen"];
type Changes = Schemas["BoardChanges"];
type Change = Schemas["SeatChange"];

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
  readonly time: number;
  readonly as: As;
  /** null while it stands. */
  readonly speed: Speed | null;
  readonly loading: boolean;
  readonly failed: boolean;
  /** How many people's state is known only because it was told later. */
  readonly late: number;
}

export class Player {
  readonly store: BoardStore;
  readonly #clock: HubClock;
  #state: Playing;
  #late = new Set<number>();
  #queue: Change[] = [];
  #known = 0;
  #asking = false;
  #turn = 0;
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
    this.store = new BoardStore(this.#clock, stage, true);
    this.#state = { time, as, speed: null, loading: true, failed: false, late: 0 };
    void this.#whole();
  }

  state = (): Playing => this.#state;

  subscribe = (listener: Listener): Listener => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Show another moment; one that has not come yet is this one. */
  goTo(time: number): void {
    this.#set({ time: Math.min(time, this.now()) });
    void this.#whole();
  }

  see(as: As): void {
    this.#set({ as });
    void this.#whole();
  }

  play(speed: Speed | null): void {
    this.#set({ speed });
    if (speed !== null) void this.#more();
  }

  /** So many milliseconds have passed. */
  step(ms: number): void {
    const { speed, time } = this.#state;
    if (speed === null) return;
    const end = Math.min(this.#known, this.now());
    const next = Math.min(time + (ms / 1000) * speed, end);
    const due = this.#queue.findIndex(({ at }) => at > next);
    const happened = this.#queue.splice(0, due < 0 ? this.#queue.length : due);
    this.#clock.told(next);
    if (happened.length > 0) this.#apply(happened);
    this.#set({
      time: next,
      loading: next >= this.#known,
      speed: next >= this.now() ? null : speed,
      late: this.#late.size,
    });
    if (this.#known - next < (AHEAD_S / 2) * speed) void this.#more();
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

  async #whole(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const { time, as } = this.#state;
    this.#queue = [];
    this.#known = time;
    this.#set({ loading: true });
    try {
      const then = await this.ask.at(time, as);
      if (turn !== this.#turn) return;
      this.#late = new Set(then.late);
      this.#clock.told(time);
      const members = [...this.people.members().values(), ...then.left];
      this.store.replace({
        do: "replace",
        members,
        groups: this.people.groups(),
        seats: then.seats,
      });
      this.store.setLink({ phase: "live", lastNews: time });
      this.#set({ loading: false, failed: false, late: this.#late.size });
      if (this.#state.speed !== null) void this.#more();
    } catch {
      if (turn === this.#turn) this.#set({ loading: false, failed: true, speed: null });
    }
  }

  async #more(): Promise<void> {
    const { speed, as } = this.#state;
    if (this.#asking || speed === null || this.#known >= this.now()) return;
    this.#asking = true;
    const turn = this.#turn;
    const from = this.#known;
    const to = Math.min(this.now(), from + Math.min(MOST_S, AHEAD_S * speed));
    try {
      const told = await this.ask.changes(from, to, as);
      if (turn !== this.#turn) return;
      const until = told.next ?? to;
      this.#queue.push(...told.changes.filter(({ at }) => at >= from && at < until));
      this.#known = until;
    } catch {
      if (turn === this.#turn) this.#set({ failed: true, speed: null });
    } finally {
      this.#asking = false;
    }
  }

  #set(change: Partial<Playing>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
