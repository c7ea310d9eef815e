// Moments and days as a console writes them: with the year, in Japan's time, wherever the browser is.

import { useTranslation } from "react-i18next";

const ZONE = "Asia/Tokyo";
const OFFSET = "+09:00";

const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: string): Intl.DateTimeFormat {
  const known = formats.get(language);
  if (known) return known;
  const made = new Intl.DateTimeFormat(language === "ja" ? "ja-JP" : "en-GB", {
    timeZone: ZONE,
    year: "numeric",
    month: language === "ja" ? "numeric" : "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    hourCycle: "h23",
  });
  formats.set(language, made);
  return made;
}

/** 2026/4/3 9:12, or 3 Apr 2026, 9:12. */
export const momentText = (seconds: number, language: string): string =>
  format(language).format(seconds * 1000);

/** A day such as 2027-03-31 as 2027/3/31, or 31 Mar 2027. */
export function dayText(day: string, language: string): string {
  const at = momentText(Date.parse(`${day}T00:00:00${OFFSET}`) / 1000, language);
  return at.slice(0, at.lastIndexOf(language === "ja" ? " " : ","));
}

export function useDay(): (day: string) => string {
  const { i18n } = useTranslation();
  return (day) => dayText(day, i18n.language);
}

export function useMoment(): (seconds: number) => string {
  const { i18n } = useTranslation();
  return (seconds) => momentText(seconds, i18n.language);
}
