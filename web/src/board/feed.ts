// The incidents beside the board: pages of the record merged with live news, one entry each. Pure.

import type { IncidentItem, IncidentNews, Kind, Why } from "../api/wire";

export interface Entry {
  readonly id: string;
  readonly member: number;
  readonly kind: Kind;
  readonly openedAt: number;
  readonly seenAt: number;
  readonly ongoing: boolean;
  readonly count: number;
  readonly late: boolean;
  readonly recorded: boolean;
  readonly why: Why | null;
}

export type Feed = ReadonlyMap<string, Entry>;

export const NO_NEWS: Feed = new Map();

/** An incident never goes back: ended stays ended, recorded stays recorded. */
function merged(old: Entry | undefined, next: Entry): Entry {
  if (!old) return next;
  return {
    ...next,
    seenAt: Math.max(old.seenAt, next.seenAt),
    count: Math.max(old.count, next.count),
    ongoing: old.ongoing && next.ongoing,
    late: old.late || next.late,
    recorded: old.recorded || next.recorded,
    why: next.why ?? old.why,
  };
}

function fromNews({ member, phase, sighting, late, recorded }: IncidentNews): Entry {
  return {
    id: sighting.id,
    member,
    kind: sighting.kind,
    openedAt: sighting.opened_at,
    seenAt: sighting.seen_at,
    ongoing: (sighting.ongoing ?? true) && phase !== "ended",
    count: sighting.count ?? 1,
    late: late ?? false,
    recorded: recorded === true || phase === "recorded",
    why: sighting.why ?? null,
  };
}

function fromRecord(item: IncidentItem): Entry {
  return {
    id: item.id,
    member: item.member,
    kind: item.kind,
    openedAt: item.opened_at,
    seenAt: item.seen_at,
    ongoing: item.ended_at == null,
    count: item.count ?? 1,
    late: item.late ?? false,
    recorded: true,
    why: item.why ?? null,
  };
}

function withEntries(feed: Feed, entries: readonly Entry[]): Feed {
  const next = new Map(feed);
  for (const entry of entries) next.set(entry.id, merged(next.get(entry.id), entry));
  return next;
}

export const withNews = (feed: Feed, news: readonly IncidentNews[]): Feed =>
  withEntries(feed, news.map(fromNews));

export const withRecord = (feed: Feed, items: readonly IncidentItem[]): Feed =>
  withEntries(feed, items.map(fromRecord));

/** Newest first; ids are made in the order of time and settle a tie. */
export function newestFirst(feed: Feed): Entry[] {
  return [...feed.values()].sort(
    (a, b) => b.openedAt - a.openedAt || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0),
  );
}

/** Only the opening of an incident that is happening now may sound. */
export const isAlarm = ({ phase, late }: IncidentNews): boolean => phase === "opened" && !late;
