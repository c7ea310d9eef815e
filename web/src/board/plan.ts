// The wall as a plan: blocks of cells, one a group, each set into the column that ends first; and who
// stands where in it. Pure.

import type { Section } from "./arrange";

/** The name of a group above its cells. */
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
  /** Of its head; 0 where the order knows no groups. */
  readonly headPx: number;
  /** Cells side by side. */
  readonly across: number;
}

/** A part of the page. */
export interface Stretch {
  readonly leftPx: number;
  readonly topPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
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
  headPx: number,
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
    const heightPx = headPx + Math.ceil(section.members.length / across) * cell;
    ends[column] = topPx + heightPx + FOOT_PX;
    const leftPx = column * (columnPx + GAP_PX);
    const block = { section, leftPx, topPx, widthPx: columnPx, heightPx, headPx, across };
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
  a.headPx === b.headPx &&
  a.across === b.across;

type Span = Pick<Stretch, "topPx" | "heightPx">;

/** Where what is seen has to begin so that a cell is in it, with its group's name or its own; null: it is. */
export function scrolledTo(seen: Span, { topPx, heightPx }: Span): number | null {
  const [from, to] = [topPx - HEAD_PX, topPx + heightPx + HEAD_PX];
  if (from < seen.topPx) return from;
  return to > seen.topPx + seen.heightPx ? to - seen.heightPx : null;
}

/** The blocks that reach into a stretch of the page. */
export const within = ({ blocks }: Plan, fromPx: number, toPx: number): WallBlock[] =>
  blocks.filter(({ topPx, heightPx }) => topPx + heightPx >= fromPx && topPx <= toPx);

/** Where the cells of a block are. */
export const cellsOf = (block: WallBlock, cell: number): Stretch => ({
  leftPx: block.leftPx,
  topPx: block.topPx + block.headPx,
  widthPx: block.across * cell,
  heightPx: block.heightPx - block.headPx,
});

/** Who stands at a point of the wall; nobody between the blocks or after the last of one. */
export function memberAt({ blocks }: Plan, cell: number, xPx: number, yPx: number): number | null {
  const block = blocks.find(({ leftPx, topPx, widthPx, heightPx, headPx }) => {
    const [x, y] = [xPx - leftPx, yPx - topPx];
    return x >= 0 && x < widthPx && y >= headPx && y < heightPx;
  });
  if (!block) return null;
  const column = Math.floor((xPx - block.leftPx) / cell);
  if (column >= block.across) return null;
  const row = Math.floor((yPx - block.topPx - block.headPx) / cell);
  return block.section.members[row * block.across + column] ?? null;
}

/** Where somebody's cell is on the wall. */
export function cellOf(block: WallBlock, cell: number, member: number): Stretch | null {
  const at = block.section.members.indexOf(member);
  if (at < 0) return null;
  return {
    leftPx: block.leftPx + (at % block.across) * cell,
    topPx: block.topPx + block.headPx + Math.floor(at / block.across) * cell,
    widthPx: cell,
    heightPx: cell,
  };
}
