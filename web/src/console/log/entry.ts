// What an entry of the system log was about, in one line; and days as the moments they begin.

const ZONE = "+09:00"; // the days of the log are Japan's

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}

export type Subject = Readonly<Record<string, unknown>>;

/** What there is to say of a subject, each fact by the name that it has in the record. */
export const factsOf = (subject: Subject): readonly (readonly [name: string, value: string])[] =>
  Object.entries(subject)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, valueText(value)]);

/** 利用者 7 · 役割 supervisor */
export const subjectText = (subject: Subject, called: (name: string) => string): string =>
  factsOf(subject)
    .map(([name, value]) => `${called(name)} ${value}`)
    .join(" · ");

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
