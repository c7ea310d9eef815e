import { expect, it } from "vitest";
import { KINDS } from "../api/wire";
import { isHeard, TONES_HZ } from "./sound";

it("the graver an incident, the more tones call", () => {
  const tones = KINDS.map((kind) => TONES_HZ[kind].length);
  expect(tones).toEqual([...tones].sort((a, b) => b - a));
  expect(new Set(tones).size).toBe(KINDS.length);
});

it("a burst is one call, unless a graver one comes", () => {
  const first = { kind: "peeping", atMs: 10_000 } as const;
  expect(isHeard("peeping", 10_000, null)).toBe(true);
  expect(isHeard("peeping", 10_500, first)).toBe(false);
  expect(isHeard("camera_covered", 10_500, first)).toBe(false);
  expect(isHeard("impersonation", 10_500, first)).toBe(true);
  expect(isHeard("peeping", 13_000, first)).toBe(true);
});
