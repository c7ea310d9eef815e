import { expect, it } from "vitest";
import { codeOf, isCode } from "./code";

it("a code is the same however somebody types it", () => {
  for (const typed of ["WDJB-MJHT", "wdjbmjht", " ｗｄｊｂ　ｍｊｈｔ ", "WDJB MJHT"]) {
    expect(isCode(typed)).toBe(true);
    expect(codeOf(typed)).toBe("WDJB-MJHT");
  }
});

it("fewer or more letters are no code", () => {
  expect(isCode("WDJB-MJH")).toBe(false);
  expect(isCode("WDJB-MJHTX")).toBe(false);
  expect(isCode("")).toBe(false);
});
