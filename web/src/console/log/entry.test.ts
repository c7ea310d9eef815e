import { expect, it } from "vitest";
import { endOfDay, startOfDay, subjectText, textsOf } from "./entry";

it("an entry says in one line what it was about, in the reader's words where there are any", () => {
  const called = (name: string) => ({ member: "利用者" })[name] ?? name;
  const words: Record<string, string> = { "role.supervisor": "上司", "log.values.true": "はい" };
  const said = (name: string, value: string) =>
    textsOf(name, value)
      .map((text) => words[text])
      .find(Boolean) ?? value;
  const subject = { member: 7, role: "supervisor", evidence: null, groups: [1, 2], types: [] };
  expect(subjectText(subject, called, said)).toBe("利用者 7 · role 上司 · groups 1, 2 · types –");
  expect(subjectText({ hurry: true, why: "lost" }, called, said)).toBe("hurry はい · why lost");
  expect(subjectText({}, called, said)).toBe("");
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
