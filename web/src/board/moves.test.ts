import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { IncidentNews, Label, SeatView } from "../api/wire";
import { Moves } from "./moves";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function following() {
  let turned: (seat: SeatView) => void = () => {};
  let heard: (news: IncidentNews) => void = () => {};
  const moves = new Moves({
    onTurn: (listener) => {
      turned = listener;
      return () => {};
    },
    onNews: (listener) => {
      heard = listener;
      return () => {};
    },
  });
  moves.start();
  const turn = (member: number, label: Label, since: number) => turned({ member, label, since });
  const incident = (phase: IncidentNews["phase"]) =>
    heard({
      member: 3,
      device: 1,
      phase,
      sighting: { id: "a".repeat(32), kind: "peeping", opened_at: 50, seen_at: 50 },
    } as IncidentNews);
  const lines = () => moves.shown().map(({ member, label, kind }) => [member, label ?? kind]);
  return { moves, turn, incident, lines };
}

it("a line a turn, newest first, told at most once a second", () => {
  const { moves, turn, incident, lines } = following();
  const told = vi.fn();
  moves.subscribe(told);
  turn(1, "away", 10);
  turn(2, "present", 20);
  incident("opened");
  incident("recorded");
  expect(lines()).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(told).toHaveBeenCalledTimes(1);
  expect(lines()).toEqual([
    [3, "peeping"],
    [2, "present"],
    [1, "away"],
  ]);
});

it("held, it stands still; let go, it has what happened meanwhile", () => {
  const { moves, turn, lines } = following();
  moves.hold(true);
  turn(1, "away", 10);
  vi.advanceTimersByTime(5_000);
  expect(lines()).toEqual([]);
  moves.hold(false);
  expect(lines()).toEqual([[1, "away"]]);
});

it("a floor of ten thousand never makes it longer than a rail", () => {
  const { turn, lines } = following();
  for (let member = 1; member <= 1_000; member++) turn(member, "away", member);
  vi.advanceTimersByTime(1_000);
  expect(lines().length).toBe(30);
  expect(lines()[0]).toEqual([1_000, "away"]);
});
