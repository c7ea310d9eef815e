import { describe, expect, it } from "vitest";
import type { Delta, SeatView, Snapshot } from "../api/wire";
import { EMPTY, type Replica, receive, reopened } from "./replica";

const seat = (member: number, label: SeatView["label"] = "present"): SeatView => ({
  member,
  label,
  since: 0,
});

const snapshot = (change: Partial<Snapshot> = {}): Snapshot => ({
  type: "snapshot",
  epoch: "e1",
  offset: 10,
  view: "v",
  part: 0,
  last: true,
  now: 100,
  ...change,
});

const delta = (after: number, offset: number, change: Partial<Delta> = {}): Delta => ({
  type: "delta",
  epoch: "e1",
  after,
  offset,
  ...change,
});

const at = (offset: number, epoch = "e1"): Replica => ({
  ...EMPTY,
  cursor: { epoch, offset, view: "v" },
});

const resume = (offset: number, epoch = "e1") => ({
  do: "send",
  message: { type: "resume", cursor: { epoch, offset, view: "v" } },
});

describe("a new socket", () => {
  it("subscribes without a cursor the first time and with it afterwards", () => {
    expect(reopened(EMPTY)[1]).toEqual({ type: "subscribe", version: 1 });
    expect(reopened(at(7))[1].cursor).toEqual({ epoch: "e1", offset: 7, view: "v" });
  });

  it("forgets half a snapshot and an unanswered question, but not where it stands", () => {
    const half = { ...at(7), parts: [snapshot()], held: [delta(7, 8)], asked: true };
    expect(reopened(half)[0]).toEqual(at(7));
  });
});

describe("a snapshot", () => {
  it("becomes the board with its last part and not before", () => {
    const first = snapshot({ last: false, members: [{ id: 1, name: "甲" }], seats: [seat(1)] });
    const [half, nothing] = receive(EMPTY, first);
    expect(nothing).toEqual([]);

    const [whole, effects] = receive(half, snapshot({ part: 1, seats: [seat(2)] }));
    expect(whole).toEqual(at(10));
    expect(effects).toEqual([
      { do: "replace", members: [{ id: 1, name: "甲" }], groups: [], seats: [seat(1), seat(2)] },
      { do: "live", recovered: false },
    ]);
  });

  it("starts anew when another one begins", () => {
    const [half] = receive(EMPTY, snapshot({ last: false, seats: [seat(1)] }));
    const [, effects] = receive(half, snapshot({ offset: 12, seats: [seat(2)] }));
    expect(effects[0]).toMatchObject({ do: "replace", seats: [seat(2)] });
  });

  it("of which a part is missing is asked for again", () => {
    const [half] = receive(at(3), snapshot({ last: false }));
    const [, effects] = receive(half, snapshot({ part: 2 }));
    expect(effects).toEqual([resume(3)]);
  });

  it("takes the deltas that came between its parts on top", () => {
    const [half] = receive(EMPTY, snapshot({ last: false }));
    const [held, quiet] = receive(half, delta(10, 11, { seats: [seat(1, "away")] }));
    expect(quiet).toEqual([]);

    const [whole, effects] = receive(held, snapshot({ part: 1 }));
    expect(whole.cursor?.offset).toBe(11);
    expect(effects.map((effect) => effect.do)).toEqual(["replace", "live", "patch"]);
  });
});

describe("a delta", () => {
  it("that is not newer changes nothing", () => {
    expect(receive(at(10), delta(8, 10))).toEqual([at(10), []]);
  });

  it("that follows on is applied, also when it overlaps", () => {
    for (const after of [10, 9]) {
      const [next, effects] = receive(at(10), delta(after, 12, { seats: [seat(1)], gone: [2] }));
      expect(next).toEqual(at(12));
      expect(effects).toMatchObject([{ do: "patch", seats: [seat(1)], gone: [2] }]);
    }
  });

  it("after a gap is not applied; what is missing is asked for once", () => {
    const [asked, effects] = receive(at(10), delta(11, 12));
    expect(effects).toEqual([resume(10)]);
    expect(asked.cursor?.offset).toBe(10);
    expect(receive(asked, delta(12, 13))[1]).toEqual([]);
  });

  it("of another epoch is a gap too", () => {
    expect(receive(at(10), delta(1, 2, { epoch: "e2" }))[1]).toEqual([resume(10)]);
  });

  it("before any snapshot is ignored", () => {
    expect(receive(EMPTY, delta(0, 1))).toEqual([EMPTY, []]);
  });
});

describe("resumed", () => {
  it("keeps the cursor: what was missed follows as deltas", () => {
    const [asked] = receive(at(10), delta(11, 12));
    const answer = { type: "resumed", epoch: "e1", offset: 10, view: "v", now: 1 } as const;
    const [live, effects] = receive(asked, answer);
    expect(live).toEqual(at(10));
    expect(effects).toEqual([{ do: "live", recovered: true }]);
  });
});

describe("a pulse", () => {
  const pulse = (offset: number, epoch = "e1") =>
    ({ type: "pulse", epoch, offset, now: 1 }) as const;

  it("at or before my offset says that nothing is missing", () => {
    expect(receive(at(10), pulse(10))).toEqual([at(10), []]);
    expect(receive(at(10), pulse(9))).toEqual([at(10), []]);
  });

  it("beyond my offset, or of another epoch, shows that a frame was lost", () => {
    expect(receive(at(10), pulse(11))[1]).toEqual([resume(10)]);
    expect(receive(at(10), pulse(3, "e2"))[1]).toEqual([resume(10)]);
  });

  it("in the middle of a snapshot says nothing", () => {
    const [half] = receive(at(10), snapshot({ offset: 20, last: false }));
    expect(receive(half, pulse(20))).toEqual([half, []]);
  });
});
