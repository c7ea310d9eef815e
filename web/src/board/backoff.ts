// How long to wait before the next try, and what a close code tells a browser to do. Pure.

const NEAR_S = 3; // while a lease may still run, tries are at most this far apart
const NEAR_TRIES = 12;
const FAR_S = 30;
const WAIT_S = 5; // "too fast", "try later": at least this long

/** Seconds until try number `attempt` (from 0); `random` is 0..1 and spreads a crowd of browsers. */
export function delayS(attempt: number, random: number): number {
  const jitter = 0.5 + random / 2;
  if (attempt < NEAR_TRIES) return jitter * Math.min(NEAR_S, 0.4 * 2 ** attempt);
  return jitter * Math.min(FAR_S, NEAR_S * 2 ** (attempt - NEAR_TRIES + 1));
}

export type Stop = "refused" | "replaced" | "outdated";
export type Advice =
  | { do: "retry"; atLeastS: number }
  | { do: "signIn" }
  | { do: "stop"; why: Stop };

/** The codes of hub/protocol/closing.py; anything else is a lost line and worth a new try. */
export function advice(code: number): Advice {
  switch (code) {
    case 4401:
      return { do: "signIn" };
    case 4409:
      return { do: "stop", why: "replaced" };
    case 4426:
      return { do: "stop", why: "outdated" };
    case 1009:
    case 4400:
      return { do: "stop", why: "refused" };
    case 4429:
    case 4503:
      return { do: "retry", atLeastS: WAIT_S };
    default:
      return { do: "retry", atLeastS: 0 };
  }
}
