// The keys of the incidents' page, in one table: what they do, and what the list of keys shows.

import type { Press } from "../board/bindings";

export type Act =
  | { readonly do: "next" | "previous" | "space" | "take" | "note" | "undo" | "mark" }
  | { readonly do: "filter" | "help" | "board" | "leave" | "bulk" }
  | { readonly do: "purpose"; readonly at: number }
  | { readonly do: "verdict"; readonly at: number };

const ACTS: Readonly<Record<string, Act>> = {
  j: { do: "next" },
  ArrowDown: { do: "next" },
  k: { do: "previous" },
  ArrowUp: { do: "previous" },
  q: { do: "purpose", at: 0 },
  w: { do: "purpose", at: 1 },
  e: { do: "purpose", at: 2 },
  r: { do: "purpose", at: 3 },
  " ": { do: "space" },
  "1": { do: "verdict", at: 0 },
  "2": { do: "verdict", at: 1 },
  "3": { do: "verdict", at: 2 },
  a: { do: "take" },
  n: { do: "note" },
  u: { do: "undo" },
  x: { do: "mark" },
  b: { do: "bulk" },
  "/": { do: "filter" },
  "?": { do: "help" },
};

export const PURPOSE_KEYS = ["q", "w", "e", "r"] as const;

/** What the list of keys shows. */
export const SHOWN = [
  { keys: ["j", "k"], name: "review.keys.move" },
  { keys: ["q", "w", "e", "r"], name: "review.keys.purpose" },
  { keys: ["space"], name: "review.keys.space" },
  { keys: ["1", "2", "3"], name: "review.keys.verdict" },
  { keys: ["a"], name: "review.keys.take" },
  { keys: ["n"], name: "review.keys.note" },
  { keys: ["u"], name: "review.keys.undo" },
  { keys: ["x"], name: "review.keys.mark" },
  { keys: ["b"], name: "review.keys.bulk" },
  { keys: ["/"], name: "review.keys.filter" },
  { keys: ["g", "b"], name: "review.keys.board" },
  { keys: ["esc"], name: "review.keys.leave" },
  { keys: ["?"], name: "review.keys.help" },
] as const;

/** `onControl`: a button or the like has the focus, and space and the arrows are its own. */
export interface Pressed extends Press {
  readonly onControl: boolean;
}

const OF_CONTROLS = [" ", "ArrowDown", "ArrowUp"];

/** What a key press asks for; `before` is the key pressed just before it. */
export function actOf(press: Pressed, before: string | null): Act | null {
  const { key, modified, typing, onControl } = press;
  if (modified) return null;
  if (typing) return key === "Escape" ? { do: "leave" } : null;
  if (before === "g") return key === "b" ? { do: "board" } : null;
  if (onControl && OF_CONTROLS.includes(key)) return null;
  return ACTS[key] ?? null;
}
