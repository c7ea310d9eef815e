// The wall's cells on sheets: what is in view is a few pictures as wide as the wall, which scroll with
// the page as they are, and not a picture a group. Places are in px of the screen. Pure.

import type { Tone } from "./label";
import { cellsOf, type Plan, type Stretch, type WallBlock, within } from "./plan";

/**
 * Few enough to be drawn while they scroll, small enough to be copied whenever one cell changes; whole
 * in px of the screen at every zoom of a browser (1.1, 1.25, 1.5, 1/3, 2/3 ...).
 */
const SHEET_PX = 240;

/** One picture: the rows of cells that begin in a stretch of the wall, and the blocks that have them. */
export interface Sheet {
  readonly stretch: Stretch;
  /** The last row is on it whole: a cell that two sheets shared would show where they meet. */
  readonly tallPx: number;
  readonly blocks: readonly WallBlock[];
}

/** The sheets that reach into a stretch of the page, by their number from the top. */
export function sheetsOf(
  plan: Plan,
  cell: number,
  side: { readonly leftPx: number; readonly widthPx: number },
  fromPx: number,
  toPx: number,
): Map<number, Sheet> {
  const sheets = new Map<number, Sheet>();
  const last = Math.min(toPx, plan.heightPx - 1);
  for (let at = Math.max(0, Math.floor(fromPx / SHEET_PX)); at * SHEET_PX <= last; at += 1) {
    const topPx = at * SHEET_PX;
    const heightPx = Math.min(SHEET_PX, plan.heightPx - topPx);
    const tallPx = Math.min(SHEET_PX + cell, plan.heightPx - topPx);
    const blocks = within(plan, topPx, topPx + heightPx);
    sheets.set(at, { stretch: { ...side, topPx, heightPx }, tallPx, blocks });
  }
  return sheets;
}

export const sameSheet = (a: Sheet, b: Sheet): boolean =>
  a.stretch.leftPx === b.stretch.leftPx &&
  a.stretch.topPx === b.stretch.topPx &&
  a.stretch.widthPx === b.stretch.widthPx &&
  a.stretch.heightPx === b.stretch.heightPx &&
  a.tallPx === b.tallPx &&
  a.blocks.length === b.blocks.length &&
  a.blocks.every((block, at) => block === b.blocks[at]);

/** The place of somebody's cell. Neighbours share their edges, also where a px of the page is 1.1. */
export interface Spot {
  readonly member: number;
  readonly x: number;
  readonly y: number;
  readonly wide: number;
  readonly high: number;
}

/** Everybody who is on the sheet, so many px of the screen to one of the page. */
export const spotsOn = ({ stretch, blocks }: Sheet, cell: number, ratio: number): Spot[] =>
  blocks.flatMap((block) => spotsOf(block, stretch, cell, ratio));

function spotsOf(block: WallBlock, stretch: Stretch, cell: number, ratio: number): Spot[] {
  const { across, section } = block;
  const cells = cellsOf(block, cell);
  const left = cells.leftPx - stretch.leftPx;
  const top = cells.topPx - stretch.topPx;
  const first = Math.max(0, Math.ceil(-top / cell));
  const end = Math.min(cells.heightPx, stretch.heightPx - top) / cell;
  const spots: Spot[] = [];
  for (let row = first; row < end; row += 1) {
    const y = Math.round((top + row * cell) * ratio);
    const high = Math.round((top + (row + 1) * cell) * ratio) - y;
    section.members.slice(row * across, (row + 1) * across).forEach((member, column) => {
      const x = Math.round((left + column * cell) * ratio);
      const wide = Math.round((left + (column + 1) * cell) * ratio) - x;
      spots.push({ member, x, y, wide, high });
    });
  }
  return spots;
}

/** What stands at a spot. */
export interface Cell extends Spot {
  readonly tone: Tone;
  /** It changed a moment ago, and is marked for that moment. */
  readonly fresh: boolean;
  /** A frame around it: the reader is there. */
  readonly framed: boolean;
}

export interface Repaint {
  /** What has to go first: cells that have left, moved, or changed. */
  readonly gone: readonly Cell[];
  readonly drawn: readonly Cell[];
}

/** What to paint so that one picture becomes the other. */
export function repaint(before: readonly Cell[], next: readonly Cell[]): Repaint {
  const was = new Map(before.map((cell) => [spotName(cell), cell]));
  const drawn: Cell[] = [];
  for (const cell of next) {
    const name = spotName(cell);
    const old = was.get(name);
    if (old && looksLike(old, cell)) was.delete(name);
    else drawn.push(cell);
  }
  return { gone: [...was.values()], drawn };
}

const WIDEST = 1 << 16; // no canvas is that wide

const spotName = ({ x, y }: Spot): number => y * WIDEST + x;

const looksLike = (a: Cell, b: Cell): boolean =>
  a.tone === b.tone &&
  a.fresh === b.fresh &&
  a.framed === b.framed &&
  a.wide === b.wide &&
  a.high === b.high;
