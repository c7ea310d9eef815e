import { describe, expect, it } from "vitest";
import { KINDS, LABELS, type Reason } from "../api/wire";
import en from "../i18n/en.json";
import ja from "../i18n/ja.json";
import { initials, isUncertain, moment, reasonOf } from "./label";

describe("every label", () => {
  it("has the word of the vocabulary", () => {
    expect(LABELS.map((label) => ja.label[label])).toEqual([
      "在席",
      "離席",
      "休憩",
      "中抜け",
      "不明",
      "切断",
      "一時停止",
      "勤務外",
    ]);
    expect(new Set(LABELS.map((label) => en.label[label])).size).toBe(LABELS.length);
  });

  it("and every kind of incident has one in both languages", () => {
    expect(KINDS.map((kind) => ja.kind[kind])).toEqual([
      "なりすまし",
      "撮影機器",
      "のぞき見",
      "カメラ遮蔽",
    ]);
    expect(KINDS.every((kind) => en.kind[kind])).toBe(true);
  });
});

describe("a seat", () => {
  const seat = { member: 1, since: 100, heard: 90 };

  it("that is cut off tells when it was last heard, others since when it is so", () => {
    expect(moment({ ...seat, label: "offline" })).toBe(90);
    expect(moment({ ...seat, label: "unknown" })).toBe(100);
    expect(moment({ member: 1, since: 100, label: "offline" })).toBe(100);
  });

  it("gives a reason only where it adds something to the label", () => {
    const because = (label: "unknown" | "offline" | "present", reason: Reason) =>
      reasonOf({ ...seat, label, reason });
    expect(because("unknown", "camera_unplugged")).toBe("camera_unplugged");
    expect(because("offline", "silent")).toBeNull();
    expect(because("offline", "said_bye")).toBe("said_bye");
    expect(because("present", "starting")).toBeNull();
  });

  it("steps back where nobody vouches for it", () => {
    expect(LABELS.filter(isUncertain)).toEqual(["unknown", "offline", "off"]);
  });
});

it.each([
  ["佐藤 美咲", "佐藤"],
  ["林 智也", "林"],
  ["勅使河原 龍之介", "勅使"],
  ["グエン・ティ・ホン", "グエ"],
  ["Aya Ito", "AI"],
  ["madonna", "M"],
  ["𠮷野 太郎", "𠮷野"],
])("%s is shown as %s", (name, short) => {
  expect(initials(name)).toBe(short);
});
