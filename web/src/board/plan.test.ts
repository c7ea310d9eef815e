import { describe, expect, it } from "vitest";
import { NOBODY, type Section } from "./arrange";
import { cellOf, cellPx, HEAD_PX, memberAt, planOf, within } from "./plan";

const section = (group: number, size: number): Section => ({
  group,
  path: [`g${group}`],
  members: Array.from({ length: size }, (_, at) => group * 1000 + at),
  size,
  counts: NOBODY.counts,
});

const CELL = cellPx(1440);
const floor = planOf([section(1, 100), section(2, 10), section(3, 10), section(4, 10)], 1300, CELL);

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
    const narrow = planOf([section(1, 3), section(2, 3)], 360, CELL);
    expect(narrow.blocks.map(({ leftPx }) => leftPx)).toEqual([0, 0]);
  });

  it("knows who stands where, and where somebody stands", () => {
    for (const block of floor.blocks)
      for (const member of block.section.members) {
        const at = cellOf(block, CELL, member);
        expect(at && memberAt(block, CELL, at.xPx + 1, at.yPx + CELL - 1)).toBe(member);
      }
    const [first] = floor.blocks;
    expect(first && memberAt(first, CELL, first.across * CELL + 1, 1)).toBeNull();
    expect(first && memberAt(first, CELL, 1, 10_000)).toBeNull();
    expect(first && cellOf(first, CELL, 7)).toBeNull();
  });

  it("draws only what is near the window", () => {
    const tall = planOf(
      Array.from({ length: 90 }, (_, group) => section(group, 48)),
      1300,
      CELL,
    );
    const near = within(tall, 0, 900);
    expect(near.length).toBeLessThan(40);
    expect(near.every(({ topPx }) => topPx <= 900)).toBe(true);
    expect(tall.heightPx).toBeGreaterThan(30 * HEAD_PX);
  });
});
