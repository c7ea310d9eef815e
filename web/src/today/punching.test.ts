import { describe, expect, it } from "vitest";
import {
  fitting,
  likely,
  mayStartTask,
  PLACES,
  rested,
  taskNames,
  taskSince,
  type Work,
  worked,
} from "./punching";

const places = (work: Work) => PLACES.map((place) => fitting(work, place) ?? null);

describe("what one may punch", () => {
  it("follows from where one stands, and each pair keeps its place", () => {
    expect(places("off")).toEqual(["start", null, null]);
    expect(places("working")).toEqual(["end", "break_start", "out"]);
    expect(places("break")).toEqual(["end", "break_end", null]);
    expect(places("out")).toEqual(["end", null, "back"]);
    expect([mayStartTask("working"), mayStartTask("break")]).toEqual([true, false]);
  });

  it("has one that is most likely, and it fits", () => {
    const all: Work[] = ["off", "working", "break", "out"];
    for (const work of all) expect(places(work)).toContain(likely(work));
  });
});

describe("the time of breaks", () => {
  it("is what lies between their two punches", () => {
    const day = [
      { kind: "start", at: 0 },
      { kind: "break_start", at: 100 },
      { kind: "break_end", at: 160 },
      { kind: "out", at: 200 },
      { kind: "back", at: 230 },
    ] as const;
    expect(rested(day, 1000)).toBe(90);
  });

  it("goes on while one has not come back, and ends with work", () => {
    expect(rested([{ kind: "break_start", at: 100 }], 130)).toBe(30);
    expect(
      rested(
        [
          { kind: "break_start", at: 100 },
          { kind: "end", at: 150 },
        ],
        999,
      ),
    ).toBe(50);
  });
});

describe("the time at work", () => {
  it("is from each start on, without the rests of that work", () => {
    const day = [
      { kind: "break_start", at: 10 }, // of a night that began yesterday
      { kind: "break_end", at: 30 },
      { kind: "end", at: 60 },
      { kind: "start", at: 100 },
      { kind: "break_start", at: 200 },
      { kind: "break_end", at: 250 },
      { kind: "end", at: 400 },
      { kind: "start", at: 500 },
    ] as const;
    expect(worked(day, 600)).toBe(300 - 50 + 100);
    expect(worked(day.slice(0, 3), 600)).toBe(0);
  });
});

describe("the task that goes on", () => {
  it("began at the last punch that started one", () => {
    const day = [
      { kind: "task_start", at: 100 },
      { kind: "task_start", at: 200 },
    ] as const;
    expect(taskSince(day)).toBe(200);
    expect(taskSince([])).toBeNull();
  });
});

it("tasks are named once, the newest first", () => {
  expect(taskNames([{ task: "a" }, {}, { task: "b" }, { task: "a" }])).toEqual(["a", "b"]);
});
