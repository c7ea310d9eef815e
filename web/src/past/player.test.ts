import { describe, expect, it } from "vitest";
import { Problem } from "../api/http";
import type { Schemas, SeatView } from "../api/wire";
import { DAY_S } from "../days/tokyo";
import { type Ask, DAYS_BACK, Player } from "./player";

const NOON = 1_795_316_400;
const stage = { frame: (draw: () => void) => draw(), later: () => {}, nowMs: () => 0 };
const seat = (member: number, label: SeatView["label"], since: number): SeatView =>
  ({ member, label, since, work: "working", presence: "present", link: "online" }) as SeatView;
const people = {
  members: () => new Map([[1, { id: 1, name: "佐藤", groups: [] }]]),
  groups: () => [],
};
const settled = () => new Promise((done) => setTimeout(done));
const silent = () => Promise.reject(new Problem(0));

type Change = Schemas["SeatChange"];
type Opening = Schemas["IncidentThen"];

function asked(changes: Change[], incidents: Opening[] = []) {
  const calls: [number, number][] = [];
  const ask: Ask = {
    at: async (time, as) => ({
      time,
      as,
      seats: [seat(1, "present", time - 60)],
      late: [],
      left: [{ id: 2, name: "退職者", groups: [] }],
      incidents: [],
    }),
    changes: async (from, to, as) => {
      calls.push([from, to]);
      const within = ({ at }: { at: number }) => at >= from && at < to;
      return {
        from,
        to,
        as,
        changes: changes.filter(within),
        incidents: incidents.filter(within),
      };
    },
  };
  return { ask, calls };
}

const machine = (ask: Ask, now = NOON + 9_000, time = NOON) =>
  new Player(people, ask, () => now, time, "known", stage);

