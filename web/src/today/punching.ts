// Which punches fit where one stands: the same rules as the hub's, so that no button is a dead end.

import type { PunchKind } from "../api/record";
import type { Schemas } from "../api/wire";

export type Work = Schemas["Work"];

const NEXT: Readonly<Record<Work, readonly PunchKind[]>> = {
  off: ["start"],
  working: ["end", "break_start", "out"],
  break: ["break_end", "end"],
  out: ["back", "end"],
};

/** The buttons in their order; the first is the one that one most likely wants. */
export const nextPunches = (work: Work): readonly PunchKind[] => NEXT[work];

/** A task is started only at work, and ended whenever there is one. */
export const mayStartTask = (work: Work): boolean => work === "working";

export interface Marked {
  readonly kind: PunchKind;
  readonly at: number;
}

/** Seconds on breaks and out so far, of a day's punches in order. */
export function rested(punches: readonly Marked[], now: number): number {
  let sum = 0;
  let left: number | null = null;
  for (const { kind, at } of punches) {
    if (kind === "break_start" || kind === "out") left = at;
    else if (left !== null && (kind === "break_end" || kind === "back" || kind === "end")) {
      sum += at - left;
      left = null;
    }
  }
  return left === null ? sum : sum + Math.max(0, now - left);
}

/** Seconds at work so far, of a day's punches in order: from each start on, without the rests. */
export function worked(punches: readonly Marked[], now: number): number {
  let sum = 0;
  let began: number | null = null;
  for (const { kind, at } of punches) {
    if (kind === "start") began = at;
    else if (kind === "end" && began !== null) {
      sum += at - began;
      began = null;
    }
  }
  const open = began === null ? 0 : Math.max(0, now - began);
  const first = punches.findIndex(({ kind }) => kind === "start");
  return sum + open - (first < 0 ? 0 : rested(punches.slice(first), now));
}

/** When the task that goes on was started, if that was today. */
export const taskSince = (punches: readonly Marked[]): number | null =>
  punches.findLast(({ kind }) => kind === "task_start")?.at ?? null;
