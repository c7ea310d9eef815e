// Snapshot + deltas -> board: the rules by which a watcher stays right. Pure; nothing here does I/O.

import {
  type BoardNews,
  type Cursor,
  type Delta,
  type GroupCard,
  type IncidentNews,
  type MemberCard,
  type Pulse,
  type Resume,
  type SeatView,
  type Snapshot,
  type Subscribe,
  VERSION,
} from "../api/wire";

/** Where this watcher stands. `parts` is a snapshot on its way, `held` the deltas that wait for it. */
export interface Replica {
  readonly cursor: Cursor | null;
  readonly parts: readonly Snapshot[];
  readonly held: readonly Delta[];
  readonly asked: boolean;
}

/** The whole view, swapped in at once. */
export interface Replace {
  do: "replace";
  members: readonly MemberCard[];
  groups: readonly GroupCard[];
  seats: readonly SeatView[];
}

/** Whole states of the seats that changed; who left, entered or was renamed; all groups or none. */
export interface Patch {
  do: "patch";
  seats: readonly SeatView[];
  gone: readonly number[];
  members: readonly MemberCard[];
  groups: readonly GroupCard[];
  incidents: readonly IncidentNews[];
}

/** What a frame means for the board and the socket. `live`: from now on the board is the present. */
export type Effect =
  | Replace
  | Patch
  | { do: "send"; message: Resume }
  | { do: "live"; recovered: boolean };

export type Step = readonly [Replica, readonly Effect[]];

export const EMPTY: Replica = { cursor: null, parts: [], held: [], asked: false };

/** A new socket: what was half received is void, the cursor stays. */
export function reopened(replica: Replica): readonly [Replica, Subscribe] {
  const { cursor } = replica;
  const hello: Subscribe = { type: "subscribe", version: VERSION };
  return [{ ...EMPTY, cursor }, cursor ? { ...hello, cursor } : hello];
}

export function receive(replica: Replica, message: BoardNews): Step {
  switch (message.type) {
    case "snapshot":
      return part(replica, message);
    case "resumed":
      return [{ ...replica, parts: [], held: [], asked: false }, [{ do: "live", recovered: true }]];
    case "delta":
      return delta(replica, message);
    case "pulse":
      return pulse(replica, message);
  }
}

function part(replica: Replica, snapshot: Snapshot): Step {
  const parts = snapshot.part === 0 ? [snapshot] : [...replica.parts, snapshot];
  const held = snapshot.part === 0 ? [] : replica.held;
  if (parts.length !== snapshot.part + 1 || parts[0]?.offset !== snapshot.offset)
    return replica.cursor ? ask({ ...replica, parts: [] }, replica.cursor) : [replica, []];
  if (!snapshot.last) return [{ ...replica, parts, held }, []];
  const { epoch, offset, view } = snapshot;
  const swapped: Replica = { ...EMPTY, cursor: { epoch, offset, view } };
  const board: Replace = {
    do: "replace",
    members: parts.flatMap((p) => p.members ?? []),
    groups: parts.flatMap((p) => p.groups ?? []),
    seats: parts.flatMap((p) => p.seats ?? []),
  };
  const live: Effect = { do: "live", recovered: snapshot.recovered ?? false };
  return held.reduce<Step>(
    ([now, effects], waiting) => {
      const [next, more] = delta(now, waiting);
      return [next, [...effects, ...more]];
    },
    [swapped, [board, live]],
  );
}

/** offset <= mine: ignore; after <= mine: apply; after > mine: something is missing, ask for it. */
function delta(replica: Replica, news: Delta): Step {
  if (replica.parts.length > 0) return [{ ...replica, held: [...replica.held, news] }, []];
  const { cursor } = replica;
  if (cursor === null) return [replica, []];
  if (news.epoch !== cursor.epoch || news.after > cursor.offset) return ask(replica, cursor);
  if (news.offset <= cursor.offset) return [replica, []];
  const { seats = [], gone = [], members = [], groups = [], incidents = [] } = news;
  return [
    { ...replica, cursor: { ...cursor, offset: news.offset } },
    [{ do: "patch", seats, gone, members, groups, incidents }],
  ];
}

/** The hub names the offset of its last frame to this view: one that I lack was lost. */
function pulse(replica: Replica, { epoch, offset }: Pulse): Step {
  const { cursor } = replica;
  if (cursor === null || replica.parts.length > 0) return [replica, []];
  const missed = epoch !== cursor.epoch || offset > cursor.offset;
  return missed ? ask(replica, cursor) : [replica, []];
}

/** One question at a time: the answer covers every gap found before it. */
function ask(replica: Replica, cursor: Cursor): Step {
  if (replica.asked) return [replica, []];
  return [{ ...replica, asked: true }, [{ do: "send", message: { type: "resume", cursor } }]];
}
