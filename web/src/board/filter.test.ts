import { describe, expect, it } from "vitest";
import { EVERYBODY, fromAddress, isFiltering, matcher, toAddress } from "./filter";

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

describe("the text", () => {
  const sato = { name: "佐藤 美咲", task: "見積書の作成", groups: ["本社 営業部"] };
  const alex = { name: "Alexandra Michiko", task: "", groups: ["Support"] };

  it.each(["佐藤", "美咲", "佐藤美咲", "見積", "group:営業", "group:営業 佐藤"])(
    "finds %s",
    (text) => {
      expect(matcher(text)(sato)).toBe(true);
    },
  );

  it.each(["鈴木", "group:開発", "佐藤 group:開発"])("does not find %s", (text) => {
    expect(matcher(text)(sato)).toBe(false);
  });

  it("does not care about case or full width", () => {
    expect(matcher("ALEX")(alex)).toBe(true);
    expect(matcher("ALEX")(alex)).toBe(true);
    expect(matcher("group:support")(alex)).toBe(true);
  });
});
