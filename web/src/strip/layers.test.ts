import { describe, expect, it } from "vitest";
import { LABELS } from "../api/wire";
import { background } from "./layers";

const FRAME = { from: 0, to: 100, heightPx: 6 };

describe("a strip", () => {
  it("says a state by height and pattern, and off by nothing", () => {
    const drawn = LABELS.map((label) =>
      background([{ label, from: 10, to: 20 }], FRAME).replaceAll(/var\([^)]*\)/g, "colour"),
    );
    expect(new Set(drawn).size).toBe(LABELS.length);
    expect(drawn[LABELS.indexOf("off")]).toBe(
      background([], FRAME).replaceAll(/var\([^)]*\)/g, "colour"),
    );
  });

  it("places a stretch where it was", () => {
    const half = background([{ label: "present", from: 25, to: 75 }], FRAME);
    expect(half).toContain("50.00% 0px / 50.00% 6px");
    const whole = background([{ label: "present", from: -5, to: 500 }], FRAME);
    expect(whole).toContain("0% 0px / 100.00% 6px");
  });

  it("draws nothing of what lies outside", () => {
    const none = background([], FRAME);
    expect(background([{ label: "away", from: 100, to: 130 }], FRAME)).toBe(none);
    expect(background([{ label: "away", from: -30, to: 0 }], FRAME)).toBe(none);
  });
});
