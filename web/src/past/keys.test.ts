import { expect, it } from "vitest";
import type { Press } from "../board/bindings";
import { deedOf, paceAfter, type Where } from "./keys";

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  modified: false,
  typing: false,
  onTile: false,
  ...more,
});
const BOARD: Where = { shift: false, inBar: false, onSlider: false, onControl: false };
const SLIDER: Where = { ...BOARD, inBar: true, onSlider: true };

it("one key leads back to now, from every field of the bar, too", () => {
  const leave = { do: "leave" };
  expect(deedOf(press("Escape"), BOARD)).toEqual(leave);
  expect(deedOf(press("Escape", { onTile: true }), BOARD)).toEqual(leave);
  expect(deedOf(press("Escape", { typing: true }), SLIDER)).toEqual(leave);
  expect(deedOf(press("Escape", { typing: true }), { ...BOARD, inBar: true })).toEqual(leave);
  expect(deedOf(press("Escape", { typing: true }), BOARD)).toBeNull(); // it leaves the filter first
});

it("arrows go a minute, with shift an hour, and over midnight from the slider", () => {
  expect(deedOf(press("ArrowLeft"), BOARD)).toEqual({ do: "step", seconds: -60 });
  expect(deedOf(press("ArrowRight"), { ...BOARD, shift: true })).toEqual({
    do: "step",
    seconds: 3_600,
  });
  expect(deedOf(press("ArrowRight", { typing: true }), SLIDER)).toEqual({
    do: "step",
    seconds: 60,
  });
  expect(deedOf(press("PageDown", { typing: true }), SLIDER)).toEqual({
    do: "step",
    seconds: -3_600,
  });
  expect(deedOf(press("ArrowLeft", { onTile: true }), BOARD)).toBeNull();
  expect(deedOf(press("PageDown"), BOARD)).toBeNull();
});

it("a space plays, unless it presses what has the focus", () => {
  expect(deedOf(press(" "), BOARD)).toEqual({ do: "play" });
  expect(deedOf(press(" ", { typing: true }), SLIDER)).toEqual({ do: "play" });
  expect(deedOf(press(" "), { ...BOARD, onControl: true })).toBeNull();
  expect(deedOf(press(" ", { typing: true }), BOARD)).toBeNull();
  expect(deedOf(press(" ", { modified: true }), BOARD)).toBeNull();
});

it("the pace goes from 1 to 600 and no further", () => {
  expect(deedOf(press("+"), BOARD)).toEqual({ do: "pace", steps: 1 });
  expect(deedOf(press("-"), BOARD)).toEqual({ do: "pace", steps: -1 });
  expect([paceAfter(60, 1), paceAfter(600, 1), paceAfter(1, -1)]).toEqual([300, 600, 1]);
});
