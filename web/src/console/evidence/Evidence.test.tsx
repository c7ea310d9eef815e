// @vitest-environment jsdom

import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { hub, inJapanese, show } from "../kit/testing";
import Evidence from "./Evidence";

beforeAll(inJapanese);
beforeEach(() => history.replaceState(null, "", "/evidence"));
afterEach(cleanup);

const OWN = 1; // who is signed in
const image = (id: string, member: number, state = "stored") => ({
  id,
  member,
  name: "森 美咲",
  device: 3,
  kind: "camera",
  taken_at: 1_795_000_000,
  state,
});

function tell(items: unknown[]) {
  return hub(({ method, path }) => {
    if (method === "POST") return [201, { id: 77 }];
    if (path.startsWith("charter"))
      return [200, { versions: [], current: { viewing_purposes: ["audit", "work_check"] } }];
    return [200, { items, total: 0 }];
  });
}

const button = (name: RegExp | string) => screen.getByRole<HTMLButtonElement>("button", { name });

it("somebody else's image opens only for a purpose that the charter allows", async () => {
  const asked = tell([image("a1", 7)]);
  show(<Evidence />, "supervisor");
  fireEvent.click(await screen.findByRole("button", { name: /目的を選んで見る/ }));
  await screen.findByRole("option", { name: "監査" });
  expect(button("見る").disabled).toBe(true);
  expect(screen.queryByRole("img")).toBeNull();
  expect(screen.queryByRole("option", { name: "インシデントの確認" })).toBeNull();

  fireEvent.change(screen.getByLabelText("目的"), { target: { value: "audit" } });
  fireEvent.click(button("見る"));
  const picture = await screen.findByRole("img", { name: "森 美咲さんの画像(カメラ)" });
  expect(picture.getAttribute("src")).toBe("/api/v1/evidence/a1?viewing=77");
  expect(asked.find(({ method }) => method === "POST")).toMatchObject({
    path: "evidence/a1/viewings",
    body: { purpose: "audit" },
  });
});

it("one's own image needs none", async () => {
  const asked = tell([image("b2", OWN)]);
  show(<Evidence />, "supervisor");
  fireEvent.click(await screen.findByRole("button", { name: /目的を選んで見る/ }));
  const picture = await screen.findByRole("img");
  expect(picture.getAttribute("src")).toBe("/api/v1/evidence/b2");
  expect(asked.some(({ method }) => method === "POST")).toBe(false);
});

it("an image that is gone says why, and cannot be opened", async () => {
  tell([image("c3", 7, "erased")]);
  show(<Evidence />, "supervisor");
  expect(await screen.findAllByText("消去")).toBeTruthy();
  expect(screen.queryByRole("button", { name: /見る/ })).toBeNull();
});