describe("the time machine", () => {
  it("shows the board of a moment, with those who have left since", async () => {
    const player = machine(asked([]).ask);
    await settled();
    expect(player.store.seat(1).label).toBe("present");
    expect(player.store.card(2)?.name).toBe("退職者");
    expect(player.store.clock.live()).toBe(NOON);
    expect(player.state()).toMatchObject({ loading: false, shown: NOON });
  });

  it("plays what happened, when it happened, as fast as asked", async () => {
    const { ask } = asked([
      { at: NOON + 30, seat: seat(1, "away", NOON + 30) },
      { at: NOON + 90, seat: seat(1, "present", NOON + 90), late: true },
    ]);
    const player = machine(ask);
    await settled();
    player.play(60);
    await settled();
    player.step(400);
    expect(player.store.seat(1).label).toBe("present");
    player.step(200);
    expect(player.store.seat(1).label).toBe("away");
    player.step(1000);
    expect([player.store.seat(1).label, player.state().late]).toEqual(["present", 1]);
    expect([...player.store.late]).toEqual([1]);
    expect(player.state().time).toBe(NOON + 96);
  });

  it("goes no further than what it knows, and is over at now", async () => {
    const { ask, calls } = asked([]);
    const player = machine(ask, NOON + 1_800);
    await settled();
    expect(calls.at(-1)).toEqual([NOON - 900, NOON + 900]);
    player.play(600);
    player.step(2_000);
    expect(player.state()).toMatchObject({ time: NOON + 900, loading: true, over: false });
    await settled();
    expect(calls.at(-1)).toEqual([NOON + 900, NOON + 1_800]);
    player.step(60_000);
    expect(player.state()).toMatchObject({ time: NOON + 1_800, speed: null, over: true });
  });

  it("is over where now has gone on by as much as an answer takes", async () => {
    let now = NOON + 600;
    const player = new Player(people, asked([]).ask, () => now, NOON, "known", stage);
    await settled();
    now += 2;
    player.play(600);
    player.step(10_000);
    expect(player.state()).toMatchObject({ time: NOON + 600, speed: null, over: true });
  });

  it("stands at now without being over when one has only moved there", async () => {
    const player = machine(asked([]).ask, NOON + 100);
    player.goTo(NOON + 99_000);
    await settled();
    player.step(100);
    expect(player.state()).toMatchObject({ time: NOON + 100, shown: NOON + 100, over: false });
  });

  it("goes back no further than what is kept", async () => {
    const player = machine(asked([]).ask, NOON, 0);
    await settled();
    expect(player.state().time).toBe(NOON - DAYS_BACK * DAY_S);
  });

  it("says when the hub did not answer, shows no other moment than it says, and asks again", async () => {
    const { ask } = asked([]);
    const way = { ...ask };
    const player = machine({ at: (...one) => way.at(...one), changes: ask.changes });
    await settled();
    way.at = silent;
    player.goTo(NOON + 600);
    await settled();
    expect(player.state()).toMatchObject({ failed: "", shown: NOON, time: NOON + 600 });
    expect(player.store.clock.live()).toBe(NOON);
    way.at = ask.at;
    player.again();
    await settled();
    expect(player.state()).toMatchObject({ failed: null, shown: NOON + 600 });
  });

  it("stops playing when the hub falls silent, and says what the hub refuses", async () => {
    const refused = new Problem(422, "/problems/range-too-long", "93日前まで");
    const { ask } = asked([]);
    const player = machine({ at: ask.at, changes: () => Promise.reject(refused) });
    await settled();
    expect(player.state()).toMatchObject({ failed: null, around: "unread" }); // the board stands
    player.play(60);
    await settled();
    expect(player.state()).toMatchObject({ failed: "93日前まで", speed: null });
  });

  it("does not say that nothing happened around a moment before it knows", async () => {
    const { ask } = asked([{ at: NOON + 30, seat: seat(1, "away", NOON + 30), turned: true }]);
    const way = { ...ask };
    const player = machine({ at: ask.at, changes: (...one) => way.changes(...one) });
    expect(player.state().around).toBe("reading");
    await settled();
    expect(player.state().around).toBe("read");
    expect(player.near().after).toHaveLength(1);
    way.changes = silent;
    player.goTo(NOON + 60);
    await settled();
    expect(player.state()).toMatchObject({ shown: NOON + 60, around: "unread" });
    expect(player.near().after).toEqual([]); // what was around another moment is not around this one
  });

  it("asks one question at a time while the slider moves, the last one of where it stops", async () => {
    const { ask } = asked([]);
    const times: number[] = [];
    const answers: (() => void)[] = [];
    const player = machine({
      ...ask,
      at: async (time, as) => {
        times.push(time);
        await new Promise<void>((done) => answers.push(done));
        return ask.at(time, as);
      },
    });
    for (const minute of [1, 2, 3]) player.goTo(NOON + 60 * minute);
    expect(times).toEqual([NOON]);
    answers.shift()?.();
    await settled();
    expect(player.state()).toMatchObject({ shown: NOON, loading: true }); // it follows the slider
    expect(times).toEqual([NOON, NOON + 180]);
    answers.shift()?.();
    await settled();
    expect(player.state()).toMatchObject({ shown: NOON + 180, loading: false });
  });

  it("tells what happened before and after the moment, and follows the playing calmly", async () => {
    const turned = (at: number, label: SeatView["label"], late = false) => ({
      at,
      seat: seat(1, label, at),
      turned: true,
      late,
    });
    const { ask } = asked(
      [
        turned(NOON - 300, "away", true),
        { at: NOON - 200, seat: seat(1, "away", NOON - 300) },
        turned(NOON + 60, "present"),
      ],
      [{ id: "a", member: 1, kind: "peeping", at: NOON - 100 }],
    );
    const player = machine(ask);
    await settled();
    const told = () => {
      const { before, after } = player.near();
      return [before.map(({ label, kind }) => label ?? kind), after.map(({ label }) => label)];
    };
    expect(told()).toEqual([["peeping", "away"], ["present"]]);
    expect(player.near().before.map(({ late }) => late)).toEqual([false, true]);
    expect(player.opening("a")?.kind).toBe("peeping");
    player.play(300);
    await settled();
    player.step(500);
    expect(told()).toEqual([["peeping", "away"], ["present"]]); // not faster than one can read
    player.step(500);
    expect(told()).toEqual([["present", "peeping", "away"], []]);
    expect(player.near().time).toBe(NOON + 300);
  });

  it("looks only as far around a moment as there is something to tell", async () => {
    const busy = Array.from({ length: 40 }, (_, n) => ({
      at: NOON - n,
      seat: seat(n + 1, "away", NOON - n),
      turned: true,
    }));
    const crowd = new Map(
      Array.from({ length: 600 }, (_, n) => [n, { id: n, name: `${n}`, groups: [] }]),
    );
    const { ask, calls } = asked(busy);
    const many = { members: () => crowd, groups: () => [] };
    const player = new Player(many, ask, () => NOON + 9_000, NOON, "known", stage);
    await settled();
    expect(calls).toEqual([[NOON - 60, NOON + 60]]);
    expect(player.near().before.length).toBe(30);
    player.goTo(NOON + 5_000);
    await settled();
    expect(calls.slice(1).map(([from, to]) => to - from)).toEqual([120, 600, 1_800]);
  });
});
