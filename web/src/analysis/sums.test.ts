import { describe, expect, it } from "vitest";
import { busy, byPeriod, count, NOTHING, type Row, round, summed } from "./sums";

const figures = (told: Partial<Row["figures"]>): Row["figures"] => ({ ...NOTHING, ...told });
const row = (id: number, begin: string, told: Partial<Row["figures"]>): Row => ({
  id,
  name: `${id}`,
  begin,
  end: begin,
  people: 1,
  figures: figures(told),
});

describe("rows together", () => {
  const all = summed([
    figures({ present: 10, off: 5, incidents: [{ kind: "peeping", count: 2 }] }),
    figures({
      present: 1,
      unknown: 3,
      incidents: [
        { kind: "peeping", count: 1 },
        { kind: "peeping", count: 4, verdict: "benign" },
      ],
    }),
  ]);

  it("add up each word and each kind with each verdict", () => {
    expect([all.present, all.unknown, all.off, busy(all)]).toEqual([11, 3, 5, 14]);
    expect(all.incidents).toEqual([
      { kind: "peeping", count: 4, verdict: "benign" },
      { kind: "peeping", count: 3 },
    ]);
  });

  it("count by kind, by verdict and by both", () => {
    expect(count(all.incidents)).toBe(7);
    expect(count(all.incidents, "peeping")).toBe(7);
    expect(count(all.incidents, "camera_covered")).toBe(0);
    expect(count(all.incidents, undefined, null)).toBe(3);
    expect(count(all.incidents, "peeping", "benign")).toBe(4);
  });
});

it("the pieces of a range stand in the order of time, with everybody in each", () => {
  const found = byPeriod([
    row(1, "2026-11-02", { away: 1 }),
    row(1, "2026-11-01", { away: 2 }),
    row(2, "2026-11-01", { away: 4 }),
  ]);
  expect(found.map(({ begin, figures: { away } }) => [begin, away])).toEqual([
    ["2026-11-01", 6],
    ["2026-11-02", 1],
  ]);
});

it("an axis ends at a round length that nothing goes over", () => {
  expect([0.5, 7, 9, 120, 501, 30_000].map((h) => round(h * 3600) / 3600)).toEqual([
    1, 8, 10, 200, 1000, 40_000,
  ]);
});
