// Calls to the hub's REST interface; problems come back as RFC 9457 documents and are thrown.

import i18next from "i18next";
import type { FirstAdministrator, IncidentPage, ProblemDocument, Session, SignIn } from "./wire";

/** A refusal by the hub, or silence: status 0 means that nobody answered. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly type = "",
    detail = "",
    readonly retryAfterS: number | null = null,
  ) {
    super(detail);
  }
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method, headers: { "accept-language": i18next.language } };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "content-type": "application/json" };
  }
  const answer = await fetch(`/api/v1/${path}`, init).catch(() => null);
  if (answer === null) throw new Problem(0);
  if (!answer.ok) throw await problem(answer);
  return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T);
}

async function problem(answer: Response): Promise<Problem> {
  const told: Partial<ProblemDocument> = await answer.json().catch(() => ({}));
  const wait = Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
  const retryAfterS = Number.isNaN(wait) ? null : wait;
  return new Problem(answer.status, told.type, told.detail ?? answer.statusText, retryAfterS);
}

/** Who is signed in here, or null. */
export async function session(): Promise<Session | null> {
  try {
    return await call<Session>("GET", "session");
  } catch (refused) {
    if (refused instanceof Problem && refused.status === 401) return null;
    throw refused;
  }
}

export const signIn = (who: SignIn) =>
  call<Session>("POST", "session", { ...who, kind: "browser" });
export const signOut = () => call<void>("DELETE", "session");
export const setupIsOpen = (token: string) =>
  call<unknown>("GET", `setup?token=${encodeURIComponent(token)}`);
export const setUp = (first: FirstAdministrator) => call<Session>("POST", "setup", first);

export const INCIDENTS_A_PAGE = 30;

export function incidents(cursor: string | null): Promise<IncidentPage> {
  const asked = new URLSearchParams({ limit: String(INCIDENTS_A_PAGE) });
  if (cursor) asked.set("cursor", cursor);
  return call<IncidentPage>("GET", `incidents?${asked}`);
}
