// What needs attention first, and who comes before whom in each order of the board. Pure.

import { KINDS, type Label, type SeatView } from "../api/wire";
import type { Sort } from "./filter";

/** Away for half an hour is worth a look before a short absence. */
const AWAY_LONG_S = 30 * 60;

const RANK: Readonly<Record<Label, number>> = {
  offline: 10,
  unknown: 11,
  away: 13,
  paused: 14,
  out: 15,
  break: 16,
  present: 17,
  off: 18,
};
const AWAY_LONG = 12;
const STEADY = new Set([RANK.present, RANK.off]);

/** Smaller comes first: incidents by gravity, silence, long absence, then the rest. */
export function rank(seat: SeatView, now: number): number {
  if (seat.alert) return KINDS.indexOf(seat.alert.kind);
  if (seat.label === "away" && now - seat.since >= AWAY_LONG_S) return AWAY_LONG;
  return RANK[seat.label];
}

/** Those whose name is worth reading on a wall: incidents, silence, and absence. */
export const isWorthALook = ({ label, alert }: SeatView): boolean =>
  alert != null || label === "offline" || label === "unknown" || label === "away";

/** What decides where somebody stands. */
export interface Standing {
  readonly member: number;
  readonly name: string;
  readonly rank: number;
  readonly since: number;
}

export function standing(name: string, seat: SeatView, now: number): Standing {
  const since = seat.alert ? -seat.alert.at : seat.since; // the newest incident first
  return { member: seat.member, name, rank: rank(seat, now), since };
}

export type Compare = (a: Standing, b: Standing) => number;

const attention: Compare = (a, b) =>
  a.rank - b.rank || (STEADY.has(a.rank) ? 0 : a.since - b.since) || a.member - b.member;

const names = new Intl.Collator("ja");

/** Nobody was ever heard at 0: they come last. */
const begun = ({ since }: Standing) => Math.abs(since) || Number.POSITIVE_INFINITY;
const longest = (a: number, b: number) => (a === b ? 0 : a - b);

export const COMPARE: Readonly<Record<Sort, Compare>> = {
  group: attention,
  attention,
  name: (a, b) => names.compare(a.name, b.name) || a.member - b.member,
  since: (a, b) => longest(begun(a), begun(b)) || a.member - b.member,
};
