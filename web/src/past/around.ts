// What happened around the moment that is shown: turns of words and openings of incidents. Pure.

import type { Kind, Label, Schemas } from "../api/wire";

export type Change = Schemas["SeatChange"];
export type Opening = Schemas["IncidentThen"];

/** One line: a word that turned, or an incident that opened. */
export interface Line {
  readonly key: string;
  readonly member: number;
  readonly at: number;
  readonly label: Label | null;
  readonly kind: Kind | null;
  readonly late: boolean;
}

/** The nearest lines on both sides of a moment, each side with the nearest first. */
export interface Near {
  readonly time: number;
  readonly before: readonly Line[];
  readonly after: readonly Line[];
}

/** So far from the moment a line still belongs to it. */
export const WITHIN_S = 900;
/** What a rail shows of each side; what is to come is an outlook. */
const BEFORE = 30;
const AFTER = 4;

/** How far to look on each side at first: some sixty lines, where everybody turns every ten minutes. */
export function reachOf(people: number): number {
  return Math.min(WITHIN_S, Math.max(60, 36_000 / Math.max(1, people)));
}

export const NOTHING: Near = { time: 0, before: [], after: [] };

export class Around {
  #lines = new Map<string, Line>();

  /** Add what an answer told; the same told twice is one line. */
  add(changes: readonly Change[], openings: readonly Opening[]): void {
    for (const { at, seat, late = false, turned } of changes)
      if (turned) this.#put({ member: seat.member, at, label: seat.label, kind: null, late });
    for (const { member, at, kind, late = false } of openings)
      this.#put({ member, at, label: null, kind, late });
  }

  clear(): void {
    this.#lines.clear();
  }

  /** What is too long ago for any moment from this one on is dropped. */
  forget(time: number): void {
    for (const [key, { at }] of this.#lines) if (at < time - WITHIN_S) this.#lines.delete(key);
  }

  near(time: number): Near {
    const sorted = [...this.#lines.values()]
      .filter(({ at }) => Math.abs(at - time) <= WITHIN_S)
      .sort((a, b) => a.at - b.at || a.member - b.member);
    const first = sorted.findIndex(({ at }) => at > time);
    const split = first < 0 ? sorted.length : first;
    return {
      time,
      before: sorted.slice(Math.max(0, split - BEFORE), split).reverse(),
      after: sorted.slice(split, split + AFTER),
    };
  }

  #put(line: Omit<Line, "key">): void {
    const key = `${line.member} ${line.at} ${line.kind ?? ""}`;
    this.#lines.set(key, { ...line, key });
  }
}
