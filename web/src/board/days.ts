// The day's strips of the people in view: asked for in bulk. Today's are carried on by what the
// board sees; of a day that has gone the answer has everything.

import { call } from "../api/http";
import type { Label, Schemas, SeatView } from "../api/wire";
import { dayOf, startOf } from "../days/tokyo";
import type { Stretch } from "../strip/layers";
import type { HubClock } from "./clock";
import type { Listener } from "./store";

const ASK_AFTER_MS = 60; // so that a whole screen of people is one question
const ASK_WITHIN_MS = 400; // however long it scrolls
const AT_MOST = 400; // the hub answers 500
const AGAIN_AFTER_MS = 60_000;

/** From so many seconds after midnight on; a third value marks what was told late. */
export type Run = readonly [from: number, label: Label, late?: boolean];

export interface Strips {
  readonly strips: readonly { readonly member: number; readonly runs: readonly Run[] }[];
}

export type Ask = (day: string, members: readonly number[]) => Promise<Strips>;

export const askHub: Ask = (day, members) =>
  call<Schemas["Strips"]>("GET", `strips?day=${day}&members=${members.join(",")}`);

/** What the board has to have for its strips; it tells turns and that it was taken anew. */
export interface Turns {
  readonly past?: boolean;
  readonly clock: HubClock;
  readonly seat: (member: number) => SeatView;
  readonly onTurn: (listener: (seat: SeatView) => void) => Listener;
  readonly onWhole: (listener: Listener) => Listener;
}

export class Days {
  #from: number;
  #runs = new Map<number, readonly Run[]>();
  readonly #wanted = new Set<number>();
  readonly #listeners = new Map<number, Set<Listener>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #restsUntilMs = 0;

  constructor(
    private readonly board: Turns,
    private readonly ask: Ask = askHub,
  ) {
    this.#from = startOf(dayOf(board.clock.live()));
  }

  /** Follow the board until the returned function is called. */
  start(): Listener {
    const turnDay = () => this.#turnDay();
    const { past, clock, onTurn, onWhole } = this.board;
    const deaf = past
      ? [onTurn(turnDay), onWhole(turnDay)]
      : // a night in which nobody moves ends at midnight, too
        [onTurn(this.#turned), onWhole(this.#forget), clock.subscribe(turnDay)];
    return () => {
      clearTimeout(this.#timer);
      for (const stop of deaf) stop();
    };
  }

  runs = (member: number): readonly Run[] | undefined => this.#runs.get(member);

  /** Where the day began. */
  from = (): number => this.#from;

  subscribe(member: number, listener: Listener): Listener {
    const all = this.#listeners.get(member) ?? new Set();
    this.#listeners.set(member, all.add(listener));
    this.#turnDay();
    this.#rest();
    this.#want([member]);
    return () => {
      all.delete(listener);
      if (all.size === 0) this.#listeners.delete(member);
    };
  }

  readonly #turned = (seat: SeatView): void => {
    this.#turnDay();
    const runs = this.#runs.get(seat.member);
    const last = runs?.at(-1);
    if (!runs || last?.[1] === seat.label) return;
    const at = Math.max(last?.[0] ?? 0, Math.floor(seat.since - this.#from));
    this.#set(seat.member, [...runs, [at, seat.label]]);
  };

  readonly #forget = (): void => {
    this.#runs = new Map();
    this.#want(this.#listeners.keys());
  };

  #turnDay(): void {
    const from = startOf(dayOf(this.board.clock.live()));
    if (from === this.#from) return;
    this.#from = from;
    this.#forget();
  }

  #want(members: Iterable<number>, afterMs = ASK_AFTER_MS): void {
    for (const member of members) if (!this.#runs.has(member)) this.#wanted.add(member);
    if (this.#wanted.size === 0 || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#fetch(), afterMs);
  }

  /** Whoever comes into view puts the question off: who only passes by while it scrolls is in none. */
  #rest(): void {
    const now = performance.now();
    if (this.#timer === undefined) this.#restsUntilMs = now + ASK_WITHIN_MS;
    else if (now < this.#restsUntilMs) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  async #fetch(): Promise<void> {
    this.#timer = undefined;
    const members = [...this.#wanted].filter((one) => this.#listeners.has(one)).slice(0, AT_MOST);
    this.#wanted.clear();
    if (members.length === 0) return;
    const from = this.#from;
    try {
      const { strips } = await this.ask(dayOf(from), members);
      if (from !== this.#from) return;
      for (const { member, runs } of strips) this.#set(member, this.#upToNow(member, runs));
      this.#want([...this.#listeners.keys()].filter((one) => !members.includes(one)));
    } catch {
      this.#restsUntilMs = 0;
      this.#want(members, AGAIN_AFTER_MS); // a tile without its strip still says everything
    }
  }

  /** What turned while the answer was on its way. */
  #upToNow(member: number, runs: readonly Run[]): readonly Run[] {
    if (this.board.past) return runs;
    const { label, since } = this.board.seat(member);
    const last = runs.at(-1);
    const at = Math.floor(since - this.#from);
    return last && last[1] !== label && at > last[0] ? [...runs, [at, label]] : runs;
  }

  #set(member: number, runs: readonly Run[]): void {
    this.#runs.set(member, runs);
    for (const listener of this.#listeners.get(member) ?? []) listener();
  }
}

/** As stretches in seconds since 1970, as far as `until`. */
export function stretches(runs: readonly Run[], from: number, until: number): Stretch[] {
  return runs
    .map(([at, label], index) => {
      const next = runs[index + 1];
      return { label, from: from + at, to: next ? Math.min(from + next[0], until) : until };
    })
    .filter((one, index) => index === 0 || one.from < until);
}
