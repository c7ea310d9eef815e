// @vitest-environment jsdom

import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import type { ComponentType } from "react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import type { DeliveryItem, WebhookItem } from "../../api/shapes";
import { type Asked, hub, inJapanese, show } from "../kit/testing";

// a page adds its own texts when it comes: after the languages have started
let Webhooks: ComponentType;
let Deliveries: ComponentType;
beforeAll(async () => {
  await inJapanese();
  Webhooks = (await import("./Webhooks")).default;
  Deliveries = (await import("./Deliveries")).default;
});
beforeEach(() => history.replaceState(null, "", "/settings/webhooks"));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const ENDPOINT: WebhookItem = {
  id: 7,
  url: "https://kintai.example/hooks",
  description: "",
  types: ["incident.*", "punch.created"],
  groups: [],
  content: "standard",
  signing: ["v1"],
  created_at: 0,
  state: "active",
  waiting: 0,
  delivered: 12,
  failed: 0,
};

const TYPES = [
  { type: "incident.opened", ja: "インシデントが起きた", en: "An incident opened" },
  { type: "incident.updated", ja: "インシデントが進んだ", en: "An incident changed" },
  { type: "punch.created", ja: "打刻した", en: "Somebody punched" },
];

const DELIVERY: DeliveryItem = {
  id: 3,
  webhook: 7,
  message: "msg_3",
  type: "punch.created",
  status: "failed",
  created_at: 0,
  attempts: 10,
  last_error: "connection refused",
};

type Other = (asked: Asked) => [number, unknown?];
const answering = (items: readonly WebhookItem[], other: Other, sent = () => DELIVERY) =>
  hub((asked) => {
    const [path] = asked.path.split("?");
    if (asked.method !== "GET") return other(asked);
    if (path === "webhooks") return [200, { items, room: 10 - items.length, allowed: [] }];
    const one = items.find(({ id }) => path === `webhooks/${id}`);
    if (one) return [200, one, '"1"'];
    if (path === "webhooks/types") return [200, { items: TYPES }];
    if (path === "webhooks/deliveries") return [200, { items: [sent()] }];
    return [200, { items: [] }];
  });

const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });

it("an endpoint's events stand in words, a whole family as one", async () => {
  answering([ENDPOINT], () => [204]);
  show(<Webhooks />);

  const row = (await screen.findByText("kintai.example/hooks")).closest("tr");
  expect(await screen.findByText("インシデントのすべて、ほか1")).toBeTruthy();
  expect(row?.textContent).toContain("送信中");
});

it("one that was disabled says since when and why, and is enabled from its panel", async () => {
  const gone = { state: "disabled", disabled_at: 1_763_000_000, disabled_reason: "gone" } as const;
  const asked = answering([{ ...ENDPOINT, ...gone }], () => [204]);
  show(<Webhooks />);
  fireEvent.click(await screen.findByRole("button", { name: "kintai.example/hooks" }));

  expect(await screen.findByText(/もう受け取らない/)).toBeTruthy();
  expect(screen.queryByRole("button", { name: "試しに送る" })).toBeNull();
  fireEvent.click(button("もう一度有効にする"));
  await waitFor(() => expect(asked.some(({ path }) => path === "webhooks/7/enable")).toBe(true));
});

it("what is added is what was picked; its secret is shown, and gone with the dialog", async () => {
  const asked = answering([], () => [201, { id: 8, secret: "whsec_one" }]);
  show(<Webhooks />);
  await screen.findByText("送信先はまだありません");
  fireEvent.click(button("送信先を加える"));
  fireEvent.change(screen.getByLabelText("アドレス"), { target: { value: " https://a.example " } });
  fireEvent.click(screen.getByLabelText("すべての出来事"));
  expect(button("加える").disabled).toBe(true);
  fireEvent.click(await screen.findByLabelText("打刻した"));
  fireEvent.click(button("加える"));

  expect(await screen.findByText("whsec_one")).toBeTruthy();
  expect(asked.find(({ method }) => method === "POST")?.body).toEqual({
    url: "https://a.example",
    description: "",
    types: ["punch.created"],
    groups: [],
    content: "standard",
    signing: ["v1"],
  });
  fireEvent.click(screen.getAllByRole("button", { name: "閉じる" }).at(-1) as HTMLElement);
  await waitFor(() => expect(screen.queryByText("whsec_one")).toBeNull());
});

it("an address that the hub refuses is refused under the form, with the hub's own words", async () => {
  answering([], () => [422, { type: "/problems/webhook-forbidden", detail: "社内のアドレスです" }]);
  show(<Webhooks />);
  await screen.findByText("送信先はまだありません");
  fireEvent.click(button("送信先を加える"));
  fireEvent.change(screen.getByLabelText("アドレス"), { target: { value: "https://10.0.0.1" } });
  fireEvent.click(button("加える"));

  expect((await screen.findByRole("alert")).textContent).toBe("社内のアドレスです");
});

it("deliveries are asked for as the address filters them, and a removed endpoint's stay", async () => {
  history.replaceState(null, "", "/settings/deliveries?status=failed&webhook=7");
  const asked = answering([], () => [204]);
  show(<Deliveries />);

  const row = (await screen.findByRole("button", { name: "打刻した" })).closest("tr");
  expect(await within(row as HTMLElement).findByText("削除した送信先")).toBeTruthy();
  expect(asked.some(({ path }) => path.includes("webhook=7&status=failed"))).toBe(true);
});

it("deliveries are looked at again while one is on its way, and no longer", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  let sent: DeliveryItem = { ...DELIVERY, status: "waiting", due_at: 0 };
  const other: Other = () => [204];
  const asked = answering([ENDPOINT], other, () => sent);
  const looks = () => asked.filter(({ path }) => path.startsWith("webhooks/deliveries")).length;
  const row = async () => (await screen.findByRole("button", { name: "打刻した" })).closest("tr");
  show(<Deliveries />);
  expect((await row())?.textContent).toContain("送信待ち");
  sent = { ...sent, status: "delivered" };
  await vi.advanceTimersByTimeAsync(3_000);
  expect((await row())?.textContent).toContain("届いた");
  const looked = looks();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(looks()).toBe(looked);
});
