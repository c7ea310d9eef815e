// The words of a tile: one label, its shape, and the line under it.

import type { Label, Reason, SeatView } from "../api/wire";

/** Shape and colour of a state; `incident` is the only one that is not a label. */
export type Tone = Label | "incident";

/** Labels that no camera vouches for: their name and picture step back. */
export const isUncertain = (label: Label): boolean =>
  label === "offline" || label === "unknown" || label === "off";

/** A seat that nothing was ever heard of. */
export const unheard = (member: number): SeatView => ({ member, label: "off", since: 0 });

/** Why it is so, where the label does not say it; `silent` only repeats that a link is lost. */
export function reasonOf({ label, reason }: SeatView): Reason | null {
  if (!reason || label === "present" || label === "off") return null;
  return label === "offline" && reason === "silent" ? null : reason;
}

/** When the state began; for a lost link, when it was last heard. 0: nobody knows. */
export function moment({ label, heard, since }: SeatView): number {
  return label === "offline" ? (heard ?? since) : since;
}

/** Two characters that stand for a person: the family name, or the first letters. */
export function initials(name: string): string {
  const words = name.split(/[\s・.]+/).filter(Boolean);
  const first = words[0] ?? "";
  if (!/^[\p{Script=Latin}]/u.test(first)) return [...first].slice(0, 2).join("");
  return words
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? "")
    .join("");
}
