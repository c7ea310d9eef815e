// Which punches fit where one stands: the same rules as the hub's, so that no button is a dead end.

import type { PunchKind } from "../api/record";
import type { Schemas } from "../api/wire";

export type Work = Schemas["Work"];

/** Each pair has a place of its own: where a break begins, no tap ever ends the day. */
export const PLACES = ["work", "break", "out"] as const;
export type Place = (typeof PLACES)[number];

const FIT: Readonly<Record<Work, Readonly<Partial<Record<Place, PunchKind>>>>> = {
  off: { work: "start" },
  working: { work: "end", break: "break_start", out: "out" },
  break: { work: "end", break: "break_end" },
  out: { work: "end", out: "back" },
};

/** The punch of each place, where one fits. */
export const fitting = (work: Work, place: Place): PunchKind | undefined => FIT[work][place];

const LIKELY: Readonly<Record<Work, PunchKind>> = {
  off: "start",
  working: "end",
  break: "break_end",
  out: "back",
};

/** The one that one most likely wants. */
export const likely = (work: Work): PunchKind => LIKELY[work];

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

/** When the task that goes on was started, as far as these punches know. */
export const taskSince = (punches: readonly Marked[]): number | null =>
  punches.findLast(({ kind }) => kind === "task_start")?.at ?? null;

/** The names of a day's tasks, the newest first, each once. */
export const taskNames = (punches: readonly { readonly task?: string | null }[]): string[] => [
  ...new Set(punches.flatMap(({ task }) => task ?? []).reverse()),
];
