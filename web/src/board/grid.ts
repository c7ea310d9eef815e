// The board as rows of the window: a head a group, then rows of tiles; and moving among them. Pure.

import type { Section } from "./arrange";

export interface Sizes {
  readonly headPx: number;
  readonly tilePx: number;
}

/** A head (none where it has no height), or a row of tiles: the `at`-th of its section, whose top is at `topPx`. */
export type Row =
  | { readonly kind: "head"; readonly section: Section; readonly topPx: number }
  | {
      readonly kind: "tiles";
      readonly section: Section;
      readonly topPx: number;
      readonly at: number;
      readonly members: readonly number[];
    };

export function columnsIn(widthPx: number, tileMinPx: number): number {
  return Math.max(1, Math.floor(widthPx / tileMinPx));
}

export function rowsOf(sections: readonly Section[], columns: number, sizes: Sizes): Row[] {
  let topPx = 0;
  return sections.flatMap((section): Row[] => {
    const top = { section, topPx };
    const lines = chunks(section.members, columns);
    topPx += sizes.headPx + lines.length * sizes.tilePx;
    return [
      ...(sizes.headPx > 0 ? [{ kind: "head", ...top } as const] : []),
      ...lines.map((members, at): Row => ({ kind: "tiles", ...top, at, members })),
    ];
  });
}

function chunks(members: readonly number[], size: number): (readonly number[])[] {
  const count = Math.ceil(members.length / size);
  return Array.from({ length: count }, (_, at) => members.slice(at * size, (at + 1) * size));
}

export interface Place {
  readonly member: number;
  readonly row: number;
  readonly column: number;
}

/** One group as far as it is drawn. */
export interface Block {
  readonly section: Section;
  readonly topPx: number;
  readonly places: readonly Place[];
}

/** What to draw of each group, given the rows near the window in their order. */
export function blocksOf(rows: readonly Row[], indexes: readonly number[]): Block[] {
  const blocks = new Map<Section, Block & { places: Place[] }>();
  for (const index of indexes) {
    const row = rows[index];
    if (!row) continue;
    const { section, topPx } = row;
    const block = blocks.get(section) ?? { section, topPx, places: [] };
    blocks.set(section, block);
    if (row.kind === "tiles")
      block.places.push(...row.members.map((member, column) => ({ member, row: row.at, column })));
  }
  return [...blocks.values()];
}

export function rowOf(rows: readonly Row[], member: number | null): number {
  if (member === null) return -1;
  return rows.findIndex((row) => row.kind === "tiles" && row.members.includes(member));
}

export type Move = "left" | "right" | "up" | "down" | "next" | "previous" | "first" | "last";

/** Whom a key leads to. Without anybody to start from, the first person. */
export function moved(rows: readonly Row[], from: number | null, move: Move): number | null {
  const lines = rows.flatMap((row) => (row.kind === "tiles" ? [row.members] : []));
  const all = lines.flat();
  const at = from === null ? -1 : all.indexOf(from);
  if (at < 0 || move === "first") return all[0] ?? null;
  if (move === "last") return all.at(-1) ?? null;
  if (move === "up" || move === "down") return vertical(lines, all[at] ?? 0, move);
  const step = move === "right" || move === "next" ? 1 : -1;
  return all[at + step] ?? all[at] ?? null;
}

function vertical(lines: readonly (readonly number[])[], from: number, move: "up" | "down") {
  const row = lines.findIndex((line) => line.includes(from));
  const column = lines[row]?.indexOf(from) ?? 0;
  const to = lines[row + (move === "down" ? 1 : -1)];
  return to ? (to[Math.min(column, to.length - 1)] ?? from) : from;
}
