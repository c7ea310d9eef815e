import { describe, expect, it } from "vitest";
import { mayStartTask, nextPunches, rested, taskSince, worked } from "./punching";

describe("what one may punch", () => {
  it("follows from where one stands", () => {
    expect(nextPunches("off")).toEqual(["start"]);
    expect(nextPunches("working")).toEqual(["end", "break_start", "out"]);
    expect(nextPunches("break")[0]).toBe("break_end");
    expect(nextPunches("out")[0]).toBe("back");
    expect([mayStartTask("working"), mayStartTask("break")]).toEqual([true, false]);
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
