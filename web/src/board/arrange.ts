// Who stands where on the board: groups in tree order, attention first inside each. Pure.

import {
  type GroupCard,
  KINDS,
  LABELS,
  type Label,
  type MemberCard,
  type SeatView,
} from "../api/wire";
import { type Filter, matcher, type Show } from "./filter";

/** Away for half an hour is worth a look before a short absence. */
const AWAY_LONG_S = 30 * 60;

export interface People {
  readonly members: ReadonlyMap<number, MemberCard>;
  readonly groups: readonly GroupCard[];
  readonly seat: (member: number) => SeatView;
}

export type Counts = Readonly<Record<Show, number>>;

export interface Section {
  /** null: the people who are in no group. */
  readonly group: number | null;
  readonly path: readonly string[];
  readonly members: readonly number[];
  readonly size: number;
  readonly counts: Counts;
}

export interface Arrangement {
  readonly sections: readonly Section[];
  readonly counts: Counts;
  readonly total: number;
  readonly shown: number;
}

export const NOBODY: Arrangement = { sections: [], counts: zero(), total: 0, shown: 0 };

function zero(): Record<Show, number> {
  const none = Object.fromEntries([...LABELS, "todo"].map((show) => [show, 0]));
  return none as Record<Show, number>;
}

/** A group with its names from the root, in the order in which a tree is read. */
export interface Branch {
  readonly id: number;
  readonly path: readonly string[];
  readonly within: readonly number[];
}

export function tree(groups: readonly GroupCard[]): Branch[] {
  const known = new Set(groups.map((group) => group.id));
  const root = ({ parent }: GroupCard) => parent == null || !known.has(parent);
  const walk = (level: readonly GroupCard[], path: string[], within: number[]): Branch[] =>
    level.flatMap((group) => {
      const branch = { id: group.id, path: [...path, group.name], within: [...within, group.id] };
      const below = groups.filter((other) => other.parent === group.id);
      return [branch, ...walk(below, branch.path, branch.within)];
    });
  return walk(groups.filter(root), [], []);
}

const RANK: Readonly<Record<Label, number>> = {
  offline: 10,
  unknown: 11,
  away: 13,
  paused: 14,
  out: 15,
  break: 16,
  present: 17,
  off: 18,
};

/** Smaller comes first: incidents by gravity, silence, long absence, then the rest. */
export function rank(seat: SeatView, now: number): number {
  if (seat.alert) return KINDS.indexOf(seat.alert.kind);
  if (seat.label === "away" && now - seat.since >= AWAY_LONG_S) return 12;
  return RANK[seat.label];
}

interface Placed {
  readonly member: number;
  readonly rank: number;
  readonly since: number;
  readonly was: number | undefined;
}

const STEADY = new Set([RANK.present, RANK.off]);

function attentionFirst(a: Placed, b: Placed): number {
  if (a.was !== undefined && b.was !== undefined) return a.was - b.was;
  if (a.rank !== b.rank) return a.rank - b.rank;
  return (STEADY.has(a.rank) ? 0 : a.since - b.since) || a.member - b.member;
}

/**
 * Arrange the people the filter lets through. With `before`, those who were already shown keep
 * their order: nothing moves under a pointer or a finger.
 */
export function arrange(
  people: People,
  filter: Filter,
  now: number,
  before: Arrangement | null = null,
): Arrangement {
  const branches = tree(people.groups);
  const open = branches.filter(
    ({ within }) => filter.group === null || within.includes(filter.group),
  );
  const order = new Map(open.map(({ id }, index) => [id, index]));
  const lets = gate(filter, branches);
  const was = before && places(before);
  const counts = zero();
  const homes = new Map<number, Home>();
  for (const card of people.members.values()) {
    const seat = people.seat(card.id);
    add(counts, seat);
    const at = home(card, order, filter.group === null ? open.length : null);
    if (at === null) continue;
    const place = homes.get(at) ?? { placed: [], size: 0, counts: zero() };
    homes.set(at, place);
    place.size += 1;
    add(place.counts, seat);
    if (lets(card, seat)) place.placed.push(placed(seat, now, was?.get(card.id)));
  }
  const sections = [...homes]
    .filter(([, place]) => place.placed.length > 0)
    .sort(([a], [b]) => a - b)
    .map(([at, place]) => section(open[at], place));
  const shown = sections.reduce((sum, { members }) => sum + members.length, 0);
  return { sections, counts, total: people.members.size, shown };
}

interface Home {
  readonly placed: Placed[];
  readonly counts: Record<Show, number>;
  size: number;
}

function section(branch: Branch | undefined, { placed, size, counts }: Home): Section {
  const { id: group = null, path = [] } = branch ?? {};
  return { group, path, members: sorted(placed), size, counts };
}

function placed(seat: SeatView, now: number, was: number | undefined): Placed {
  const since = seat.alert ? -seat.alert.at : seat.since; // the newest incident first
  return { member: seat.member, rank: rank(seat, now), since, was };
}

function places(before: Arrangement): Map<number, number> {
  return new Map(before.sections.flatMap(({ members }) => members).map((id, at) => [id, at]));
}

/** The first of a person's groups in tree order; one tile a person, also with several groups. */
function home(
  { groups = [] }: MemberCard,
  order: ReadonlyMap<number, number>,
  none: number | null,
): number | null {
  const at = groups.map((id) => order.get(id)).filter((index) => index !== undefined);
  return at.length > 0 ? Math.min(...at) : none;
}

type Gate = (card: MemberCard, seat: SeatView) => boolean;

function gate({ show, text }: Filter, branches: readonly Branch[]): Gate {
  const names = new Map(branches.map(({ id, path }) => [id, path.join(" ")]));
  const found = matcher(text);
  return ({ name, groups = [] }, { label, alert, task }) => {
    if (show === "todo" ? !alert : show !== null && label !== show) return false;
    if (text === "") return true;
    return found({ name, task: task ?? "", groups: groups.map((id) => names.get(id) ?? "") });
  };
}

function add(counts: Record<Show, number>, seat: SeatView): void {
  counts[seat.label] += 1;
  if (seat.alert) counts.todo += 1;
}

/** Those who stay keep their order; newcomers are set in before the first who ranks below them. */
function sorted(placed: readonly Placed[]): number[] {
  const kept = placed.filter((p) => p.was !== undefined).sort(attentionFirst);
  const fresh = placed.filter((p) => p.was === undefined).sort(attentionFirst);
  const line = kept.length > 0 ? fresh.reduce(setIn, kept) : fresh;
  return line.map((p) => p.member);
}

function setIn(line: Placed[], one: Placed): Placed[] {
  const at = line.findIndex((other) => attentionFirst(one, { ...other, was: undefined }) < 0);
  line.splice(at < 0 ? line.length : at, 0, one);
  return line;
}
