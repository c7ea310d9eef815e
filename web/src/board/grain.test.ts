import { describe, expect, it } from "vitest";
import { grainOf, memberUnder } from "./grain";

describe("the overview", () => {
  it.each([1, 300, 1_000, 10_000, 19_000])("of %d people fits", (people) => {
    const { across, cellPx, heightPx } = grainOf(people, 288, 160);
    expect(across * cellPx).toBeLessThanOrEqual(288);
    expect(heightPx).toBeLessThanOrEqual(160);
    expect(across * Math.ceil(heightPx / cellPx)).toBeGreaterThanOrEqual(people);
  });

  it("knows who is under a point", () => {
    const grain = grainOf(1_000, 288, 160);
    const { across, cellPx } = grain;
    expect(memberUnder(grain, 0, 0)).toBe(0);
    expect(memberUnder(grain, cellPx * 3 + 1, cellPx * 2)).toBe(2 * across + 3);
    expect(memberUnder(grain, -4, -4)).toBe(0);
  });
});
