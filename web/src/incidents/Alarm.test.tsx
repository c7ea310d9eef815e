// @vitest-environment jsdom

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen } from "@testing-library/react";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { Kind } from "../api/wire";
import { HubClock } from "../board/clock";
import { StoreContext } from "../board/hooks";
import { BoardStore } from "../board/store";
import ja from "../i18n/ja.json";
import { Alarm, NOTIFICATIONS } from "./Alarm";

const NOW = 1_800_000_000;
const shown: { title: string; body: string; tag: string }[] = [];

beforeAll(async () => {
  await i18next.use(initReactI18next).init({
    lng: "ja",
    resources: { ja: { translation: ja } },
    interpolation: { escapeValue: false },
  });
});
beforeEach(() => {
  vi.useFakeTimers();
  const made = class {
    static permission = "granted";
    constructor(title: string, { body, tag }: { body: string; tag: string }) {
      shown.push({ title, body, tag });
    }
  };
  vi.stubGlobal("Notification", made);
  return () => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  };
});

afterEach(cleanup);

/** A board with an alarm beside it; `tell` brings it news, `asked` counts the looks at the notices. */
function board() {
  shown.length = 0;
  const store = new BoardStore(new HubClock(() => NOW * 1000), {
    frame: (draw) => draw(),
    later: vi.fn(),
    nowMs: () => 0,
  });
  const members = ["佐藤 美咲", "森 薫", "吉田 千尋"].map((name, at) => ({ id: at + 1, name }));
  store.replace({ do: "replace", members, groups: [], seats: [] });
  const queries = new QueryClient();
  queries.setQueryDefaults(NOTIFICATIONS, { staleTime: Number.POSITIVE_INFINITY });
  queries.setQueryData(NOTIFICATIONS, { kinds: {} });
  const asked = vi.spyOn(queries, "invalidateQueries");
  render(
    <QueryClientProvider client={queries}>
      <StoreContext value={store}>
        <Alarm me={9} alone />
      </StoreContext>
    </QueryClientProvider>,
  );
  const tell = (member: number, kind: Kind, phase: "opened" | "recorded" = "opened") => {
    const sighting = { id: `${member}`, kind, opened_at: NOW, seen_at: NOW };
    const incidents = [{ member, phase, sighting } as const];
    const change = { seats: [], gone: [], members: [], groups: [], incidents };
    act(() => store.patch({ do: "patch", ...change }));
  };
  return { tell, asked };
}

it("a burst is told in one notification and one line, which count it and name the gravest", () => {
  const { tell } = board();
  tell(1, "peeping");
  expect(shown).toEqual([{ title: "インシデント: のぞき見", body: "佐藤 美咲", tag: "1" }]);
  tell(2, "impersonation");
  tell(3, "camera_covered");
  vi.advanceTimersByTime(1_000);
  const title = "インシデント 3件(最も重大: なりすまし)";
  expect(shown.slice(1)).toEqual([{ title, body: "森 薫 ほか2名", tag: "1" }]);
  expect(screen.getByRole("alert").textContent).toBe(`${title}: 森 薫 ほか2名`);
});

it("the notices are looked at when the record has the opening, however late that is", () => {
  const { tell, asked } = board();
  tell(1, "peeping");
  vi.advanceTimersByTime(10_000);
  expect(asked).toHaveBeenCalledTimes(1);
  tell(1, "peeping", "recorded");
  vi.advanceTimersByTime(10_000);
  expect(asked).toHaveBeenCalledTimes(2);
  expect(shown).toHaveLength(1); // nobody is called twice
});
