import { expect, it } from "vitest";
import type { Label, SeatView } from "../api/wire";
import { Around, reachOf, WITHIN_S } from "./around";

const turn = (member: number, at: number, label: Label, late = false) => ({
  at,
  seat: { member, label, since: at } as SeatView,
  turned: true,
  late,
});

it("what is told twice is one line, and of one moment the last word counts", () => {
  const around = new Around();
  around.add([turn(1, 100, "unknown"), turn(1, 100, "away")], []);
  around.add([turn(1, 100, "away")], []);
  expect(around.near(100).before.map(({ label }) => label)).toEqual(["away"]);
});

it("both sides begin with what is nearest to the moment", () => {
  const around = new Around();
  around.add([turn(1, 10, "away"), turn(2, 20, "away"), turn(3, 30, "away")], []);
  around.add([turn(4, 40, "away", true)], [{ id: "x", member: 5, kind: "peeping", at: 35 }]);
  const { before, after } = around.near(25);
  expect(before.map(({ member }) => member)).toEqual([2, 1]);
  expect(after.map(({ member, kind, late }) => [member, kind, late])).toEqual([
    [3, null, false],
    [5, "peeping", false],
    [4, null, true],
  ]);
});

it("a line further away than some minutes does not belong to the moment", () => {
  const around = new Around();
  around.add([turn(1, 100, "away")], []);
  expect(around.near(100 + WITHIN_S).before.length).toBe(1);
  expect(around.near(101 + WITHIN_S).before.length).toBe(0);
  around.forget(101 + WITHIN_S);
  expect(around.near(100).before.length).toBe(0);
});

it("the more people, the nearer one looks", () => {
  expect([1, 30, 100, 1_000, 10_000].map(reachOf)).toEqual([900, 900, 360, 60, 60]);
});
