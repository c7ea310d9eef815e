import { describe, expect, it } from "vitest";
import { everyMs, spanText } from "./upkeep";

const HOUR_S = 3_600;
const BEGIN = Date.UTC(2027, 2, 31, 13) / 1000;

const planned = { id: 1, stage: "announced", begins_at: BEGIN, ends_at: BEGIN + HOUR_S } as const;

describe("a page asks for maintenance", () => {
  it("seldom while none is near, and often when one begins or runs", () => {
    expect(everyMs(undefined)).toBe(30_000);
    expect(everyMs({ now: BEGIN })).toBe(30_000);
    expect(everyMs({ now: BEGIN - HOUR_S, window: planned })).toBe(30_000);
    expect(everyMs({ now: BEGIN - 30, window: planned })).toBe(5_000);
    expect(everyMs({ now: BEGIN - HOUR_S, window: { ...planned, stage: "running" } })).toBe(5_000);
  });
});

describe("the time of a window", () => {
  it("is the reader's, and says whose", () => {
    const tokyo = spanText(BEGIN, BEGIN + HOUR_S, "ja", "Asia/Tokyo");
    const london = spanText(BEGIN, BEGIN + HOUR_S, "en", "Europe/London");
    expect(tokyo).toMatch(/^3\/31\(水\) 22:00–23:00 (JST|GMT\+9)$/);
    expect(london).toMatch(/^Wed,? 31 Mar 14:00–15:00 (BST|GMT\+1)$/);
    expect(spanText(BEGIN, BEGIN + 9 * HOUR_S, "ja", "Asia/Tokyo")).toContain("22:00–4/1(木) 7:00");
  });
});
