import { expect, it } from "vitest";
import { familiesOf, picked } from "./types";

const TYPES = ["presence.updated", "incident.opened", "incident.updated"].map((type) => ({ type }));

it("types stand by what they are about, in the hub's order", () => {
  const families = familiesOf(TYPES);

  expect(families.map(({ every }) => every)).toEqual(["presence.*", "incident.*"]);
  expect(families[1]?.types.map(({ type }) => type)).toEqual([
    "incident.opened",
    "incident.updated",
  ]);
});

it("all of a family replaces its single types, and no other's", () => {
  const chosen = ["incident.opened", "presence.updated"];

  expect(picked(chosen, "incident.*", true)).toEqual(["presence.updated", "incident.*"]);
  expect(picked(chosen, "incident.opened", false)).toEqual(["presence.updated"]);
});
