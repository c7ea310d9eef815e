import { expect, it } from "vitest";
import { actOf, type Pressed } from "./keys";

const press = (key: string, other: Partial<Pressed> = {}): Pressed => ({
  key,
  modified: false,
  typing: false,
  onTile: false,
  onControl: false,
  ...other,
});

it("a whole review is within reach of the keys", () => {
  const asked = ["j", "q", " ", "n", "3", "u", "a"].map((key) => actOf(press(key), null)?.do);
  expect(asked).toEqual(["next", "purpose", "space", "note", "verdict", "undo", "take"]);
  expect(actOf(press("w"), null)).toEqual({ do: "purpose", at: 1 });
});

it("what is typed into a note is a letter, and Escape leaves the note", () => {
  expect(actOf(press("3", { typing: true }), null)).toBeNull();
  expect(actOf(press("Escape", { typing: true }), null)).toEqual({ do: "leave" });
  expect(actOf(press("3", { modified: true }), null)).toBeNull();
});

it("space on a button presses the button", () => {
  expect(actOf(press(" ", { onControl: true }), null)).toBeNull();
  expect(actOf(press("1", { onControl: true }), null)).toEqual({ do: "verdict", at: 0 });
});

it("g is the first of two", () => {
  expect(actOf(press("b"), "g")).toEqual({ do: "board" });
  expect(actOf(press("j"), "g")).toBeNull();
});
