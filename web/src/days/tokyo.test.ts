import { describe, expect, it } from "vitest";
import {
  clockText,
  DAY_S,
  dayOf,
  dayText,
  isDay,
  later,
  lengthText,
  mondayOf,
  monthOf,
  startOf,
} from "./tokyo";

describe("days are Japan's", () => {
  it("from its midnight to the next one", () => {
    const begins = Date.parse("2026-11-19T15:00:00Z") / 1000;
    expect(startOf("2026-11-20")).toBe(begins);
    expect(dayOf(begins)).toBe("2026-11-20");
    expect(dayOf(begins - 1)).toBe("2026-11-19");
    expect(dayOf(begins + DAY_S)).toBe("2026-11-21");
  });

  it("over the ends of months and years", () => {
    expect(later("2026-12-31", 1)).toBe("2027-01-01");
    expect(later("2028-03-01", -1)).toBe("2028-02-29");
    expect(monthOf("2026-12-05")).toEqual({ first: "2026-12-01", next: "2027-01-01" });
    expect(mondayOf("2026-11-22")).toBe("2026-11-16");
    expect(mondayOf("2026-11-16")).toBe("2026-11-16");
  });

  it("and nothing else is one", () => {
    expect(isDay("2026-02-29")).toBe(false);
    expect(isDay("yesterday")).toBe(false);
    expect(isDay("2028-02-29")).toBe(true);
  });
});

it("times and lengths are written as people read them", () => {
  expect(clockText(startOf("2026-11-20") + 9 * 3600 + 5 * 60 + 59)).toBe("9:05");
  expect(lengthText(4 * 3600 + 38 * 60 + 59)).toBe("4:38");
  expect(lengthText(0)).toBe("0:00");
});

it("a day has its weekday, and its year only where it is another one", () => {
  expect(dayText("2026-11-20", "ja", "2026-11-22")).toBe("11月20日(金)");
  expect(dayText("2025-11-20", "ja", "2026-11-22")).toBe("2025年11月20日(木)");
  expect(dayText("2026-11-20", "en", "2026-11-22")).toContain("20 Nov");
});
