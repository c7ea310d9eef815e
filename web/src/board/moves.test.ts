import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { IncidentNews, Label, SeatView } from "../api/wire";
import { HubClock } from "./clock";
import { Moves } from "./moves";

const MORNING = 1_795_309_200; // 2026-11-22 10:00 in Tokyo

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function following(seats: SeatView[] = []) {
  let turned: (seat: SeatView) => void = () => {};
  let heard: (news: IncidentNews) => void = () => {};
  let whole = () => {};
  const moves = new Moves({
    clock: new HubClock(() => MORNING * 1000),
    seats: () => seats,
    onWhole: (listener) => {
      whole = listener;
      return () => {};
    },
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
  return { moves, turn, incident, lines, anew: () => whole() };
}

const seat = (member: number, label: Label, since: number, alertAt?: number) =>
  ({
    member,
    label,
    since,
    alert: alertAt && { id: "b".repeat(32), kind: "peeping", at: alertAt },
  }) as SeatView;

it("begins with how everybody came to be as they are today, and has each of it once", () => {
  const seats = [
    seat(1, "away", MORNING - 60),
    seat(2, "present", MORNING - 600, MORNING - 30),
    seat(3, "off", MORNING - 86_400),
  ];
  const { turn, lines, anew } = following(seats);
  anew();
  const begun = [
    [2, "peeping"],
    [1, "away"],
    [2, "present"],
  ];
  expect(lines()).toEqual(begun);
  turn(3, "present", MORNING);
  seats[2] = seat(3, "present", MORNING);
  seats[0] = seat(1, "present", MORNING - 10);
  anew();
  expect(lines()).toEqual([[3, "present"], [1, "present"], ...begun]);
});

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
