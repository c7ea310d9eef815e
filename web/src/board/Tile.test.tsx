// @vitest-environment jsdom

import { act, render, screen } from "@testing-library/react";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { SeatView } from "../api/wire";
import ja from "../i18n/ja.json";
import { HubClock } from "./clock";
import { StoreContext } from "./hooks";
import { BoardStore } from "./store";
import { Tile } from "./Tile";

const NOW = 1_800_000_000;

beforeAll(async () => {
  await i18next.use(initReactI18next).init({
    lng: "ja",
    resources: { ja: { translation: ja } },
    interpolation: { escapeValue: false },
  });
});

function show(seat: Partial<SeatView>) {
  const clock = new HubClock(() => NOW * 1000);
  const store = new BoardStore(clock, { frame: (draw) => draw(), later: vi.fn(), nowMs: () => 0 });
  const seats: SeatView[] = [{ member: 7, label: "present", since: NOW - 130, ...seat }];
  store.replace({ do: "replace", members: [{ id: 7, name: "佐藤 美咲" }], groups: [], seats });
  const open = vi.fn();
  const at = { left: "0%", top: 0, width: "100%", position: 1, of: 1 };
  const view = render(
    <StoreContext value={store}>
      <Tile member={7} name="佐藤 美咲" at={at} tabbable onEnter={() => {}} onOpen={open} />
    </StoreContext>,
  );
  return { ...view, store, open, tile: screen.getByRole("listitem") };
}

describe("a tile", () => {
  it("says name, word, age and task, and names its person and state for whoever looks by machine", () => {
    const { tile, unmount } = show({ task: "見積書の作成" });
    expect(tile.textContent).toBe("佐藤佐藤 美咲在席2分見積書の作成");
    expect(tile.dataset).toMatchObject({ member: "7", label: "present" });
    expect(tile.dataset.alert).toBeUndefined();
    unmount();
  });

  it("keeps the presence readable beside an incident", () => {
    const alert = { id: "a", kind: "impersonation", at: NOW - 240, ongoing: true } as const;
    const { tile, unmount } = show({ alert });
    expect(tile.textContent).toBe("佐藤佐藤 美咲在席2分なりすまし4分前");
    expect(tile.dataset).toMatchObject({ label: "present", alert: "impersonation" });
    unmount();
  });

  it("that nobody can see gives its reason instead of a task, and is not called away", () => {
    const { tile, unmount } = show({ label: "unknown", reason: "camera_unplugged", task: "電話" });
    expect(tile.textContent).toBe("佐藤佐藤 美咲不明2分カメラなし");
    unmount();
  });

  it("shows times instead of ages while the line is lost", () => {
    const { tile, store, unmount } = show({});
    act(() => store.setLink({ phase: "lost", lastNews: NOW }));
    expect(tile.textContent).toMatch(/^佐藤佐藤 美咲在席\d+:\d\dから$/);
    unmount();
  });

  it("opens by its button", () => {
    const { open, unmount } = show({});
    screen.getByRole("button").click();
    expect(open).toHaveBeenCalledWith(7);
    unmount();
  });
});
