import { describe, expect, it } from "vitest";
import cases from "../../../tests/filter_cases.json";
import type { Label } from "../api/wire";
import { EVERYBODY, fromAddress, isFiltering, lookFromAddress, sortOf, toAddress } from "./filter";
import { read } from "./words";

describe("the address", () => {
  it("carries a filter there and back", () => {
    const filter = { show: "todo", group: 3, text: "group:営業 佐藤" } as const;
    expect(fromAddress(toAddress(filter))).toEqual(filter);
  });

  it("of everybody is empty", () => {
    expect(toAddress(EVERYBODY)).toBe("");
    expect(isFiltering(fromAddress(""))).toBe(false);
  });

  it("with nonsense shows everybody instead of nobody", () => {
    expect(fromAddress("?show=asleep&group=x&other=1")).toEqual(EVERYBODY);
  });
});

describe("the look", () => {
  it("travels with the filter, and is no filter", () => {
    const look = { density: "wall", sort: "name" } as const;
    const filter = { ...EVERYBODY, show: "away" } as const;
    const address = toAddress(filter, look);
    expect([fromAddress(address), lookFromAddress(address)]).toEqual([filter, look]);
    expect(isFiltering(fromAddress(toAddress(EVERYBODY, look)))).toBe(false);
  });

  it("that makes no sense is the plain one", () => {
    expect(lookFromAddress("?density=huge&sort=shoe")).toEqual({ density: "tile", sort: null });
  });

  it("of rows puts attention first; tiles and wall keep the groups, unless asked", () => {
    expect(sortOf({ density: "row", sort: null })).toBe("attention");
    expect(sortOf({ density: "wall", sort: null })).toBe("group");
    expect(sortOf({ density: "tile", sort: "since" })).toBe("since");
  });
});

describe("the text, as the terminal reads it too", () => {
  const people = Object.entries(cases.people).map(([who, { age_s, label, ...person }]) => ({
    who,
    person: { ...person, label: label as Label, ageS: age_s },
  }));

  it.each(cases.finds)("$text finds $who", ({ text, who }) => {
    const { test } = read(text);
    expect(people.filter(({ person }) => test(person)).map((one) => one.who)).toEqual(who);
  });

  it.each(cases.refuses)("$text cannot be understood, and hides nobody", (wrong) => {
    const { test, refusal } = read(wrong.text);
    expect(refusal).toEqual({ why: wrong.why, said: wrong.said });
    expect(people.every(({ person }) => test(person))).toBe(true);
  });
});
