// @vitest-environment jsdom

import { cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeAll, expect, it } from "vitest";
import type { TenantItem } from "../../api/shapes";
import { hub, inJapanese, show } from "../kit/testing";
import Tenants from "./Tenants";

beforeAll(inJapanese);
afterEach(cleanup);

const TENANT: TenantItem = {
  id: 4,
  system_id: "HIKARI",
  name: "株式会社ひかり電算",
  state: "active",
  seats: 12,
  contact: {},
  created_at: 0,
};
const MEANWHILE = { type: "/problems/changed-meanwhile", detail: "その間に変更されています" };

it("a contract is changed only as it was read; what somebody else has changed is shown first", async () => {
  let now = TENANT;
  const asked = hub(({ method, path, of }) => {
    if (method !== "GET") return of === '"2"' ? [204] : [412, MEANWHILE];
    return path === "tenants/4"
      ? [200, now, now === TENANT ? '"1"' : '"2"']
      : [200, { items: [now] }];
  });
  show(<Tenants />, "operator");
  fireEvent.click(await screen.findByRole("button", { name: TENANT.name }));
  const panel = within(await screen.findByRole("dialog"));
  const seats = () => panel.findByLabelText("利用者数の上限");
  const save = () => fireEvent.click(panel.getByRole("button", { name: "保存" }));
  fireEvent.change(await seats(), { target: { value: "20" } });
  now = { ...TENANT, seat_limit: 30 };
  save();
  await panel.findByText(MEANWHILE.detail);
  fireEvent.click(panel.getByRole("button", { name: "いまの内容を表示" }));
  await waitFor(async () => expect(await seats()).toHaveProperty("value", "30"));
  fireEvent.change(await seats(), { target: { value: "40" } });
  save();
  await waitFor(() =>
    expect(asked.filter(({ method }) => method === "PATCH")).toEqual([
      { method: "PATCH", path: "tenants/4", body: { name: now.name, seat_limit: 20 }, of: '"1"' },
      { method: "PATCH", path: "tenants/4", body: { name: now.name, seat_limit: 40 }, of: '"2"' },
    ]),
  );
});
