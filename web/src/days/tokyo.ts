// Days and times as Japan counts them, wherever the browser is. Pure.

export const HOUR_S = 3_600;
export const DAY_S = 24 * HOUR_S;
const AHEAD_S = 9 * HOUR_S; // Japan has no summer time

/** Seconds since 1970 at which a day (2026-11-20) begins. */
export const startOf = (day: string): number => Date.parse(`${day}T00:00:00+09:00`) / 1000;

/** The day of a moment: 2026-11-20. */
export const dayOf = (seconds: number): string =>
  new Date((seconds + AHEAD_S) * 1000).toISOString().slice(0, 10);

export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(startOf(text)) && dayOf(startOf(text)) === text;

/** So many days later; fewer than 0 are earlier. */
export const later = (day: string, days: number): string => dayOf(startOf(day) + days * DAY_S);

/** 0 for Sunday to 6. */
export const weekdayOf = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay();

/** The first days of the month of a day, and of the one after it. */
export function monthOf(day: string): { readonly first: string; readonly next: string } {
  const [year = 0, month = 0] = day.split("-").map(Number);
  const name = (y: number, m: number) => `${y}-${String(m).padStart(2, "0")}-01`;
  return {
    first: name(year, month),
    next: month === 12 ? name(year + 1, 1) : name(year, month + 1),
  };
}

/** The Monday of its week. */
export const mondayOf = (day: string): string => later(day, -((weekdayOf(day) + 6) % 7));

/** 9:05 of a moment. */
export function clockText(seconds: number): string {
  const minutes = Math.floor((seconds + AHEAD_S) / 60) % (24 * 60);
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}

/** 4:38 of a length, 1,024:00 of many people's; minutes are not rounded up, so that parts never say more than the whole. */
export function lengthText(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60).toLocaleString("en");
  return `${hours}:${String(minutes % 60).padStart(2, "0")}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** 11月20日(金), or Fri 20 Nov; with the year where it is not this one. */
export function dayText(day: string, language: string, today: string): string {
  const year = day.slice(0, 4) !== today.slice(0, 4);
  const key = `${language} ${year}`;
  const format =
    formats.get(key) ??
    new Intl.DateTimeFormat(language === "ja" ? "ja-JP" : "en-GB", {
      timeZone: "UTC",
      ...(year && { year: "numeric" }),
      month: language === "ja" ? "long" : "short",
      day: "numeric",
      weekday: "short",
    });
  formats.set(key, format);
  return format.format(Date.parse(`${day}T00:00:00Z`));
}
