import { expect, it } from "vitest";
import { found, pressed, sorted } from "./sorting";

const PEOPLE = [
  { name: "森 美咲", login: "mori", age: 30 },
  { name: "アベ 健", login: "abe", age: 9 },
  { name: "Smith Anna", login: "anna", age: 101 },
];
const texts = ({ name, login }: (typeof PEOPLE)[number]) => [name, login];
const names = (rows: readonly { name: string }[]) => rows.map(({ name }) => name);

it("every word is looked for, whatever its width and case", () => {
  expect(names(found(PEOPLE, "ＭＯＲＩ", texts))).toEqual(["森 美咲"]);
  expect(names(found(PEOPLE, "smith an", texts))).toEqual(["Smith Anna"]);
  expect(names(found(PEOPLE, "森 abe", texts))).toEqual([]);
  expect(found(PEOPLE, "  ", texts)).toBe(PEOPLE);
});

it("numbers are sorted by size and not by their first digit", () => {
  const ages = sorted(PEOPLE, ({ age }) => age, false).map(({ age }) => age);
  expect(ages).toEqual([9, 30, 101]);
});

it("downwards is the other way round", () => {
  const ages = sorted(PEOPLE, ({ age }) => age, true).map(({ age }) => age);
  expect(ages).toEqual([101, 30, 9]);
});

it("without a column the rows stay as the hub told them", () => {
  expect(sorted(PEOPLE, undefined, true)).toBe(PEOPLE);
});

it("the head of a column turns the order round when it is pressed again", () => {
  const once = pressed(null, "name");
  expect(once).toEqual({ column: "name", down: false });
  expect(pressed(once, "name").down).toBe(true);
  expect(pressed(pressed(once, "name"), "age")).toEqual({ column: "age", down: false });
});
