import { afterEach, describe, expect, it, vi } from "vitest";
import type { SeatView } from "../api/wire";
import { HubClock } from "./clock";
import { isAlarm } from "./feed";
import { EVERYBODY } from "./filter";
import type { Patch } from "./replica";
import { BoardStore, browserStage } from "./store";

/** Frames and time of the display, stepped by hand. */
function stage() {
  const frames: (() => void)[] = [];
  const later: (() => void)[] = [];
  const at = { ms: 0 };
  return {
    at,
    frame: (draw: () => void) => void frames.push(draw),
    later: (_: number, run: () => void) => void later.push(run),
    nowMs: () => at.ms,
    step: () => {
      for (const draw of frames.splice(0)) draw();
    },
    pass: (ms: number) => {
      at.ms += ms;
      for (const run of later.splice(0)) run();
    },
    waiting: () => frames.length,
  };
}

const seat = (member: number, label: SeatView["label"] = "present"): SeatView => ({
  member,
  label,
  since: 0,
});

const patch = (change: Partial<Patch>): Patch => ({
  do: "patch",
  seats: [],
  gone: [],
  members: [],
  groups: [],
  incidents: [],
  ...change,
});

function board() {
  const hand = stage();
  const store = new BoardStore(new HubClock(() => 0), hand);
  store.setFilter(EVERYBODY);
  const members = [1, 2, 3].map((id) => ({ id, name: `人${id}` }));
  store.replace({ do: "replace", members, groups: [], seats: [seat(1), seat(2), seat(3)] });
  hand.step();
  return { store, hand };
}

describe("what changed", () => {
  it("is told once a frame, to the seats concerned and nobody else", () => {
    const { store, hand } = board();
    const told = [vi.fn(), vi.fn()] as const;
    store.onSeat(1, told[0]);
    store.onSeat(2, told[1]);
    store.patch(patch({ seats: [seat(1, "away")] }));
    store.patch(patch({ seats: [seat(1, "break")] }));
    expect(hand.waiting()).toBe(1);
    expect(told[0]).not.toHaveBeenCalled();

    hand.step();
    expect(told[0]).toHaveBeenCalledTimes(1);
    expect(told[1]).not.toHaveBeenCalled();
    expect(store.seat(1).label).toBe("break");
  });

  it("is marked when the label or the incident is another one, not when only a task is", () => {
    const { store } = board();
    store.patch(patch({ seats: [{ ...seat(1), task: "電話" }] }));
    expect(store.changed(1)).toBeUndefined();
    store.patch(patch({ seats: [seat(1, "away")] }));
    expect(store.changed(1)?.times).toBe(1);
  });
});

describe("the arrangement", () => {
  it("follows at once, then at most four times a second, and never loses the last change", () => {
    const { store, hand } = board();
    hand.pass(250);
    store.patch(patch({ seats: [seat(1, "away")] }));
    hand.step();
    expect(store.arrangement().counts.away).toBe(1);

    store.patch(patch({ seats: [seat(2, "away")] }));
    hand.step();
    expect(store.arrangement().counts.away).toBe(1);
    hand.pass(250);
    hand.step();
    expect(store.arrangement().counts.away).toBe(2);
  });

  it("moves nobody while it is held still", () => {
    const { store, hand } = board();
    const order = () => store.arrangement().sections.flatMap(({ members }) => members);
    store.holdStill(true);
    hand.pass(250);
    store.patch(patch({ seats: [seat(3, "away")] }));
    hand.step();
    expect(order()).toEqual([1, 2, 3]);

    hand.pass(250);
    store.holdStill(false);
    hand.step();
    expect(order()).toEqual([3, 1, 2]);
  });

  it("lets people leave, enter and be renamed", () => {
    const { store, hand } = board();
    hand.pass(250);
    store.patch(
      patch({
        gone: [2],
        members: [
          { id: 3, name: "新" },
          { id: 4, name: "丁" },
        ],
      }),
    );
    hand.step();
    expect(store.arrangement().total).toBe(3);
    expect(store.card(3)?.name).toBe("新");
    expect(store.card(2)).toBeUndefined();
    expect(store.seat(4).label).toBe("off");
  });
});

it("a live opening is an alarm at once, a late one only an entry", () => {
  const { store } = board();
  const alarm = vi.fn();
  store.onNews((news) => isAlarm(news) && alarm(news));
  const sighting = { id: "a", kind: "peeping", opened_at: 1, seen_at: 1 } as const;
  store.patch(patch({ incidents: [{ member: 1, phase: "opened", sighting }] }));
  const late = { ...sighting, id: "b" };
  store.patch(patch({ incidents: [{ member: 1, phase: "opened", sighting: late, late: true }] }));
  expect(alarm).toHaveBeenCalledTimes(1);
  expect(store.feed().size).toBe(2);
});

describe("the browser's stage", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("draws a frame that was asked for before the page was hidden", () => {
    vi.useFakeTimers();
    const cancelled = vi.fn();
    vi.stubGlobal("requestAnimationFrame", () => 7); // hidden: it never comes
    vi.stubGlobal("cancelAnimationFrame", cancelled);
    const draw = vi.fn();
    browserStage.frame(draw);
    vi.advanceTimersByTime(1_000);
    expect(draw).toHaveBeenCalledTimes(1);
    expect(cancelled).toHaveBeenCalledWith(7);
  });

  it("draws once where the frame comes", () => {
    vi.useFakeTimers();
    vi.stubGlobal("requestAnimationFrame", (run: () => void) => setTimeout(run, 16));
    vi.stubGlobal("cancelAnimationFrame", clearTimeout);
    const draw = vi.fn();
    browserStage.frame(draw);
    vi.advanceTimersByTime(1_000);
    expect(draw).toHaveBeenCalledTimes(1);
  });
});
