import { describe, expect, it } from "vitest";
import { NOBODY, type Section } from "./arrange";
import { blocksOf, columnsIn, moved, rowOf, rowsOf } from "./grid";

const section = (group: number, members: number[]): Section => ({
  group,
  path: [`g${group}`],
  members,
  size: members.length,
  counts: NOBODY.counts,
});

const SIZES = { headPx: 36, tilePx: 84 };
const rows = rowsOf([section(1, [1, 2, 3, 4, 5]), section(2, [6])], 3, SIZES);

it("a head, then as many rows as the tiles need, group after group", () => {
  expect(rows.map(({ kind, topPx }) => [kind, topPx])).toEqual([
    ["head", 0],
    ["tiles", 0],
    ["tiles", 0],
    ["head", 36 + 2 * 84],
    ["tiles", 36 + 2 * 84],
  ]);
  expect(rowOf(rows, 4)).toBe(2);
  expect(rowOf(rows, null)).toBe(-1);
});

it("only the rows near the window are drawn, where they belong", () => {
  const [first, second] = blocksOf(rows, [2, 3, 4]);
  expect(first?.places).toEqual([
    { member: 4, row: 1, column: 0 },
    { member: 5, row: 1, column: 1 },
  ]);
  expect(second).toMatchObject({ topPx: 204, places: [{ member: 6, row: 0, column: 0 }] });
});

it("a narrow window has one column", () => {
  expect(columnsIn(100, 176)).toBe(1);
  expect(columnsIn(1120, 176)).toBe(6);
});

describe("a key", () => {
  it.each([
    [null, "next", 1],
    [1, "next", 2],
    [5, "next", 6],
    [6, "next", 6],
    [1, "previous", 1],
    [2, "down", 5],
    [3, "down", 5],
    [5, "down", 6],
    [6, "up", 4],
    [1, "up", 1],
    [4, "first", 1],
    [1, "last", 6],
    [99, "down", 1],
  ] as const)("from %s, %s leads to %i", (from, move, to) => {
    expect(moved(rows, from, move)).toBe(to);
  });
});
