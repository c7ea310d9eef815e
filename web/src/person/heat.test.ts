import { describe, expect, it } from "vitest";
import type { Span } from "../api/record";
import { HOUR_S, startOf } from "../days/tokyo";
import { heat, tone } from "./heat";

const NINE = startOf("2026-11-20") + 9 * HOUR_S;
const of = (spans: Span[]) => heat("2026-11-01", "2026-12-01", spans);
const on20 = 19;

describe("the heat map of a month", () => {
  it("has a column for each of its days", () => {
    expect(of([]).days).toHaveLength(30);
    expect(of([]).days.at(-1)).toBe("2026-11-30");
  });

  it("says how much of an hour somebody was at their seat", () => {
    const told = of([
      { at: NINE, to: NINE + 0.5 * HOUR_S, label: "present" },
      { at: NINE + 0.5 * HOUR_S, to: NINE + 2 * HOUR_S, label: "away" },
    ]);
    expect(told.cell(on20, 9)).toBe(0.5);
    expect(told.cell(on20, 10)).toBe(0);
    expect(told.cell(on20, 11)).toBeNull();
    expect(told.cell(on20 - 1, 9)).toBeNull();
  });

  it("takes no hour that nobody knows for an absence", () => {
    const told = of([
      { at: NINE, to: NINE + HOUR_S, label: "unknown" },
      { at: NINE + HOUR_S, to: NINE + 2 * HOUR_S, label: "offline" },
      { at: NINE + 2 * HOUR_S, to: NINE + 2.5 * HOUR_S, label: "away" },
      { at: NINE + 2.5 * HOUR_S, to: NINE + 3 * HOUR_S, label: "unknown" },
    ]);
    expect([9, 10, 11].map((hour) => told.cell(on20, hour))).toEqual(["dark", "dark", 0]);
  });

  it("splits what goes over the hour and over midnight", () => {
    const told = of([{ at: NINE + 14.5 * HOUR_S, to: NINE + 15.5 * HOUR_S, label: "present" }]);
    expect(told.cell(on20, 23)).toBe(0.5);
    expect(told.cell(on20 + 1, 0)).toBe(0.5);
    expect(told.hours).toContain(23);
    expect(told.hours).toContain(0);
  });

  it("shows the usual hours even where nothing is known, and takes nothing for off", () => {
    const told = of([{ at: NINE, to: NINE + HOUR_S, label: "off" }]);
    expect(told.hours).toEqual([7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
    expect(told.cell(on20, 9)).toBeNull();
  });
});

it("a whole hour is the strongest tone, and none the weakest", () => {
  expect([0, 0.01, 0.25, 0.5, 0.75, 1].map(tone)).toEqual([0, 1, 2, 3, 4, 4]);
});
