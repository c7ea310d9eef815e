import { expect, it } from "vitest";
import { wordsOf } from "./words";

it("a list may be typed with lines, commas or spaces, in either width", () => {
  expect(wordsOf("192.0.2.0/24\n 2001:db8::/32")).toEqual(["192.0.2.0/24", "2001:db8::/32"]);
  expect(wordsOf("JP、US, ＤＥ")).toEqual(["JP", "US", "DE"]);
  expect(wordsOf("  \n")).toEqual([]);
});
