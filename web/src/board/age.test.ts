import i18next, { type TFunction } from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import en from "../i18n/en.json";
import ja from "../i18n/ja.json";
import { ageText, agoText, secondText, timeText } from "./age";

let japanese: TFunction;
let english: TFunction;

beforeAll(async () => {
  const resources = { ja: { translation: ja }, en: { translation: en } };
  await i18next.init({ resources, interpolation: { escapeValue: false } });
  japanese = i18next.getFixedT("ja");
  english = i18next.getFixedT("en");
});

describe("an age", () => {
  it.each([
    [0, "1分未満", "< 1 min"],
    [1, "1分", "1 min"],
    [59, "59分", "59 min"],
    [64, "1時間04分", "1 h 04"],
    [23 * 60 + 59, "23時間59分", "23 h 59"],
    [24 * 60, "1日", "1 d"],
  ])("of %i minutes", (minutes, inJapanese, inEnglish) => {
    expect(ageText(minutes, japanese)).toBe(inJapanese);
    expect(ageText(minutes, english)).toBe(inEnglish);
  });

  it("that has just begun is now", () => {
    expect(agoText(0, japanese)).toBe("今");
    expect(agoText(3, japanese)).toBe("3分前");
    expect(agoText(3, english)).toBe("3 min ago");
    expect(agoText(3, english, true)).toBe("3 min");
  });
});

describe("a time", () => {
  const morning = Date.UTC(2026, 10, 20, 0, 5, 7) / 1000; // 9:05:07 in Japan
  const evening = Date.UTC(2026, 10, 20, 12, 0) / 1000;

  it("is Japan's, without a leading zero", () => {
    expect(timeText(morning, evening)).toBe("9:05");
    expect(secondText(morning)).toBe("9:05:07");
  });

  it("of another day carries its date", () => {
    expect(timeText(morning, evening + 86_400)).toBe("11/20 9:05");
  });

  it("turns its day at midnight in Japan, not in Greenwich", () => {
    const beforeMidnight = Date.UTC(2026, 10, 20, 14, 59) / 1000;
    expect(timeText(beforeMidnight, beforeMidnight + 120)).toBe("11/20 23:59");
  });
});
