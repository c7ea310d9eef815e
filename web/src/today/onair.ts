// What a device has on, in words: from what it told, and how long ago. Pure.

import type { OwnDevice } from "../api/record";

export type Sign = "on" | "paused" | "closed" | "fault" | "unheard" | "untold";

/** The one thing that the card says first. */
export function signOf({ live, on_air }: OwnDevice): Sign {
  if (!on_air) return "untold";
  if (!live) return "unheard";
  if (on_air.pause) return "paused";
  if (on_air.camera === "on") return "on";
  return on_air.camera === "fault" ? "fault" : "closed";
}

/** The tone of the board's state that says the same. */
export const TONES = {
  on: "present",
  paused: "paused",
  closed: "off",
  fault: "unknown",
  unheard: "offline",
  untold: "offline",
} as const satisfies Record<Sign, string>;

const KB = 1000;

/** 11.6 MB, 348 KB. */
export function bytesText(bytes: number): string {
  if (bytes >= KB * KB) return `${(bytes / KB / KB).toFixed(1)} MB`;
  return `${Math.ceil(bytes / KB)} KB`;
}

/** 1:47 until a moment; never under 0. */
export function untilText(at: number, now: number): string {
  const left = Math.max(0, Math.round(at - now));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

/** Devices that are heard first, then those that were; apart, those that never said anything. */
export function inOrder(devices: readonly OwnDevice[]): {
  readonly told: readonly OwnDevice[];
  readonly untold: readonly OwnDevice[];
} {
  const told = devices.filter(({ on_air }) => on_air !== null);
  return {
    told: [...told.filter(({ live }) => live), ...told.filter(({ live }) => !live)],
    untold: devices.filter(({ on_air }) => on_air === null),
  };
}
