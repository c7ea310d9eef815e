import { expect, it } from "vitest";
import { endOfDay, startOfDay, subjectText } from "./entry";

it("an entry says in one line what it was about", () => {
  const called = (name: string) => ({ member: "利用者" })[name] ?? name;
  expect(
    subjectText({ member: 7, role: "supervisor", evidence: null, groups: [1, 2] }, called),
  ).toBe("利用者 7 · role supervisor · groups 1, 2");
  expect(subjectText({}, called)).toBe("");
});

it("a day is Japan's, wherever the browser is", () => {
  const start = startOfDay("2026-11-22");
  expect(start).toBe(Date.UTC(2026, 10, 21, 15) / 1000);
  expect(endOfDay("2026-11-22")).toBe((start ?? 0) + 86_400);
});

it("what is no day limits nothing", () => {
  expect(startOfDay("")).toBeNull();
  expect(endOfDay("22.11.2026")).toBeNull();
});
