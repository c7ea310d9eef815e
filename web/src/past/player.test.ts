import { describe, expect, it } from "vitest";
import type { SeatView } from "../api/wire";
import { type Ask, Player } from "./player";

const NOON = 1_795_316_400;
const stage = { frame: (draw: () => void) => draw(), later: () => {}, nowMs: () => 0 };
const seat = (member: number, label: SeatView["label"], since: number): SeatView =>
  ({ member, label, since, work: "working", presence: "present", link: "online" }) as SeatView;
const people = {
  members: () => new Map([[1, { id: 1, name: "佐藤", groups: [] }]]),
  groups: () => [],
};
const settled = () => new Promise((done) => setTimeout(done));

function asked(changes: { at: number; seat: SeatView; late?: boolean }[]) {
  const calls: [number, number][] = [];
  const ask: Ask = {
    at: async (time, as) => ({
      time,
      as,
      seats: [seat(1, "present", time - 60)],
      late: [],
      left: [{ id: 2, name: "退職者", groups: [] }],
    }),
    changes: async (from, to, as) => {
      calls.push([from, to]);
      return { from, to, as, changes: changes.filter(({ at }) => at >= from && at < to) };
    },
  };
  return { ask, calls };
}

describe("the time machine", () => {
  it("shows the board of a moment, with those who have left since", async () => {
    const player = new Player(people, asked([]).ask, () => NOON + 9_000, NOON, "known", stage);
    await settled();
    expect(player.store.seat(1).label).toBe("present");
    expect(player.store.card(2)?.name).toBe("退職者");
    expect(player.store.clock.live()).toBe(NOON);
    expect(player.state().loading).toBe(false);
  });

  it("plays what happened, when it happened, as fast as asked", async () => {
    const { ask } = asked([
      { at: NOON + 30, seat: seat(1, "away", NOON + 30) },
      { at: NOON + 90, seat: seat(1, "present", NOON + 90), late: true },
    ]);
    const player = new Player(people, ask, () => NOON + 9_000, NOON, "known", stage);
    await settled();
    player.play(60);
    await settled();
    player.step(400);
    expect(player.store.seat(1).label).toBe("present");
    player.step(200);
    expect(player.store.seat(1).label).toBe("away");
    player.step(1000);
    expect([player.store.seat(1).label, player.state().late]).toEqual(["present", 1]);
    expect(player.state().time).toBe(NOON + 96);
  });

  it("goes no further than what it knows, and stops at now", async () => {
    const { ask, calls } = asked([]);
    const player = new Player(people, ask, () => NOON + 100, NOON, "known", stage);
    await settled();
    player.play(600);
    await settled();
    player.step(60_000);
    expect(player.state()).toMatchObject({ time: NOON + 100, speed: null });
    expect(calls).toEqual([[NOON, NOON + 100]]);
  });

  it("says when the hub did not answer, and stands", async () => {
    const ask: Ask = { at: () => Promise.reject(new Error()), changes: () => Promise.reject() };
    const player = new Player(people, ask, () => NOON + 100, NOON, "known", stage);
    player.play(1);
    await settled();
    expect(player.state()).toMatchObject({ failed: true, speed: null });
  });

  it("forgets an answer for a moment that one has left", async () => {
    const { ask } = asked([]);
    const player = new Player(people, ask, () => NOON + 9_000, NOON, "known", stage);
    player.goTo(NOON + 600);
    await settled();
    expect(player.store.clock.live()).toBe(NOON + 600);
    player.goTo(NOON + 99_000);
    await settled();
    expect(player.state().time).toBe(NOON + 9_000);
  });
});
