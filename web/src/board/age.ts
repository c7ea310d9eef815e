// Ages and times as people read them: 12分, 1時間04分, 9:05. Times are Japan's, wherever the browser is.

import type { TFunction } from "i18next";

const ZONE = "Asia/Tokyo";
const MINUTES_AN_HOUR = 60;
const MINUTES_A_DAY = 24 * MINUTES_AN_HOUR;

export function ageText(minutes: number, t: TFunction): string {
  if (minutes < 1) return t("age.under");
  if (minutes < MINUTES_AN_HOUR) return t("age.minutes", { m: minutes });
  if (minutes < MINUTES_A_DAY) {
    const m = String(minutes % MINUTES_AN_HOUR).padStart(2, "0");
    return t("age.hours", { h: Math.floor(minutes / MINUTES_AN_HOUR), m });
  }
  return t("age.days", { d: Math.floor(minutes / MINUTES_A_DAY) });
}

/** `tight`: where there is room for a few letters only, and a mark beside it says of what. */
export function agoText(minutes: number, t: TFunction, tight = false): string {
  if (minutes < 1) return t("age.now");
  return t(tight ? "age.tight" : "age.ago", { age: ageText(minutes, t) });
}

const parts = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
  year: "numeric",
  month: "numeric",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

function read(seconds: number): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(seconds * 1000).map((p) => [p.type, p.value]));
}

/** 9:05, with the date before it when that is not the day of `now`: 11/19 9:05. */
export function timeText(seconds: number, now: number): string {
  const at = read(seconds);
  const today = read(now);
  const time = `${Number(at.hour)}:${at.minute}`;
  const same = at.day === today.day && at.month === today.month && at.year === today.year;
  return same ? time : `${Number(at.month)}/${Number(at.day)} ${time}`;
}

/** 9:05:07, for the moment of the last news. */
export function secondText(seconds: number): string {
  const at = read(seconds);
  return `${Number(at.hour)}:${at.minute}:${at.second}`;
}
