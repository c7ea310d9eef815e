// The keys of the time machine, in one table with what the list of keys shows. Pure.

import type { Press } from "../board/bindings";
import { SPEEDS, type Speed } from "./player";

const MINUTE_S = 60;
const HOUR_S = 3_600;

export type Deed =
  | { readonly do: "leave" }
  | { readonly do: "play" }
  | { readonly do: "step"; readonly seconds: number }
  | { readonly do: "pace"; readonly steps: 1 | -1 };

export const PAST_SHOWN: readonly { readonly keys: readonly string[]; readonly name: string }[] = [
  { keys: ["esc"], name: "past.keyLeave" },
  { keys: ["←", "→"], name: "past.keyMinute" },
  { keys: ["shift", "← →"], name: "past.keyHour" },
  { keys: ["space"], name: "past.keyPlay" },
  { keys: ["+", "-"], name: "past.keyPace" },
  { keys: ["/"], name: "keys.filter" },
  { keys: ["j", "k"], name: "keys.move" },
  { keys: ["enter"], name: "keys.open" },
  { keys: ["?"], name: "keys.help" },
];

/** Where the key was pressed, beyond what the board asks. */
export interface Where {
  readonly shift: boolean;
  /** In the bar of the past, whose fields do not keep anybody from leaving. */
  readonly inBar: boolean;
  readonly onSlider: boolean;
  /** On something that a space presses. */
  readonly onControl: boolean;
}

export function deedOf(press: Press, { shift, inBar, onSlider, onControl }: Where): Deed | null {
  const { key, modified, typing, onTile } = press;
  if (modified) return null;
  if (key === "Escape") return typing && !inBar ? null : { do: "leave" };
  if (typing && !onSlider) return null;
  const far = shift ? HOUR_S : MINUTE_S;
  switch (key) {
    case "ArrowLeft":
      return onTile ? null : { do: "step", seconds: -far };
    case "ArrowRight":
      return onTile ? null : { do: "step", seconds: far };
    case "PageDown":
      return onSlider ? { do: "step", seconds: -HOUR_S } : null;
    case "PageUp":
      return onSlider ? { do: "step", seconds: HOUR_S } : null;
    case " ":
      return onControl ? null : { do: "play" };
    case "+":
      return { do: "pace", steps: 1 };
    case "-":
      return { do: "pace", steps: -1 };
    default:
      return null;
  }
}

/** The next faster or slower one; the fastest and the slowest stay. */
export function paceAfter(pace: Speed, steps: 1 | -1): Speed {
  return SPEEDS[SPEEDS.indexOf(pace) + steps] ?? pace;
}
