// What an entry of the system log was about, in one line; and days as the moments they begin.

const ZONE = "+09:00"; // the days of the log are Japan's

function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** member: 7 · role: supervisor */
export function subjectText(subject: Readonly<Record<string, unknown>>): string {
  return Object.entries(subject)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${valueText(value)}`)
    .join(" · ");
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_S = 86_400;

/** Seconds since 1970 at which a day such as 2026-11-22 begins; null without one. */
export function startOfDay(day: string): number | null {
  if (!DAY.test(day)) return null;
  const at = Date.parse(`${day}T00:00:00${ZONE}`);
  return Number.isNaN(at) ? null : at / 1000;
}

export function endOfDay(day: string): number | null {
  const start = startOfDay(day);
  return start === null ? null : start + DAY_S;
}
