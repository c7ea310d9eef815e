// The keys of the board, in one table: what they do and what the list of keys shows.

import type { Move } from "./grid";

export type Action =
  | { readonly do: "filter" | "help" | "escape" | "chord" | "past" | "hold" }
  | { readonly do: "go"; readonly to: string }
  | { readonly do: "move"; readonly move: Move };

interface Binding {
  readonly keys: readonly string[];
  readonly action: Action;
  /** Only while a tile has the focus: these keys mean other things elsewhere. */
  readonly onTile?: true;
  /** Only as the second key after `g`. */
  readonly second?: true;
}

const move = (key: string, to: Move, onTile?: true): Binding => ({
  keys: [key],
  action: { do: "move", move: to },
  ...(onTile && { onTile }),
});

const BINDINGS: readonly Binding[] = [
  { keys: ["/"], action: { do: "filter" } },
  { keys: ["?"], action: { do: "help" } },
  { keys: ["Escape"], action: { do: "escape" } },
  { keys: ["t"], action: { do: "past" } },
  { keys: ["p"], action: { do: "hold" } },
  { keys: ["g"], action: { do: "chord" } },
  { keys: ["b"], action: { do: "go", to: "/" }, second: true },
  { keys: ["i"], action: { do: "go", to: "/incidents" }, second: true },
  move("j", "next"),
  move("k", "previous"),
  move("ArrowLeft", "left", true),
  move("ArrowRight", "right", true),
  move("ArrowUp", "up", true),
  move("ArrowDown", "down", true),
  move("Home", "first", true),
  move("End", "last", true),
];

/** What the list of keys shows: keys and the name of what they do. */
export const SHOWN: readonly { readonly keys: readonly string[]; readonly name: string }[] = [
  { keys: ["/"], name: "keys.filter" },
  { keys: ["j", "k"], name: "keys.move" },
  { keys: ["←", "→", "↑", "↓"], name: "keys.arrows" },
  { keys: ["enter"], name: "keys.open" },
  { keys: ["t"], name: "keys.past" },
  { keys: ["p"], name: "keys.hold" },
  { keys: ["g", "b"], name: "keys.board" },
  { keys: ["g", "i"], name: "keys.incidents" },
  { keys: ["esc"], name: "keys.escape" },
  { keys: ["?"], name: "keys.help" },
];

export interface Press {
  readonly key: string;
  readonly modified: boolean;
  readonly typing: boolean;
  readonly onTile: boolean;
}

/** What a key press asks for; in a field only Escape means anything to the board. */
export function actionOf(press: Press, second = false): Action | null {
  const { key, modified, typing, onTile } = press;
  if (modified || (typing && key !== "Escape")) return null;
  const found = BINDINGS.find((one) => one.keys.includes(key) && (one.second ?? false) === second);
  return found && (onTile || !found.onTile) ? found.action : null;
}

export function pressOf(event: KeyboardEvent): Press {
  const target = event.target instanceof HTMLElement ? event.target : null;
  return {
    key: event.key,
    modified: event.ctrlKey || event.metaKey || event.altKey || event.isComposing,
    typing: target?.closest("input, select, textarea, [contenteditable]") != null,
    onTile: target?.closest("[data-member]") != null,
  };
}
