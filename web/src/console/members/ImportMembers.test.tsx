// @vitest-environment jsdom

import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, it } from "vitest";
import { hub, inJapanese, show } from "../kit/testing";
import { ImportMembers } from "./ImportMembers";

beforeAll(inJapanese);
afterEach(cleanup);

const COUNTS = { created: 2, changed: 1, unchanged: 5, new: [8, 9] };

function choose(): void {
  const file = new File(["ログイン,名前\n"], "members.csv", { type: "text/csv" });
  fireEvent.change(screen.getByLabelText(/CSVファイル/), { target: { files: [file] } });
}

it("a file with bad rows is tried, each bad row is named, and nothing can be taken in", async () => {
  const bad = [
    { line: 3, column: "権限", detail: "boss という権限はありません。" },
    { line: 7, column: "ログイン", detail: "すでに使われています。" },
  ];
  const asked = hub(() => [200, { dry_run: true, ...COUNTS, bad }]);
  show(<ImportMembers onClose={() => {}} />);
  choose();
  expect(await screen.findByText("boss という権限はありません。")).toBeTruthy();
  expect(screen.getByRole("status").textContent).toContain("2か所");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "取り込む" }).disabled).toBe(true);
  expect(asked.map(({ path }) => path)).toEqual(["members.csv?dry_run=true"]);
});

it("a good file is taken in when the person says so", async () => {
  const asked = hub(({ path }) => [200, { dry_run: path.endsWith("true"), ...COUNTS, bad: [] }]);
  show(<ImportMembers onClose={() => {}} />);
  choose();
  fireEvent.click(await screen.findByRole("button", { name: "3人を取り込む" }));
  expect(await screen.findByText(/取り込みました/)).toBeTruthy();
  expect(asked.map(({ path }) => path)).toEqual([
    "members.csv?dry_run=true",
    "members.csv?dry_run=false",
  ]);
  expect(screen.getByRole("button", { name: "新しい2人に招待メールを送る" })).toBeTruthy();
});
