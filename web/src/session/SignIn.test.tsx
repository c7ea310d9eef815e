// @vitest-environment jsdom

import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { type Asked, hub, inJapanese } from "../console/kit/testing";
import SignIn from "./SignIn";

beforeAll(inJapanese);
beforeEach(() => history.replaceState(null, "", "/"));
afterEach(cleanup);

const SIGNED_IN = {
  member: { id: 7, name: "森 美咲", login: "mori", role: "worker", locale: "ja" },
  tenant: { name: "株式会社A", system_id: "A" },
};
const step = (need: string, ways: string[] = []) => ({
  step: { token: "t", need, ways, login: "mori", expires_at: 0 },
});

function open(answers: (asked: Asked) => readonly [number, unknown?]) {
  const asked = hub((one) =>
    one.path.startsWith("session/ways") ? [200, { mail: true }] : answers(one),
  );
  const onSignedIn = vi.fn();
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <SignIn note={null} onSignedIn={onSignedIn} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { asked, onSignedIn };
}

const type = (label: string | RegExp, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
const press = (name: string) => fireEvent.click(screen.getByRole("button", { name }));

function enter(): void {
  type("ログインID", "mori");
  type("パスワード", "correct horse battery");
  press("サインイン");
}

it("the right password is enough where no second factor is asked for", async () => {
  const { onSignedIn } = open(() => [201, SIGNED_IN]);
  enter();
  await waitFor(() => expect(onSignedIn).toHaveBeenCalledWith(SIGNED_IN));
});

it("with a second factor nobody is signed in before the code is right", async () => {
  const { asked, onSignedIn } = open(({ path, body }) => {
    if (path === "session") return [201, step("second_factor", ["totp", "recovery"])];
    const { code } = body as { code: string };
    return code === "123456" ? [201, SIGNED_IN] : [401, { detail: "コードが違います。" }];
  });
  enter();
  await screen.findByLabelText("確認コード(6桁)");
  type("確認コード(6桁)", "654321");
  press("サインイン");
  expect((await screen.findByRole("alert")).textContent).toBe("コードが違います。");
  expect(onSignedIn).not.toHaveBeenCalled();
  type("確認コード(6桁)", "123456");
  press("サインイン");
  await waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
  expect(asked.at(-1)?.body).toEqual({ step: "t", code: "123456" });
});

it("a first password that has to be changed is changed before anything else", async () => {
  const { asked, onSignedIn } = open(({ path }) =>
    path === "session" ? [201, step("new_password")] : [201, SIGNED_IN],
  );
  enter();
  await screen.findByLabelText("新しいパスワード");
  type("新しいパスワード", "short");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "決定" }).disabled).toBe(true);
  type("新しいパスワード", "another horse battery");
  press("決定");
  await waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
  expect(asked.at(-1)?.path).toBe("session/password");
});

it("the company's own sign-in says why it failed", async () => {
  history.replaceState(null, "", "/sign-in#refused=unknown_member");
  open(() => [500]);
  expect(await screen.findByText(/対応する利用者がいません/)).toBeTruthy();
  expect(location.hash).toBe("");
});

it("a reset is offered where the hub has mail", async () => {
  open(() => [500]);
  expect(await screen.findByRole("link", { name: "パスワードを忘れた" })).toBeTruthy();
});
