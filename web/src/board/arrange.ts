// Who stands where on the board. Only what changed is set anew: 10,000 people at 100 changes a
// second leave the page free to draw.

import { type GroupCard, LABELS, type Label, type MemberCard, type SeatView } from "../api/wire";
import { EVERYBODY, type Filter, type Show, type Sort } from "./filter";
import { COMPARE, type Compare, type Standing, standing } from "./ranks";
import { type Reading, read } from "./words";

export interface People {
  readonly members: ReadonlyMap<number, MemberCard>;
  readonly groups: readonly GroupCard[];
  readonly seat: (member: number) => SeatView;
}

export type Counts = Readonly<Record<Show, number>>;

export interface Section {
  /** null: the people who are in no group, or everybody where the order knows no groups. */
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
  const below = new Map<number | null, GroupCard[]>();
  for (const group of groups) {
    const above = group.parent != null && known.has(group.parent) ? group.parent : null;
    below.set(above, [...(below.get(above) ?? []), group]);
  }
  const walk = (above: number | null, path: string[], within: number[]): Branch[] =>
    (below.get(above) ?? []).flatMap((group) => {
      const branch = { id: group.id, path: [...path, group.name], within: [...within, group.id] };
      return [branch, ...walk(group.id, branch.path, branch.within)];
    });
  return walk(null, [], []);
}

/** One section in the making; `section` is void once anybody in it has changed. */
interface Bin {
  readonly branch: Branch | undefined;
  readonly shown: Placed[];
  readonly counts: Record<Show, number>;
  size: number;
  section: Section | null;
  /** Somebody's rank has changed while nobody was to move. */
  restless: boolean;
}

interface Placed {
  /** null: outside of the group that was asked for; counted, but nowhere. */
  readonly bin: Bin | null;
  readonly label: Label;
  readonly todo: boolean;
  readonly shown: boolean;
  readonly at: Standing;
}

export class Arranger {
  readonly #branches: readonly Branch[];
  readonly #order: ReadonlyMap<number, number>;
  readonly #names: ReadonlyMap<number, string>;
  readonly #reading: Reading;
  readonly #compare: Compare;
  readonly #counts = zero();
  readonly #bins = new Map<number, Bin>();
  readonly #placed = new Map<number, Placed>();
  #lines: readonly Bin[] = [];

  constructor(
    private readonly people: People,
    private readonly filter: Filter = EVERYBODY,
    private readonly sort: Sort = "group",
  ) {
    const all = tree(people.groups);
    const asked = filter.group;
    this.#branches = all.filter(({ within }) => asked === null || within.includes(asked));
    this.#order = new Map(this.#branches.map(({ id }, index) => [id, index]));
    this.#names = new Map(all.map(({ id, path }) => [id, path.join(" ")]));
    this.#reading = read(filter.text);
    this.#compare = COMPARE[sort];
  }

