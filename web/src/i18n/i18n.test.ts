import { expect, it } from "vitest";
import en from "./en.json";
import ja from "./ja.json";

type Texts = { [key: string]: string | Texts };

/** Plural forms differ by language: Japanese has one, English two. */
const PLURAL = /_(one|other)$/;

function entries(texts: Texts, path = ""): [string, string][] {
  return Object.entries(texts).flatMap(([key, text]) =>
    typeof text === "string"
      ? [[path + key.replace(PLURAL, ""), text] as [string, string]]
      : entries(text, `${path}${key}.`),
  );
}

const keys = (texts: Texts) => [...new Set(entries(texts).map(([key]) => key))].sort();

const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

it("Japanese and English have the same texts", () => {
  expect(keys(en)).toEqual(keys(ja));
});

it("and the same values in them", () => {
  const japanese = new Map(entries(ja));
  for (const [key, text] of entries(en))
    expect([key, holes(text)]).toEqual([key, holes(japanese.get(key) ?? "")]);
});

it("no text is empty", () => {
  expect([...entries(ja), ...entries(en)].filter(([, text]) => text.trim() === "")).toEqual([]);
});
