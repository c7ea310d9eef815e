// @vitest-environment jsdom

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { FromWatcher, Session } from "../api/wire";
import { hub } from "../console/kit/testing";
import ja from "../i18n/ja.json";
import { AskButton } from "./AskButton";
import { LiveDesk } from "./desk";
import { asksOthers, LiveContext } from "./hooks";
import LiveDialog from "./LiveDialog";

const MORI = { member: 7, name: "森 美咲", device: 3 };

beforeAll(async () => {
  vi.stubGlobal("matchMedia", () => ({
    matches: false,
    addEventListener: () => {},
    removeEventListener: () => {},
  }));
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  await i18next.use(initReactI18next).init({
    lng: "ja",
    resources: { ja: { translation: ja } },
    interpolation: { escapeValue: false },
  });
});
beforeEach(() => {
  const current = { viewing_purposes: ["member_request", "audit"] };
  hub(() => [200, { versions: [], current }]);
});
afterEach(cleanup);

function session(role: Session["member"]["role"]): Session {
  const member = { id: 1, login: "boss", name: "木村 楓", role, locale: "ja" };
  return { member, tenant: { id: 1, name: "株式会社A", system_id: "A" } } as Session;
}

function show(role: Session["member"]["role"] = "supervisor") {
  const said: FromWatcher[] = [];
  const desk = new LiveDesk(
    (message) => said.push(message) > 0,
    () => ({ answer: () => Promise.resolve("answer"), close: () => {} }),
  );
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <LiveContext value={{ desk, may: asksOthers(session(role)) }}>
          <AskButton target={MORI} />
          <LiveDialog />
        </LiveContext>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { desk, said };
}

const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });

describe("the dialog of a live view", () => {
  it("says before it asks that the person is shown who asks, and asks for a purpose of the charter", async () => {
    const { said } = show();
    fireEvent.click(button("ライブ映像を依頼"));
    expect(screen.getByRole("dialog").textContent).toContain("あなたの名前と目的が表示されます");
    expect(button("依頼する").disabled).toBe(true);

    await screen.findByRole("option", { name: "監査" });
    expect(screen.queryByRole("option", { name: "勤務状況の確認" })).toBeNull();
    fireEvent.change(screen.getByLabelText("目的"), { target: { value: "member_request" } });
    fireEvent.click(button("依頼する"));
    expect(said).toMatchObject([{ type: "ask_view", purpose: "member_request" }]);
    expect(screen.getByRole("status").textContent).toBe("森 美咲さんの返事を待っています");
  });

  it("says why there is no picture, and lets them ask again", () => {
    const { desk } = show();
    act(() => {
      desk.choose(MORI);
      desk.ask("audit");
    });
    const request = "request" in desk.view() ? (desk.view() as { request: string }).request : "";
    act(() => {
      desk.heard({ type: "view_opened", request, view: "v", answer_s: 30 });
      desk.heard({ type: "view_ended", view: "v", reason: "refused" });
    });
    expect(screen.getByRole("status").textContent).toBe("本人が断りました。");
    fireEvent.click(button("もう一度依頼する"));
    expect(screen.getByLabelText("目的")).toBeTruthy();
  });

  it("is not offered to somebody who sees only themselves", () => {
    show("worker");
    expect(screen.queryByRole("button", { name: "ライブ映像を依頼" })).toBeNull();
  });
});

it("nobody is offered a view of themselves", () => {
  expect(asksOthers(session("administrator"))(1)).toBe(false);
  expect(asksOthers(session("administrator"))(7)).toBe(true);
});
