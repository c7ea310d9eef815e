// What an entry of the system log was about, in one line; and days as the moments they begin.

const ZONE = "+09:00"; // the days of the log are Japan's

export type Subject = Readonly<Record<string, unknown>>;

/** The reader's word for a value of a fact; what has none stays as it is. */
export type Said = (name: string, value: string) => string;

/** Where the words for values stand, by the name of the fact. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  role: ["role"],
  purpose: ["purposes"],
  purposes: ["consents.purposes", "purposes"],
  evidence: ["level"],
  state: ["tenant.states"],
  sharing: ["tenant.sharings"],
  by: ["approval"],
  kind: ["kind"],
  verdict: ["log.verdicts"],
  locale: ["log.locales"],
};

/** The texts that may be meant, the likeliest first. */
export const textsOf = (name: string, value: string): string[] => [
  ...(WORDS[name] ?? []).map((place) => `${place}.${value}`),
  `log.values.${value}`,
];

function valueText(name: string, value: unknown, said: Said): string {
  if (Array.isArray(value))
    return value.map((one) => valueText(name, one, said)).join(", ") || NOTHING;
  if (typeof value === "object") return JSON.stringify(value);
  return said(name, String(value));
}

const NOTHING = "–";

/** What there is to say of a subject, each fact by the name that it has in the record. */
export const factsOf = (
  subject: Subject,
  said: Said,
): readonly (readonly [name: string, value: string])[] =>
  Object.entries(subject)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, valueText(name, value, said)]);

/** 利用者 7 · 役割 上司 */
export const subjectText = (
  subject: Subject,
  called: (name: string) => string,
  said: Said,
): string =>
  factsOf(subject, said)
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
