// Moments as a console writes them: with the year, in Japan's time, wherever the browser is.

import { useTranslation } from "react-i18next";

const ZONE = "Asia/Tokyo";

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

export function useMoment(): (seconds: number) => string {
  const { i18n } = useTranslation();
  return (seconds) => momentText(seconds, i18n.language);
}
