import { describe, expect, it } from "vitest";
import { NOBODY, type Section } from "./arrange";
import { cellOf, cellPx, HEAD_PX, memberAt, planOf, scrolledTo, within } from "./plan";

const section = (group: number, size: number): Section => ({
  group,
  path: [`g${group}`],
  members: Array.from({ length: size }, (_, at) => group * 1000 + at),
  size,
  counts: NOBODY.counts,
});

const CELL = cellPx(1440);
const floor = planOf(
  [section(1, 100), section(2, 10), section(3, 10), section(4, 10)],
  1300,
  CELL,
  HEAD_PX,
);

describe("a wall", () => {
  it("has larger cells on a larger screen", () => {
    expect([cellPx(1440), cellPx(1920)]).toEqual([20, 24]);
  });

  it("sets each group into the column that ends first, so nothing overlaps", () => {
    const columns = floor.blocks.map(({ leftPx }) => leftPx);
    expect(new Set(columns.slice(0, 3)).size).toBe(3);
    expect(columns[3]).toBe(columns[1]);
    for (const a of floor.blocks)
      for (const b of floor.blocks)
        if (a !== b && a.leftPx === b.leftPx)
          expect(a.topPx + a.heightPx <= b.topPx || b.topPx + b.heightPx <= a.topPx).toBe(true);
  });

  it("is one column on a phone", () => {
    const narrow = planOf([section(1, 3), section(2, 3)], 360, CELL, HEAD_PX);
    expect(narrow.blocks.map(({ leftPx }) => leftPx)).toEqual([0, 0]);
  });

  it("knows who stands where, and where somebody stands", () => {
    for (const block of floor.blocks)
      for (const member of block.section.members) {
        const at = cellOf(block, CELL, member);
        expect(at && memberAt(floor, CELL, at.leftPx + 1, at.topPx + CELL - 1)).toBe(member);
      }
    const [first] = floor.blocks;
    expect(first && cellOf(first, CELL, 7)).toBeNull();
  });

  it("has nobody on a head, beside the cells, after the last of them, and under them", () => {
    const at = (xPx: number, yPx: number) => memberAt(floor, CELL, xPx, yPx);
    const [first, second] = floor.blocks;
    expect([first?.across, second?.section.members.length]).toEqual([20, 10]);
    expect(at(1, HEAD_PX - 1)).toBeNull();
    expect(at(20 * CELL + 1, HEAD_PX + 1)).toBeNull();
    expect(at((second?.leftPx ?? 0) + 10 * CELL + 1, HEAD_PX + 1)).toBeNull();
    expect(at(1, floor.heightPx + 100)).toBeNull();
  });

  it("is one block without a head where the order knows no groups", () => {
    const flat = planOf([section(0, 1_000)], 1300, CELL, 0);
    expect(flat.blocks.length).toBe(1);
    expect(memberAt(flat, CELL, 1, 1)).toBe(0);
    expect(flat.heightPx % CELL).toBe(12); // between blocks
  });

  it("scrolls as far as a cell and its group's name need, and not at all for what is seen", () => {
    const seen = { topPx: 1_000, heightPx: 700 };
    const cell = (topPx: number) => scrolledTo(seen, { topPx, heightPx: CELL });
    expect(cell(1_400)).toBeNull();
    expect(cell(900)).toBe(900 - HEAD_PX);
    expect(cell(1_690)).toBe(1_690 + CELL + HEAD_PX - 700);
  });

  it("draws only what is near the window", () => {
    const tall = planOf(
      Array.from({ length: 90 }, (_, group) => section(group, 48)),
      1300,
      CELL,
      HEAD_PX,
    );
    const near = within(tall, 0, 900);
    expect(near.length).toBeLessThan(40);
    expect(near.every(({ topPx }) => topPx <= 900)).toBe(true);
    expect(tall.heightPx).toBeGreaterThan(30 * HEAD_PX);
  });
});
