import { describe, expect, it } from "vitest";
import { NOBODY, type Section } from "./arrange";
import { HEAD_PX, planOf } from "./plan";
import { type Cell, repaint, sameSheet, sheetsOf, spotsOn } from "./sheet";

const section = (group: number, size: number): Section => ({
  group,
  path: [`g${group}`],
  members: Array.from({ length: size }, (_, at) => group * 1000 + at),
  size,
  counts: NOBODY.counts,
});

const CELL = 20;
const SIDE = { leftPx: -16, widthPx: 1332 };
const sections = Array.from({ length: 40 }, (_, at) => section(at + 1, 30 + 7 * (at % 5)));
const floor = planOf(sections, 1300, CELL, HEAD_PX);
const all = [...sheetsOf(floor, CELL, SIDE, 0, floor.heightPx).values()];

describe("the sheets of a wall", () => {
  it("cover it without a gap and without lying on each other", () => {
    let end = 0;
    for (const { stretch } of all) {
      expect(stretch.topPx).toBe(end);
      end += stretch.heightPx;
    }
    expect(end).toBe(floor.heightPx);
  });

  it("are few: those near the window, in numbers that stay while it scrolls", () => {
    const near = sheetsOf(floor, CELL, SIDE, 500, 900);
    expect([...near.keys()]).toEqual([2, 3]);
    expect([...sheetsOf(floor, CELL, SIDE, -600, -100).keys()]).toEqual([]);
    expect([...sheetsOf(floor, CELL, SIDE, 1e6, 2e6).keys()]).toEqual([]);
  });

  it("are the same while nobody on them has changed", () => {
    const [first] = sections;
    const later = planOf([{ ...section(1, 30) }, ...sections.slice(1)], 1300, CELL, HEAD_PX, floor);
    const [one, two] = [...sheetsOf(later, CELL, SIDE, 0, 900).values()];
    expect(first && all[0] && one && sameSheet(all[0], one)).toBe(false);
    expect(all[1] && two && sameSheet(all[1], two)).toBe(true);
  });

  it.each([1, 1.1, 1.25, 1.5, 2, 2 / 3])("show everybody once and whole (%f)", (ratio) => {
    const everybody = sections.flatMap(({ members }) => members);
    const shown = all.flatMap((sheet) => {
      const spots = spotsOn(sheet, CELL, ratio);
      for (const { y, high } of spots) {
        expect(y).toBeGreaterThanOrEqual(0);
        expect(y + high).toBeLessThanOrEqual(Math.round(sheet.tallPx * ratio));
      }
      return spots.map(({ member }) => member);
    });
    expect(shown.sort((a, b) => a - b)).toEqual(everybody);
  });

  it("have cells that share their edges, whatever a px of the page is", () => {
    for (const sheet of all) {
      const spots = spotsOn(sheet, CELL, 1.1);
      const right = new Map(spots.map((spot) => [`${spot.member + 1} ${spot.y}`, spot]));
      for (const spot of spots) {
        const before = right.get(`${spot.member} ${spot.y}`);
        if (before && before.x < spot.x) expect(before.x + before.wide).toBe(spot.x);
      }
    }
  });
});

const cell = (x: number, y: number, more: Partial<Cell> = {}): Cell => ({
  ...{ member: 1, x, y, wide: CELL, high: CELL },
  ...{ tone: "present", fresh: false, framed: false },
  ...more,
});

describe("painting a sheet again", () => {
  it("is painting nothing where nothing changed, whoever stands there", () => {
    expect(repaint([cell(0, 0)], [cell(0, 0, { member: 2 })])).toEqual({ gone: [], drawn: [] });
  });

  it.each([{ tone: "away" as const }, { fresh: true }, { framed: true }, { wide: CELL + 1 }])(
    "is painting the cell that changed: %j",
    (change) => {
      const [before, after] = [cell(20, 0), cell(20, 0, change)];
      const others = [cell(0, 0), cell(40, 0)];
      expect(repaint([...others, before], [...others, after])).toEqual({
        gone: [before],
        drawn: [after],
      });
    },
  );

  it("frees the place of who has left, and of a block that moved down", () => {
    expect(repaint([cell(0, 0), cell(20, 0)], [cell(0, 0)]).gone).toEqual([cell(20, 0)]);
    const moved = repaint([cell(0, 0), cell(0, 20)], [cell(0, 20), cell(0, 40)]);
    expect(moved).toEqual({ gone: [cell(0, 0)], drawn: [cell(0, 40)] });
  });
});
