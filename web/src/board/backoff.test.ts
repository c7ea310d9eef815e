import { describe, expect, it } from "vitest";
import { advice, delayS } from "./backoff";

describe("the wait before a new try", () => {
  it("is short at first, at most 3 s while a lease may still run, then grows to half a minute", () => {
    expect(delayS(0, 1)).toBeLessThan(0.5);
    for (let attempt = 0; attempt < 12; attempt += 1)
      expect(delayS(attempt, 1)).toBeLessThanOrEqual(3);
    expect(delayS(50, 1)).toBe(30);
  });

  it("is spread, so that a thousand browsers do not come back at once", () => {
    expect(delayS(5, 0)).toBe(delayS(5, 1) / 2);
  });
});

describe("a close code", () => {
  it.each([
    [4401, { do: "signIn" }],
    [4409, { do: "stop", why: "replaced" }],
    [4426, { do: "stop", why: "outdated" }],
    [4400, { do: "stop", why: "refused" }],
    [1009, { do: "stop", why: "refused" }],
    [4429, { do: "retry", atLeastS: 5 }],
    [4503, { do: "retry", atLeastS: 5 }],
    [1012, { do: "retry", atLeastS: 0 }],
    [1006, { do: "retry", atLeastS: 0 }],
  ])("%i tells what to do", (code, expected) => {
    expect(advice(code)).toEqual(expected);
  });
});
