// @vitest-environment jsdom

import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import i18next from "i18next";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { hub, inJapanese, show } from "../console/kit/testing";
import days from "../i18n/days.ja.json";
import { Punches } from "./Punches";

const OFF = { work: "off", items: [], task: null };
const BEGUN = { id: 1, kind: "start", at: 0, task: null };
const PATIENT = { timeout: 4_000 };

beforeEach(async () => {
  await inJapanese();
  i18next.addResourceBundle("ja", "translation", days);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it("a button that has just become another one shows that it takes no tap, until it does", async () => {
  let today: unknown = OFF;
  const asked = hub(({ method }) => {
    if (method !== "POST") return [200, today];
    today = { ...OFF, work: "working", items: [BEGUN] };
    return [200, { punch: BEGUN, work: "working" }];
  });
  const punched = () => asked.filter(({ method }) => method === "POST").length;
  show(<Punches />);
  fireEvent.click(await screen.findByRole("button", { name: "出勤" }, PATIENT));

  const leave = await screen.findByRole("button", { name: "退勤" }, PATIENT);
  expect([leave.dataset.rests, leave.ariaDisabled]).toEqual(["true", "true"]);
  expect(screen.getByRole("button", { name: "休憩に入る" }).dataset.rests).toBeUndefined();
  fireEvent.click(leave);

  await waitFor(
    () => expect([leave.dataset.rests, leave.ariaDisabled]).toEqual([undefined, null]),
    PATIENT,
  );
  expect(punched()).toBe(1);
  fireEvent.click(leave);
  await waitFor(() => expect(punched()).toBe(2), PATIENT);
}, 10_000);
