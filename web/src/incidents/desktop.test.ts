import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Kind } from "../api/wire";
import { Bursts } from "./desktop";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const bursts = new Bursts();
  const drawn: [string | undefined, number, boolean][] = [];
  const hear = (id: string, kind: Kind = "peeping", phase: "opened" | "escalated" = "opened") =>
    bursts.hear(phase, { id, kind, member: 7, name: "森 美咲" }, ({ calls }, again) =>
      drawn.push([calls[0]?.id, calls.length, again]),
    );
  return { hear, drawn };
}

it("the first is shown at once; those that follow are counted in it", () => {
  const { hear, drawn } = setUp();
  for (const id of ["a", "b", "c"]) hear(id);
  expect(drawn).toEqual([["a", 1, false]]);
  vi.runAllTimers();
  hear("d");
  vi.runAllTimers();
  expect(drawn.slice(1)).toEqual([
    ["a", 3, false],
    ["a", 4, false],
  ]);
});

it("it interrupts again only for a graver one", () => {
  const { hear, drawn } = setUp();
  hear("a");
  hear("b", "impersonation");
  vi.runAllTimers();
  hear("c", "impersonation");
  vi.runAllTimers();
  expect(drawn.map(([, , again]) => again)).toEqual([false, true, false]);
});

it("after some quiet another one is shown", () => {
  const { hear, drawn } = setUp();
  hear("a");
  vi.advanceTimersByTime(6_000);
  hear("b");
  expect(drawn.at(-1)).toEqual(["b", 1, false]);
});

it("what nobody answered is not counted with what opens", () => {
  const { hear, drawn } = setUp();
  hear("a");
  hear("b", "peeping", "escalated");
  expect(drawn.at(-1)).toEqual(["b", 1, false]);
});
