// The wall as a plan: blocks of cells, one a group, each set into the column that ends first. Pure.

import type { Section } from "./arrange";

export const HEAD_PX = 32;
const GAP_PX = 24; // between columns
const FOOT_PX = 12; // between blocks
const COLUMN_MIN_PX = 400;
const COLUMNS_MAX = 6;

export interface WallBlock {
  readonly section: Section;
  readonly leftPx: number;
  readonly topPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Cells side by side. */
  readonly across: number;
}

export interface Plan {
  readonly blocks: readonly WallBlock[];
  readonly heightPx: number;
}

/** A cell is 20 px, and 24 on a large screen. */
export const cellPx = (windowPx: number): number => (windowPx >= 1600 ? 24 : 20);

/** With `before`, a block that is as it was is the same object: who drew it has nothing to do. */
export function planOf(
  sections: readonly Section[],
  widthPx: number,
  cell: number,
  before?: Plan,
): Plan {
  const known = new Map(before?.blocks.map((block) => [block.section, block]));
  const fits = Math.floor((widthPx + GAP_PX) / (COLUMN_MIN_PX + GAP_PX));
  const count = Math.max(1, Math.min(COLUMNS_MAX, fits, sections.length));
  const columnPx = (widthPx - GAP_PX * (count - 1)) / count;
  const across = Math.max(1, Math.floor(columnPx / cell));
  const ends: number[] = Array.from({ length: count }, () => 0);
  const blocks = sections.map((section) => {
    const column = ends.indexOf(Math.min(...ends));
    const topPx = ends[column] ?? 0;
    const heightPx = HEAD_PX + Math.ceil(section.members.length / across) * cell;
    ends[column] = topPx + heightPx + FOOT_PX;
    const leftPx = column * (columnPx + GAP_PX);
    const block = { section, leftPx, topPx, widthPx: columnPx, heightPx, across };
    const was = known.get(section);
    return was && sameBlock(was, block) ? was : block;
  });
  return { blocks, heightPx: Math.max(0, ...ends) };
}

const sameBlock = (a: WallBlock, b: WallBlock): boolean =>
  a.leftPx === b.leftPx &&
  a.topPx === b.topPx &&
  a.widthPx === b.widthPx &&
  a.heightPx === b.heightPx &&
  a.across === b.across;

/** The blocks that reach into a stretch of the page. */
export const within = ({ blocks }: Plan, fromPx: number, toPx: number): WallBlock[] =>
  blocks.filter(({ topPx, heightPx }) => topPx + heightPx >= fromPx && topPx <= toPx);

/** Who stands at a point of the cells of a block; nobody between them or after the last. */
export function memberAt(block: WallBlock, cell: number, xPx: number, yPx: number): number | null {
  const column = Math.floor(xPx / cell);
  if (column < 0 || column >= block.across || yPx < 0) return null;
  return block.section.members[Math.floor(yPx / cell) * block.across + column] ?? null;
}

/** The top left corner of somebody's cell. */
export function cellOf(
  block: WallBlock,
  cell: number,
  member: number,
): { xPx: number; yPx: number } | null {
  const at = block.section.members.indexOf(member);
  if (at < 0) return null;
  return { xPx: (at % block.across) * cell, yPx: Math.floor(at / block.across) * cell };
}
