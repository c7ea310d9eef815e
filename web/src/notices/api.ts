// One's own notices. The bell asks every minute, and gets no list where nothing is new.

import i18next from "i18next";
import { queried } from "../api/console";
import { call, callUnlessSame } from "../api/http";
import type { Schemas } from "../api/wire";

export type Notice = Schemas["NoticeItem"];
export type NoticePage = Schemas["NoticePage"];
export type NoticeType = Schemas["NoticeType"];

export const NOTICES = ["notices"] as const;
export const LATEST = [...NOTICES, "latest"] as const;
export const IN_THE_BELL = 8;
const A_PAGE = 50;

const latest = new Map<string, { readonly tag: string; readonly page: NoticePage }>();

/** The newest of them, and how many are not read. */
export async function newest(): Promise<NoticePage> {
  const { language } = i18next;
  const known = latest.get(language);
  const path = queried("notices", { limit: IN_THE_BELL });
  const { tag, body } = await callUnlessSame<NoticePage>(path, known?.tag ?? null);
  const page = body ?? known?.page ?? (await call<NoticePage>("GET", path));
  if (body && tag) latest.set(language, { tag, page });
  return page;
}

export const notices = (unread: boolean, cursor: string | null) =>
  call<NoticePage>("GET", queried("notices", { unread: unread || null, cursor, limit: A_PAGE }));
export const readOne = (id: number) => call<void>("POST", `notices/${id}/read`);
export const readUpto = (id: number) => call<void>("POST", "notices/read", { upto: id });
