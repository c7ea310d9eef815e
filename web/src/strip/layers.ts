// A day strip as one element: each stretch is one background layer, so 100 tiles cost 100 strips and
// not 800 nodes. Height and pattern say the state without its colour. Pure.

import type { Label } from "../api/wire";

/** From `from` to `to` a seat was `label`; times in seconds, of whatever origin the strip has. */
export interface Stretch {
  readonly label: Label;
  readonly from: number;
  readonly to: number;
}

export interface Frame {
  readonly from: number;
  readonly to: number;
  readonly heightPx: number;
}

/** Where a solid state lies in the strip: its top and its height, as shares of the whole. */
const SOLID: Readonly<Partial<Record<Label, readonly [top: number, height: number]>>> = {
  present: [0, 1],
  away: [0.5, 0.5],
  offline: [0.42, 0.17],
};
const PAUSED_LINE_PX = 1.5;

const solid = (label: Label) => `linear-gradient(var(--${label}-fill), var(--${label}-fill))`;
const hatch = (fill: string, degrees: number, stepPx: number) =>
  `repeating-linear-gradient(${degrees}deg, var(--${fill}-fill) 0 1.5px, transparent 1.5px ${stepPx}px)`;

/** The value of `background`; nothing is drawn for off, and a thin line runs along the foot. */
export function background(stretches: readonly Stretch[], frame: Frame): string {
  const layers = stretches.flatMap((stretch) => layersOf(stretch, frame));
  const foot = `linear-gradient(var(--line), var(--line)) 0 ${frame.heightPx - 1}px / 100% 1px no-repeat`;
  return [...layers, foot].join(", ");
}

function layersOf({ label, from, to }: Stretch, frame: Frame): string[] {
  const span = frame.to - frame.from;
  const left = Math.max(0, (from - frame.from) / span);
  const right = Math.min(1, (to - frame.from) / span);
  if (right <= left) return [];
  const put = (image: string, topPx: number, heightPx: number) =>
    `${image} ${at(left, right - left)} ${topPx}px / ${percent(right - left)} ${heightPx}px no-repeat`;
  const high = frame.heightPx;
  switch (label) {
    case "off":
      return [];
    case "break":
      return [put(hatch("break", 135, 3), 0, high)];
    case "out":
      return [put(hatch("break", 135, 5), 0, high)];
    case "unknown":
      return [put(hatch("unknown", 90, 4), 0, high)];
    case "paused":
      return [
        put(solid("paused"), 0, PAUSED_LINE_PX),
        put(solid("paused"), high - PAUSED_LINE_PX, PAUSED_LINE_PX),
      ];
    default: {
      const [top, height] = SOLID[label] ?? [0, 1];
      return [put(solid(label), Math.round(top * high), Math.max(1, Math.round(height * high)))];
    }
  }
}

const percent = (share: number) => `${(100 * share).toFixed(2)}%`;

/** CSS places a layer by what is left over beside it (CSS Backgrounds 3, 2.6). */
const at = (left: number, width: number) => (width >= 1 ? "0%" : percent(left / (1 - width)));
