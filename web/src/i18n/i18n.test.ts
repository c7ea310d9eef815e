import { describe, expect, it } from "vitest";
import consoleEn from "./console.en.json";
import consoleJa from "./console.ja.json";
import daysEn from "./days.en.json";
import daysJa from "./days.ja.json";
import en from "./en.json";
import incidentsEn from "./incidents.en.json";
import incidentsJa from "./incidents.ja.json";
import ja from "./ja.json";
import referenceEn from "./reference.en.json";
import referenceJa from "./reference.ja.json";
import webhooksEn from "./webhooks.en.json";
import webhooksJa from "./webhooks.ja.json";

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

describe.each([
  { of: "the board and the sign-in", japanese: ja, english: en },
  { of: "the console", japanese: consoleJa, english: consoleEn },
  { of: "the pages about days", japanese: daysJa, english: daysEn },
  { of: "the incidents", japanese: incidentsJa, english: incidentsEn },
  { of: "the reference", japanese: referenceJa, english: referenceEn },
  { of: "the webhooks", japanese: webhooksJa, english: webhooksEn },
])("the texts of $of", ({ japanese, english }) => {
  it("are the same in Japanese and English", () => {
    expect(keys(english)).toEqual(keys(japanese));
  });

  it("have the same values in them", () => {
    const known = new Map(entries(japanese));
    for (const [key, text] of entries(english))
      expect([key, holes(text)]).toEqual([key, holes(known.get(key) ?? "")]);
  });

  it("are never empty", () => {
    const all = [...entries(japanese), ...entries(english)];
    expect(all.filter(([, text]) => text.trim() === "")).toEqual([]);
  });
});

const SOURCES = import.meta.glob<string>(["../**/*.{ts,tsx}", "!../**/*.test.*"], {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Names that the sources ask for as they stand, in calls of t. */
const NAMED = /\bt\(\s*(?:[\w.!]+ \? )?"([^"]+)"(?: : "([^"]+)")?/g;

it("every text that a page names is there", () => {
  const known = new Set(
    [ja, consoleJa, daysJa, incidentsJa, referenceJa, webhooksJa].flatMap((texts) => keys(texts)),
  );
  const named = Object.values(SOURCES).flatMap((source) =>
    [...source.matchAll(NAMED)].flatMap(([, first, second]) => [first, second]),
  );
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((name) => name !== undefined && !known.has(name))).toEqual([]);
});
