// A month's hours as a heat map: how much of each hour somebody was at their seat. Pure.

import type { Span } from "../api/record";
import { DAY_S, HOUR_S, later, startOf } from "../days/tokyo";

export const HEATS = 5;
/** Shown at least; earlier and later hours only where somebody was there. */
const OPENS_H = 7;
const CLOSES_H = 20;
const SECOND = 1 / HOUR_S; // of an hour: shorter than that nobody was anywhere

/** A share from 0 to 1; "dark": at work, but nobody heard it; null: off work, or to come. */
export type Cell = number | "dark" | null;

export interface Heat {
  readonly days: readonly string[];
  readonly hours: readonly number[];
  readonly cell: (day: number, hour: number) => Cell;
}

/** What is not known is no absence: an hour of nothing else has no share. */
const DARK: readonly Span["label"][] = ["unknown", "offline"];

export function heat(first: string, next: string, spans: readonly Span[]): Heat {
  const begin = startOf(first);
  const count = Math.round((startOf(next) - begin) / DAY_S);
  const days = Array.from({ length: count }, (_, at) => later(first, at));
  const present = new Float64Array(count * 24);
  const known = new Float64Array(count * 24);
  const dark = new Float64Array(count * 24);
  for (const { at, to, label } of spans) {
    if (label === "off") continue;
    const of = DARK.includes(label) ? dark : known;
    for (const [hour, share] of hoursOf(at - begin, to - begin, count * 24)) {
      if (label === "present") present[hour] = (present[hour] ?? 0) + share;
      of[hour] = (of[hour] ?? 0) + share;
    }
  }
  const cell = (day: number, hour: number): Cell => {
    const place = day * 24 + hour;
    if ((known[place] ?? 0) >= SECOND) return Math.min(1, present[place] ?? 0);
    return (dark[place] ?? 0) >= SECOND ? "dark" : null;
  };
  const used = (hour: number) => days.some((_, day) => typeof cell(day, hour) === "number");
  const hours = Array.from({ length: 24 }, (_, hour) => hour).filter(
    (hour) => (hour >= OPENS_H && hour < CLOSES_H) || used(hour),
  );
  return { days, hours, cell };
}

/** The hours that a stretch touches, and how much of each. */
function* hoursOf(from: number, to: number, limit: number): Generator<[number, number]> {
  const first = Math.max(0, Math.floor(from / HOUR_S));
  for (let hour = first; hour < limit && hour * HOUR_S < to; hour++)
    yield [hour, (Math.min(to, (hour + 1) * HOUR_S) - Math.max(from, hour * HOUR_S)) / HOUR_S];
}

/** Which of the five tones: none at all is the first, a whole hour the last. */
export const tone = (share: number): number =>
  share === 0 ? 0 : Math.min(HEATS - 1, 1 + Math.floor(share * (HEATS - 1)));
