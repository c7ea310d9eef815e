import { expect, it } from "vitest";
import type { IncidentNews, Schemas } from "../api/wire";
import { channelsOf, isQuiet } from "./alarms";

const on = { mail: true, desktop: true, sound: true };
const chosen: Schemas["Notifications"] = {
  kinds: {
    impersonation: on,
    photographing_device: on,
    peeping: { ...on, desktop: false },
    camera_covered: { ...on, sound: false },
  },
};
const night = { ...chosen, quiet_from: "22:00", quiet_to: "07:00" };
const at = (time: string) => Date.parse(`2026-11-20T${time}:00+09:00`) / 1000;
const news = (kind: Schemas["IncidentKind"], other: Partial<IncidentNews> = {}): IncidentNews => ({
  member: 7,
  phase: "opened",
  sighting: { id: "a", kind, opened_at: 1, seen_at: 1 },
  ...other,
});

it("an opening is told as the person chose for its kind", () => {
  const noon = at("12:00");
  expect(channelsOf(news("impersonation"), chosen, 1, noon)).toEqual(["desktop", "sound"]);
  expect(channelsOf(news("peeping"), chosen, 1, noon)).toEqual(["sound"]);
  expect(channelsOf(news("camera_covered"), chosen, 1, noon)).toEqual(["desktop"]);
});

it("only the opening sounds, and a late one is told in silence", () => {
  const noon = at("12:00");
  for (const phase of ["seen", "ended", "recorded", "judged", "taken", "disputed"] as const)
    expect(channelsOf(news("impersonation", { phase }), chosen, 1, noon)).toEqual([]);
  expect(channelsOf(news("impersonation", { late: true }), chosen, 1, noon)).toEqual([]);
});

it("one that nobody answered is shown to those who are told, without a sound", () => {
  const up = news("impersonation", { phase: "escalated", told: [1] });
  expect(channelsOf(up, chosen, 1, at("12:00"))).toEqual(["desktop"]);
  expect(channelsOf(up, chosen, 2, at("12:00"))).toEqual([]);
});

it("nothing disturbs in quiet hours, over midnight too", () => {
  expect(["22:00", "23:59", "00:00", "06:59"].map((time) => isQuiet(night, at(time)))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(["07:00", "21:59"].map((time) => isQuiet(night, at(time)))).toEqual([false, false]);
  expect(channelsOf(news("impersonation"), night, 1, at("03:00"))).toEqual([]);
});

it("nobody is called to what is about themselves", () => {
  expect(channelsOf(news("impersonation"), chosen, 7, at("12:00"))).toEqual([]);
});