  /** Everybody; with `before`, those whom it shows keep their order. */
  whole(now: number, before: Arrangement | null = null): Arrangement {
    const was = before && places(before);
    for (const card of this.people.members.values()) this.#put(card, now, true);
    for (const bin of this.#bins.values()) sort(bin, this.#compare, was);
    return this.#arrangement();
  }

  /**
   * After these seats have changed. While `held`, nobody who is shown changes places: nothing
   * moves under a pointer or a finger.
   */
  after(members: Iterable<number>, now: number, held: boolean): Arrangement {
    for (const member of members) {
      const card = this.people.members.get(member);
      if (card) this.#put(card, now, held);
    }
    if (!held) this.#settle();
    return this.#arrangement();
  }

  /** Time has passed, and with it what is a long absence. */
  aged(now: number, held: boolean): Arrangement {
    return this.after(this.people.members.keys(), now, held);
  }

  #settle(): void {
    for (const bin of this.#bins.values()) if (bin.restless) sort(bin, this.#compare, null);
  }

  #put(card: MemberCard, now: number, held: boolean): void {
    const seat = this.people.seat(card.id);
    const old = this.#placed.get(card.id);
    const todo = seat.alert != null;
    if (old) count(this.#counts, old, -1);
    count(this.#counts, { label: seat.label, todo }, 1);
    const bin = old ? old.bin : this.#bin(card);
    const at = standing(card.name, seat, now);
    const shown = bin !== null && this.#lets(card, seat, now);
    const placed: Placed = { bin, label: seat.label, todo, shown, at };
    this.#placed.set(card.id, placed);
    if (!bin) return;
    if (old) count(bin.counts, old, -1);
    else bin.size += 1;
    count(bin.counts, placed, 1);
    bin.section = null;
    this.#move(bin, old, placed, held);
  }

  #move(bin: Bin, old: Placed | undefined, placed: Placed, held: boolean): void {
    const { at } = placed;
    const index = old?.shown ? bin.shown.indexOf(old) : -1;
    if (!placed.shown) {
      if (index >= 0) bin.shown.splice(index, 1);
      return;
    }
    if (index < 0) {
      if (held && !old) bin.shown.push(placed);
      else bin.shown.splice(slot(bin, at, this.#compare), 0, placed);
      return;
    }
    const still = old !== undefined && this.#compare(old.at, at) === 0;
    if (held || still) {
      bin.shown[index] = placed;
      bin.restless ||= !still;
      return;
    }
    bin.shown.splice(index, 1);
    bin.shown.splice(slot(bin, at, this.#compare), 0, placed);
  }

  /** The first of a person's groups in tree order; one tile a person, also with several groups. */
  #bin({ groups = [] }: MemberCard): Bin | null {
    const homes = groups.map((id) => this.#order.get(id)).filter((at) => at !== undefined);
    if (homes.length === 0 && this.filter.group !== null) return null;
    const flat = this.sort !== "group";
    const at = homes.length > 0 && !flat ? Math.min(...homes) : this.#branches.length;
    const known = this.#bins.get(at);
    if (known) return known;
    const bin: Bin = {
      branch: this.#branches[at],
      shown: [],
      counts: zero(),
      size: 0,
      section: null,
      restless: false,
    };
    this.#bins.set(at, bin);
    this.#lines = [...this.#bins].sort(([a], [b]) => a - b).map(([, one]) => one);
    return bin;
  }

  #lets({ name, groups = [] }: MemberCard, seat: SeatView, now: number): boolean {
    const { show, text } = this.filter;
    if (show === "todo" ? !seat.alert : show !== null && seat.label !== show) return false;
    if (text === "") return true;
    return this.#reading.test({
      name,
      task: seat.task ?? "",
      groups: groups.map((id) => this.#names.get(id) ?? ""),
      label: seat.label,
      ageS: now - seat.since,
      todo: seat.alert != null,
    });
  }

  #arrangement(): Arrangement {
    const sections = this.#lines.filter(({ shown }) => shown.length > 0).map(sectionOf);
    const shown = sections.reduce((sum, { members }) => sum + members.length, 0);
    return { sections, counts: { ...this.#counts }, total: this.people.members.size, shown };
  }
}

function sectionOf(bin: Bin): Section {
  const { id: group = null, path = [] } = bin.branch ?? {};
  bin.section ??= {
    group,
    path,
    members: bin.shown.map(({ at }) => at.member),
    size: bin.size,
    counts: { ...bin.counts },
  };
  return bin.section;
}

function count(counts: Record<Show, number>, one: { label: Label; todo: boolean }, by: number) {
  counts[one.label] += by;
  if (one.todo) counts.todo += by;
}

function places(before: Arrangement): Map<number, number> {
  return new Map(before.sections.flatMap(({ members }) => members).map((id, at) => [id, at]));
}

/** Before the first who ranks below; looked for in halves where the order is a true one. */
function slot(bin: Bin, at: Standing, compare: Compare): number {
  const { shown } = bin;
  if (bin.restless) {
    const found = shown.findIndex((other) => compare(at, other.at) < 0);
    return found < 0 ? shown.length : found;
  }
  let [low, high] = [0, shown.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = shown[middle];
    if (other && compare(at, other.at) < 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Those who were shown keep their order; newcomers are set in before the first ranking below. */
function sort(bin: Bin, compare: Compare, was: Map<number, number> | null): void {
  const known = (one: Placed) => was?.get(one.at.member);
  const fresh = bin.shown.filter((one) => known(one) === undefined);
  const kept = bin.shown.filter((one) => known(one) !== undefined);
  fresh.sort((a, b) => compare(a.at, b.at));
  kept.sort((a, b) => (known(a) ?? 0) - (known(b) ?? 0));
  bin.restless = kept.length > 0;
  const line = bin.restless ? kept : fresh;
  bin.shown.length = 0;
  for (const one of line) bin.shown.push(one);
  if (bin.restless) for (const one of fresh) bin.shown.splice(slot(bin, one.at, compare), 0, one);
  bin.section = null;
}
