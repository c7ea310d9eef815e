// The moment in the address: 2026-11-20T10:15, in Japan's time. Pure.

import { clockText, dayOf } from "../days/tokyo";

const FORM = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;

export function momentOf(text: string): number | null {
  if (!FORM.test(text)) return null;
  const at = Date.parse(`${text}:00+09:00`) / 1000;
  return Number.isNaN(at) ? null : at;
}

/** Whole minutes: seconds do not go into an address. */
export const momentName = (seconds: number): string =>
  `${dayOf(seconds)}T${clockText(seconds).padStart(5, "0")}`;
