import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Label, SeatView } from "../api/wire";
import { HubClock } from "./clock";
import { type Ask, Days, type Run, stretches } from "./days";
import type { Listener } from "./store";

const MIDNIGHT = 1_763_564_400; // 2025-11-20 0:00 in Tokyo
const NOON = MIDNIGHT + 12 * 3_600;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function board(now = NOON) {
  const at = { now };
  const seats = new Map<number, SeatView>();
  let turn: (seat: SeatView) => void = () => {};
  let whole: Listener = () => {};
  const turns = {
    clock: new HubClock(() => at.now * 1000),
    seat: (member: number) => seats.get(member) ?? { member, label: "off" as const, since: 0 },
    onTurn: (listener: (seat: SeatView) => void) => {
      turn = listener;
      return () => {};
    },
    onWhole: (listener: Listener) => {
      whole = listener;
      return () => {};
    },
  };
  const say = (member: number, label: Label, since: number) => {
    const seat = { member, label, since };
    seats.set(member, seat);
    turn(seat);
  };
  return { at, turns, say, anew: () => whole() };
}

const MORNING: readonly Run[] = [
  [0, "off"],
  [9 * 3_600, "present"],
];
const answer = (members: readonly number[], runs = MORNING) => ({
  strips: members.map((member) => ({ member, runs })),
});
const passed = () => vi.advanceTimersByTimeAsync(100);

describe("the strips of today", () => {
  it("of a whole screen are one question", async () => {
    const ask = vi.fn<Ask>((_, members) => Promise.resolve(answer(members)));
    const days = new Days(board().turns, ask);
    days.start();
    for (const member of [1, 2, 3]) days.subscribe(member, () => {});
    await passed();
    expect(ask.mock.calls).toEqual([["2025-11-20", [1, 2, 3]]]);
    expect(days.runs(2)).toEqual(MORNING);
  });

  it("are not asked for those who only passed by, yet the view need not rest for long", async () => {
    const ask = vi.fn<Ask>((_, members) => Promise.resolve(answer(members)));
    const days = new Days(board().turns, ask);
    days.start();
    let leave = () => {};
    for (let member = 1; member <= 16; member += 1) {
      leave();
      leave = days.subscribe(member, () => {});
      await vi.advanceTimersByTimeAsync(50);
    }
    await passed();
    const asked = ask.mock.calls.map(([, members]) => members);
    expect(asked.length).toBe(2);
    expect(asked.at(-1)).toEqual([16]);
    expect(asked.flat().length).toBeLessThan(4);
  });

  it("go on with what the board sees, and tell it to that tile alone", async () => {
    const { turns, say } = board();
    const days = new Days(turns, (_, members) => Promise.resolve(answer(members)));
    days.start();
    const told = [vi.fn(), vi.fn()] as const;
    days.subscribe(1, told[0]);
    days.subscribe(2, told[1]);
    await passed();
    say(1, "away", NOON);
    expect(days.runs(1)).toEqual([...MORNING, [12 * 3_600, "away"]]);
    expect([told[0].mock.calls.length, told[1].mock.calls.length]).toEqual([2, 1]);
  });

  it("lack nothing that turned while the answer was on its way", async () => {
    const { turns, say } = board();
    const days = new Days(turns, (_, members) => {
      say(1, "break", NOON - 60);
      return Promise.resolve(answer(members));
    });
    days.start();
    days.subscribe(1, () => {});
    await passed();
    expect(days.runs(1)).toEqual([...MORNING, [12 * 3_600 - 60, "break"]]);
  });

  it("are asked for anew when the board was, and when the day turned", async () => {
    const { at, turns, say, anew } = board();
    const ask = vi.fn<Ask>((_, members) => Promise.resolve(answer(members)));
    const days = new Days(turns, ask);
    days.start();
    days.subscribe(1, () => {});
    await passed();
    anew();
    await passed();
    expect(ask).toHaveBeenCalledTimes(2);
    at.now = MIDNIGHT + 86_400 + 5;
    say(1, "off", at.now);
    await passed();
    expect(ask.mock.calls.at(-1)).toEqual(["2025-11-21", [1]]);
  });

  it("come later when the hub could not answer", async () => {
    const ask = vi.fn<Ask>(() => Promise.reject(new Error("no")));
    const days = new Days(board().turns, ask);
    days.start();
    days.subscribe(1, () => {});
    await passed();
    expect(days.runs(1)).toBeUndefined();
    ask.mockImplementation((_, members) => Promise.resolve(answer(members)));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(days.runs(1)).toEqual(MORNING);
  });

  it("of a day that has gone are asked for once, and nothing is added to them", async () => {
    const { turns, say, anew } = board();
    const ask = vi.fn<Ask>((_, members) => Promise.resolve(answer(members)));
    const days = new Days({ ...turns, past: true }, ask);
    days.start();
    days.subscribe(1, () => {});
    await passed();
    anew();
    say(1, "away", NOON);
    await passed();
    expect(ask).toHaveBeenCalledTimes(1);
    expect(days.runs(1)).toEqual(MORNING);
  });

  it("are asked anew at midnight, also where nobody moves", async () => {
    const { at, turns } = board(MIDNIGHT + 86_399);
    const ask = vi.fn<Ask>((_, members) => Promise.resolve(answer(members)));
    const days = new Days(turns, ask);
    const stop = days.start();
    days.subscribe(1, () => {});
    await passed();
    at.now += 2;
    await vi.advanceTimersByTimeAsync(6_000);
    expect(ask.mock.calls.map(([day]) => day)).toEqual(["2025-11-20", "2025-11-21"]);
    expect(days.from()).toBe(MIDNIGHT + 86_400);
    stop();
  });

  it("end at the moment that is shown, whatever came after it", () => {
    const until = MIDNIGHT + 10 * 3_600;
    const runs: readonly Run[] = [...MORNING, [12 * 3_600, "away"]];
    expect(stretches(runs, MIDNIGHT, until).at(-1)).toEqual({
      label: "present",
      from: MIDNIGHT + 9 * 3_600,
      to: until,
    });
  });

  it("end now", () => {
    expect(stretches(MORNING, MIDNIGHT, NOON)).toEqual([
      { label: "off", from: MIDNIGHT, to: MIDNIGHT + 9 * 3_600 },
      { label: "present", from: MIDNIGHT + 9 * 3_600, to: NOON },
    ]);
  });
});
