// What the incidents' pages ask of the hub and tell it.

import { queried } from "../api/console";
import { call } from "../api/http";
import type { IncidentItem, IncidentPage, Kind, Purpose, Schemas } from "../api/wire";

export type Verdict = Schemas["Verdict"];
export type Detail = Schemas["IncidentDetail"];
export type Step = Schemas["CourseStep"];
export type Image = Schemas["EvidenceItem"];
export type Notifications = Schemas["Notifications"];
export type Escalation = Schemas["Escalation"];
export type Show = "open" | "mine" | "judged";

export const VERDICTS: readonly Verdict[] = ["benign", "confirmed", "false_positive"];
export const NOTE_MAX = 1000; // characters, as the hub takes them
/** A screen of them: more at once is not looking any more. */
export const AT_ONCE_MAX = 50;
const A_PAGE = 50;

const ASKED = {
  open: { state: "open", order: "gravest" },
  mine: { state: "open", order: "gravest", mine: true },
  judged: { state: "judged" },
} as const;

export function queue(show: Show, kind: Kind | "", cursor: string | null): Promise<IncidentPage> {
  return call("GET", queried("incidents", { ...ASKED[show], kind, cursor, limit: A_PAGE }));
}

/** How many there are on all pages. */
export const howMany = (show: Show, kind: Kind | ""): Promise<number> =>
  call<IncidentPage>(
    "GET",
    queried("incidents", { ...ASKED[show], kind, limit: 1, total: true }),
  ).then(({ total }) => total ?? 0);

export const incident = (id: string) => call<Detail>("GET", `incidents/${id}`);
/** `after`: when the word was said that one knows; refused if there is another by now. */
export const judge = (said: { id: string; verdict: Verdict; note: string; after: number | null }) =>
  call<IncidentItem>("POST", `incidents/${said.id}/verdict`, {
    verdict: said.verdict,
    after: said.after,
    ...(said.note.trim() && { note: said.note.trim() }),
  });
export const judgeMany = (said: { ids: readonly string[]; verdict: Verdict; note: string }) =>
  call<{ items: IncidentItem[] }>("POST", "incidents/verdicts", {
    incidents: said.ids,
    verdict: said.verdict,
    ...(said.note.trim() && { note: said.note.trim() }),
  });
export const withdraw = (ids: readonly string[]) =>
  Promise.all(ids.map((id) => call<void>("DELETE", `incidents/${id}/verdict`)));
export const assign = (said: { id: string; assignee: number | null }) =>
  call<IncidentItem>("PUT", `incidents/${said.id}/assignee`, { assignee: said.assignee });

export const images = (id: string) =>
  call<Schemas["EvidencePage"]>("GET", queried("evidence", { incident: id, limit: A_PAGE }));
/** Each image is a view of its own, and the person sees it. Their numbers open the images. */
export async function look(said: { ids: readonly string[]; purpose: Purpose }) {
  const opened = await Promise.all(
    said.ids.map((id) =>
      call<{ id: number }>("POST", `evidence/${id}/viewings`, { purpose: said.purpose }),
    ),
  );
  return new Map(said.ids.map((id, at) => [id, opened[at]?.id ?? 0] as const));
}

export const around = (member: number, from: number, to: number) =>
  call<Schemas["PresenceAnswer"]>("GET", queried(`members/${member}/presence`, { from, to }));
export const notifications = () => call<Notifications>("GET", "account/notifications");
export const escalation = () => call<Escalation>("GET", "escalation");
export const setEscalation = (said: Escalation) => call<void>("PUT", "escalation", said);
