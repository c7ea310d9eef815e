// Who is told of an incident, and how: by what the person chose, never in their quiet hours. Pure.

import type { IncidentNews, Kind, Schemas } from "../api/wire";
import { isAlarm } from "../board/feed";

export type Channel = "desktop" | "sound";
type Chosen = Schemas["Notifications"];

const JAPAN = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Tokyo",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** Between the two times, over midnight where the first is the later one; in Japan's time. */
export function isQuiet({ quiet_from, quiet_to }: Chosen, at: number): boolean {
  if (!quiet_from || !quiet_to) return false;
  const now = JAPAN.format(at * 1000);
  return quiet_from < quiet_to
    ? quiet_from <= now && now < quiet_to
    : now >= quiet_from || now < quiet_to;
}

export const wants = (chosen: Chosen, kind: Kind, channel: Channel, at: number): boolean =>
  (chosen.kinds?.[kind]?.[channel] ?? true) && !isQuiet(chosen, at);

/** Only the opening sounds; who is told that nobody answered sees a notification. */
export function channelsOf(news: IncidentNews, chosen: Chosen, me: number, at: number): Channel[] {
  if (news.member === me) return []; // nobody is called to what they see themselves
  const kind = news.sighting.kind;
  const opening = isAlarm(news);
  const escalated = news.phase === "escalated" && (news.told?.includes(me) ?? false);
  const asked: Channel[] = [];
  if ((opening || escalated) && wants(chosen, kind, "desktop", at)) asked.push("desktop");
  if (opening && wants(chosen, kind, "sound", at)) asked.push("sound");
  return asked;
}
