import { expect, it } from "vitest";
import { actionOf } from "./bindings";

const press = (key: string, change = {}) => ({
  key,
  modified: false,
  typing: false,
  onTile: false,
  ...change,
});

it("letters are text while somebody types; only escape reaches the board", () => {
  expect(actionOf(press("j"))).toEqual({ do: "move", move: "next" });
  expect(actionOf(press("j", { typing: true }))).toBeNull();
  expect(actionOf(press("Escape", { typing: true }))).toEqual({ do: "escape" });
});

it("arrows scroll the page unless a tile has the focus", () => {
  expect(actionOf(press("ArrowDown"))).toBeNull();
  expect(actionOf(press("ArrowDown", { onTile: true }))).toEqual({ do: "move", move: "down" });
});

it("the browser's own shortcuts stay the browser's", () => {
  expect(actionOf(press("k", { modified: true }))).toBeNull();
});

it("g and a letter lead elsewhere; the letter alone does not", () => {
  expect(actionOf(press("g"))).toEqual({ do: "chord" });
  expect(actionOf(press("i"), true)).toEqual({ do: "go", to: "/incidents" });
  expect(actionOf(press("b"), true)).toEqual({ do: "go", to: "/" });
  expect(actionOf(press("i"))).toBeNull();
  expect(actionOf(press("i", { typing: true }), true)).toBeNull();
});
