import { expect, it, vi } from "vitest";
import { HubClock, wholeMinutes } from "./clock";

it("ages follow the hub's clock, also where the browser's is an hour wrong", () => {
  const clock = new HubClock(() => 1_000_000);
  clock.told(4_600);

  expect(clock.live()).toBe(4_600);
  expect(wholeMinutes(4_600 - 125, clock.now())).toBe(2);
});

it("an age is never negative: a newer state than the last tick has just begun", () => {
  expect(wholeMinutes(100, 99)).toBe(0);
});

it("one timer serves everybody and stops with the last", () => {
  vi.useFakeTimers();
  const clock = new HubClock();
  const leave = [clock.subscribe(() => {}), clock.subscribe(() => {})];
  expect(vi.getTimerCount()).toBe(1);
  for (const stop of leave) stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
