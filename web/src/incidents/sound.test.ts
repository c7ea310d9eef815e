import { expect, it } from "vitest";
import { KINDS, type Kind } from "../api/wire";
import { heard, type Rung, TONES_HZ } from "./sound";

it("the graver an incident, the more tones call", () => {
  const tones = KINDS.map((kind) => TONES_HZ[kind].length);
  expect(tones).toEqual([...tones].sort((a, b) => b - a));
  expect(new Set(tones).size).toBe(KINDS.length);
});

it("a burst is one call, unless a graver one comes", () => {
  let last: Rung | null = null;
  const rings = (kind: Kind, atMs: number): boolean => {
    const [rung, now] = heard(kind, atMs, last);
    last = rung;
    return now;
  };
  expect(rings("peeping", 10_000)).toBe(true);
  expect(rings("peeping", 10_500)).toBe(false);
  expect(rings("camera_covered", 14_000)).toBe(false);
  expect(rings("impersonation", 18_000)).toBe(true);
  expect(rings("peeping", 22_000)).toBe(false);
  expect(rings("peeping", 27_000)).toBe(true);
});
