// Calls to the hub's REST interface; problems come back as RFC 9457 documents and are thrown.

import i18next from "i18next";
import type { LinkState, NewTotp, NextStep, SignInAnswer, Ways } from "./shapes";
import type { FirstAdministrator, IncidentPage, ProblemDocument, Session, SignIn } from "./wire";

/** A refusal by the hub, or silence: status 0 means that nobody answered. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly type = "",
    detail = "",
    readonly retryAfterS: number | null = null,
    readonly reason: string | null = null,
  ) {
    super(detail);
  }
}

/** The hub has refused something, or ended a line: it may be closed for maintenance. */
export const CLOSED = "zaiseki:closed";

/** Somebody else has changed what was to be changed, since it was read. */
export const CHANGED_MEANWHILE = "/problems/changed-meanwhile";

/** Somebody else has that name already; the reason says what it is a name of. */
const TAKEN = "/problems/taken";

export const isTaken = (problem: Problem | null, what: string): boolean =>
  problem?.type === TAKEN && problem.reason === what;

/** What was read, and the tag of the state that it was in then. */
export type Tagged<T> = T & { readonly etag: string };

/** One call; `body` goes as JSON, or as the CSV file that it is. Throws a Problem. */
export async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  etag?: string,
): Promise<T> {
  const answer = await answered(method, path, body, etag);
  const none = answer.status === 204 || answer.status === 202;
  return none ? (undefined as T) : ((await answer.json()) as T);
}

/** Read what may be changed: the tag goes with the change, which is refused if it is another. */
export async function tagged<T>(path: string): Promise<Tagged<T>> {
  const answer = await answered("GET", path);
  return { ...((await answer.json()) as T), etag: answer.headers.get("etag") ?? "" };
}

async function answered(
  method: string,
  path: string,
  body?: unknown,
  etag?: string,
): Promise<Response> {
  const init: RequestInit = { method, headers: { "accept-language": i18next.language } };
  if (etag) init.headers = { ...init.headers, "if-match": etag };
  if (body instanceof Blob) {
    init.body = body;
    init.headers = { ...init.headers, "content-type": "text/csv" };
  } else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { ...init.headers, "content-type": "application/json" };
  }
  const answer = await fetch(`/api/v1/${path}`, init).catch(() => null);
  if (answer === null) throw new Problem(0);
  if (!answer.ok) throw await problem(answer);
  return answer;
}

/** A GET that brings nothing (null) if what is known under this tag is still so (RFC 9110 13.1.2). */
export async function callUnlessSame<T>(
  path: string,
  known: string | null,
): Promise<{ readonly tag: string | null; readonly body: T | null }> {
  const headers = { "accept-language": i18next.language, ...(known && { "if-none-match": known }) };
  const answer = await fetch(`/api/v1/${path}`, { headers }).catch(() => null);
  if (answer === null) throw new Problem(0);
  const tag = answer.headers.get("etag");
  if (answer.status === 304) return { tag, body: null };
  if (!answer.ok) throw await problem(answer);
  return { tag, body: (await answer.json()) as T };
}

async function problem(answer: Response): Promise<Problem> {
  const told: Partial<ProblemDocument> = await answer.json().catch(() => ({}));
  const wait = Number.parseInt(answer.headers.get("retry-after") ?? "", 10);
  const retryAfterS = Number.isNaN(wait) ? null : wait;
  if (told.type === "/problems/maintenance") dispatchEvent(new Event(CLOSED));
  const { type, detail = answer.statusText, reason = null } = told;
  return new Problem(answer.status, type, detail, retryAfterS, reason);
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

/** Signed in, or a step that is left before one is. */
export type SignedIn = SignInAnswer;

export const signIn = (who: SignIn) =>
  call<SignedIn>("POST", "session", { ...who, kind: "browser" });
export const signInWays = (systemId: string) =>
  call<Ways>("GET", `session/ways?system_id=${encodeURIComponent(systemId)}`);
export const signInStep = (step: string) => call<NextStep>("POST", "session/step", { step });
export const signInCode = (said: { step: string; code: string }) =>
  call<SignedIn>("POST", "session/code", said);
export const signInPassword = (said: { step: string; password: string }) =>
  call<SignedIn>("POST", "session/password", said);
export const signInTotp = (step: string) => call<NewTotp>("POST", "session/totp", { step });
export const signInTotpConfirm = (said: { step: string; code: string }) =>
  call<{ recovery_codes: string[]; answer: SignedIn }>("POST", "session/totp/confirm", said);

export const forgotPassword = (who: { login: string; system_id?: string }) =>
  call<void>("POST", "password/forgotten", who);
export const linkState = (token: string) =>
  call<LinkState>("GET", `links?token=${encodeURIComponent(token)}`);
export const takeLink = (said: { token: string; password: string }) =>
  call<void>("POST", "links", said);
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
