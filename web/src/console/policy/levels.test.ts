import { expect, it } from "vitest";
import { LEVELS, narrowerThan } from "./levels";

it("a group may only have less than the company", () => {
  expect(LEVELS.filter((level) => narrowerThan(level, "incident_only"))).toEqual([
    "off",
    "state_only",
  ]);
  expect(LEVELS.filter((level) => narrowerThan(level, "off"))).toEqual([]);
});
