// @vitest-environment jsdom

import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { MemberItem } from "../../api/shapes";
import { type Asked, hub, inJapanese, show } from "../kit/testing";
import Members from "./Members";

beforeAll(inJapanese);
beforeEach(() => history.replaceState(null, "", "/members"));
afterEach(cleanup);

function people(count: number): MemberItem[] {
  return Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    login: `login-${at + 1}`,
    name: `利用者 ${at + 1}`,
    role: "worker",
    locale: "ja",
  }));
}

const answering = (items: MemberItem[], other: (asked: Asked) => readonly [number, unknown?]) =>
  hub((asked) => {
    if (asked.method !== "GET") return other(asked);
    if (asked.path.startsWith("members")) return [200, { items, total: items.length }];
    return [200, { items: [] }];
  });

const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });

it("of ten thousand members only those near the window are drawn, and all are counted", async () => {
  answering(people(10_000), () => [204]);
  show(<Members />);
  await screen.findByText("利用者 1");
  expect(screen.getByText("10000件")).toBeTruthy();
  expect(screen.getByRole("table").getAttribute("aria-rowcount")).toBe("10001");
  expect(screen.getAllByRole("row").length).toBeLessThan(100);
});

it("an empty tenant says what will appear, and the first step", async () => {
  answering([], () => [204]);
  show(<Members />);
  expect(await screen.findByText("利用者がまだいません")).toBeTruthy();
  expect(button("利用者を招く")).toBeTruthy();
});

it("a supervisor sees members, and nothing to change them with", async () => {
  answering(people(3), () => [204]);
  show(<Members />, "supervisor");
  await screen.findByText("利用者 2");
  expect(screen.queryByRole("button", { name: "利用者を招く" })).toBeNull();
});

it("what the hub refuses is told in its words, and can be tried again", async () => {
  let broken = true;
  hub(({ path }) => {
    if (path.startsWith("members") && broken) return [503, { detail: "混み合っています。" }];
    return [200, { items: people(1), total: 1 }];
  });
  show(<Members />, "supervisor");
  expect((await screen.findByRole("alert")).textContent).toContain("混み合っています。");
  broken = false;
  fireEvent.click(button("もう一度試す"));
  expect(await screen.findByText("利用者 1")).toBeTruthy();
});

it("a session that ended leads to the sign-in", async () => {
  hub(() => [401, { type: "/problems/not-signed-in", detail: "" }]);
  const ended = vi.fn();
  show(<Members />, "administrator", ended);
  await waitFor(() => expect(ended).toHaveBeenCalled());
});

it("a login that somebody has stands at its field, which has the focus, until it is changed", async () => {
  const detail = "「mori」はすでに使われています。別の名前にしてください。";
  answering([], () => [409, { type: "/problems/taken", reason: "login", detail }]);
  show(<Members />);
  await screen.findByText("利用者がまだいません");
  fireEvent.click(screen.getAllByRole("button", { name: "利用者を招く" })[0] as HTMLElement);
  fireEvent.change(await screen.findByLabelText("氏名"), { target: { value: "森 美咲" } });
  const login = screen.getByLabelText<HTMLInputElement>("ログインID");
  fireEvent.change(login, { target: { value: "mori" } });
  fireEvent.click(button("招く"));
  const told = await screen.findByText(detail);
  expect(login.getAttribute("aria-invalid")).toBe("true");
  expect(login.getAttribute("aria-describedby")).toBe(told.id);
  expect(document.activeElement).toBe(login);
  expect(screen.queryByRole("alert")).toBeNull();
  fireEvent.change(login, { target: { value: "mori2" } });
  expect(screen.queryByText(detail)).toBeNull();
  expect(login.getAttribute("aria-invalid")).not.toBe("true");
});

it("somebody new gets an account and then a link to hand over", async () => {
  const asked = answering([], ({ path }) =>
    path === "members"
      ? [201, { id: 9, password: "made-up" }]
      : [201, { expires_at: 1_800_000_000, link: "https://hub.example/invitation?token=t" }],
  );
  show(<Members />);
  await screen.findByText("利用者がまだいません");
  fireEvent.click(screen.getAllByRole("button", { name: "利用者を招く" })[0] as HTMLElement);
  fireEvent.change(await screen.findByLabelText("氏名"), { target: { value: "森 美咲" } });
  fireEvent.change(screen.getByLabelText("ログインID"), { target: { value: "mori" } });
  fireEvent.click(button("招く"));
  expect(await screen.findByText("https://hub.example/invitation?token=t")).toBeTruthy();
  const said = asked.filter(({ method }) => method === "POST").map(({ path }) => path);
  expect(said).toEqual(["members", "members/9/invitation"]);
});

it("what matters asks once more who it is, and then goes on by itself", async () => {
  let confirmed = false;
  const asked = hub((one) => {
    if (one.path === "account/confirm") {
      confirmed = true;
      return [204];
    }
    if (one.method === "DELETE")
      return confirmed ? [204] : [403, { type: "/problems/confirmation-needed", detail: "" }];
    if (one.path === "account") return [200, { password: true }];
    if (one.path.startsWith("members")) return [200, { items: people(3), total: 3 }];
    return [200, { items: [] }];
  });
  show(<Members />);
  fireEvent.click(await screen.findByText("利用者 2"));
  fireEvent.click(await screen.findByText("2段階認証を外す"));
  fireEvent.click(screen.getAllByRole("button", { name: "2段階認証を外す" }).at(-1) as HTMLElement);
  fireEvent.change(await screen.findByLabelText("パスワード"), { target: { value: "secret" } });
  fireEvent.click(button("確認する"));
  await waitFor(() =>
    expect(asked.filter(({ method }) => method === "DELETE").map(({ path }) => path)).toEqual([
      "members/2/second-factor",
      "members/2/second-factor",
    ]),
  );
});
