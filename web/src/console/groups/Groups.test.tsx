// @vitest-environment jsdom

import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { hub, inJapanese, show } from "../kit/testing";
import Groups from "./Groups";

beforeAll(inJapanese);
beforeEach(() => history.replaceState(null, "", "/members/groups"));
afterEach(cleanup);

it("what somebody else has changed meanwhile is told, shown, and not overwritten", async () => {
  let state = { name: "営業部", etag: '"1"' };
  const asked = hub(({ method, path, of }) => {
    if (method === "PATCH")
      return of === state.etag
        ? [204]
        : [412, { type: "/problems/changed-meanwhile", detail: "ほかの人が変更しました。" }];
    if (path === "groups") return [200, { items: [{ id: 2, name: state.name, members: 3 }] }];
    if (path === "groups/2") return [200, { id: 2, name: state.name }, state.etag];
    if (path === "policy") return [200, { tenant: { evidence: "incident_only" } }];
    return [200, { items: [] }];
  });
  show(<Groups />);
  fireEvent.click(await screen.findByText("営業部"));
  const name = () => screen.findByLabelText<HTMLInputElement>("グループ名");
  fireEvent.change(await name(), { target: { value: "営業一部" } });
  state = { name: "関西営業部", etag: '"2"' };
  fireEvent.click(screen.getAllByRole("button", { name: "保存" })[0] as HTMLElement);

  expect(await screen.findByText("ほかの人が変更しました。")).toBeTruthy();
  expect((await name()).value).toBe("営業一部");
  fireEvent.click(screen.getByRole("button", { name: "いまの内容を表示" }));
  expect(await screen.findByDisplayValue("関西営業部")).toBeTruthy();
  expect(screen.queryByText("ほかの人が変更しました。")).toBeNull();

  fireEvent.change(await name(), { target: { value: "営業一部" } });
  fireEvent.click(screen.getAllByRole("button", { name: "保存" })[0] as HTMLElement);
  await screen.findByRole("table");
  const changes = asked.filter(({ method }) => method === "PATCH").map(({ of }) => of);
  expect(changes).toEqual(['"1"', '"2"']);
});
