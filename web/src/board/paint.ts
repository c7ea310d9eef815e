// The cells of the wall on a canvas: the shapes of the board, filled so that they carry from afar.

import { LABELS } from "../api/wire";
import type { Tone } from "./label";
import { type Cell, repaint } from "./sheet";

const SIDE = 20; // the shapes are drawn for cells of this size and scaled
const TURN = 2 * Math.PI;

/** One picture a state, in the colours that are in force, for one size of cell and screen. */
export interface Palette {
  readonly cell: number;
  readonly ratio: number;
  readonly tones: Readonly<Record<Tone, HTMLCanvasElement>>;
  readonly tints: Readonly<Record<Tone, string>>;
  readonly ink: string;
}

const TONES: readonly Tone[] = [...LABELS, "incident"];

type Colour = (name: string) => string;

/** The colours in force, by the names of their tokens, with what an element of a state adds. */
export function withColours<T>(use: (colour: Colour, of: (tone: Tone) => Colour) => T): T {
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const colour = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const of = (tone: Tone) => {
    probe.dataset.s = tone;
    return colour;
  };
  try {
    return use(colour, of);
  } finally {
    probe.remove();
  }
}

export const forTones = <T>(make: (tone: Tone) => T): Readonly<Record<Tone, T>> =>
  Object.fromEntries(TONES.map((tone) => [tone, make(tone)])) as Record<Tone, T>;

export const paletteOf = (cell: number, ratio: number): Palette =>
  withColours((colour, of) => ({
    cell,
    ratio,
    tones: forTones((tone) => sprite(tone, cell, ratio, colour)),
    tints: forTones((tone) => of(tone)("k")),
    ink: colour("ink"),
  }));

function sprite(tone: Tone, cell: number, ratio: number, colour: Colour): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Math.round(cell * ratio);
  const brush = canvas.getContext("2d");
  if (!brush) return canvas;
  brush.scale(canvas.width / SIDE, canvas.height / SIDE);
  brush.translate(SIDE / 2, SIDE / 2);
  const solid = tone === "present" || tone === "incident";
  brush.fillStyle = colour(fillName(tone, solid));
  brush.strokeStyle = brush.fillStyle;
  if (tone === "incident") {
    brush.fillRect(-SIDE / 2, -SIDE / 2, SIDE, SIDE);
    brush.fillStyle = colour("on-incident");
  }
  SHAPES[tone](brush);
  return canvas;
}

function fillName(tone: Tone, solid: boolean): string {
  if (tone === "off") return "ink-3";
  return solid ? `${tone}-fill` : tone === "out" ? "break" : tone;
}

type Shape = (brush: CanvasRenderingContext2D) => void;

function ring(brush: CanvasRenderingContext2D, widthPx: number): void {
  brush.lineWidth = widthPx;
  brush.beginPath();
  brush.arc(0, 0, 4.6, 0, TURN);
  brush.stroke();
}

function half(brush: CanvasRenderingContext2D, from: number): void {
  ring(brush, 1.5);
  brush.beginPath();
  brush.arc(0, 0, 4.6, from, from + Math.PI);
  brush.fill();
}

function dot(brush: CanvasRenderingContext2D, radius: number): void {
  brush.beginPath();
  brush.arc(0, 0, radius, 0, TURN);
  brush.fill();
}

const SHAPES: Readonly<Record<Tone, Shape>> = {
  present: (brush) => dot(brush, 5),
  away: (brush) => ring(brush, 1.8),
  break: (brush) => half(brush, Math.PI / 2),
  out: (brush) => half(brush, -Math.PI / 2),
  unknown: (brush) => {
    brush.lineWidth = 1.3;
    brush.beginPath();
    for (const d of [-6, -2, 2, 6]) {
      const [a, b] = [Math.max(-5, d - 5), Math.min(5, d + 5)];
      brush.moveTo(a, d - a);
      brush.lineTo(b, d - b);
    }
    brush.stroke();
  },
  paused: (brush) => {
    brush.fillRect(-4, -5, 3, 10);
    brush.fillRect(1, -5, 3, 10);
  },
  offline: (brush) => brush.fillRect(-6, -1.25, 12, 2.5),
  off: (brush) => dot(brush, 1.5),
  incident: (brush) => {
    brush.beginPath();
    brush.moveTo(0, -6);
    brush.lineTo(6.5, 5.5);
    brush.lineTo(-6.5, 5.5);
    brush.fill();
  },
};

/** The picture of a canvas, so many px of the screen wide and high. */
export interface Picture {
  readonly cells: readonly Cell[];
  readonly wide: number;
  readonly high: number;
  readonly palette: Palette;
}

/** Paint what differs from what is there, if anything of it still is. */
export function paint(canvas: HTMLCanvasElement, next: Picture, before?: Picture): void {
  const brush = canvas.getContext("2d");
  if (!brush) return;
  const { palette, wide, high } = next;
  const same = before?.wide === wide && before.high === high; // another size empties a canvas
  if (same && before.palette !== palette) brush.clearRect(0, 0, wide, high);
  const kept = same && before.palette === palette ? before.cells : [];
  const { gone, drawn } = repaint(kept, next.cells);
  for (const { x, y, wide, high } of gone) brush.clearRect(x, y, wide, high);
  for (const cell of drawn) paintCell(brush, cell, palette);
}

function paintCell(brush: CanvasRenderingContext2D, cell: Cell, palette: Palette): void {
  const { x, y, wide, high, tone } = cell;
  if (cell.fresh) {
    brush.fillStyle = palette.tints[tone];
    brush.fillRect(x, y, wide, high);
  }
  brush.drawImage(palette.tones[tone], x, y, wide, high);
  if (!cell.framed) return;
  const line = 2 * palette.ratio;
  brush.strokeStyle = palette.ink;
  brush.lineWidth = line;
  brush.strokeRect(x + line / 2, y + line / 2, wide - line, high - line);
}
