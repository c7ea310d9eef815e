import { describe, expect, it } from "vitest";
import type { GroupCard, Kind, Label, MemberCard, SeatView } from "../api/wire";
import { type Arrangement, Arranger, type People, tree } from "./arrange";
import { EVERYBODY, type Filter, SORTS } from "./filter";

const NOW = 10_000;
const ROOT: GroupCard = { id: 1, name: "本社" };

function people(
  seats: readonly SeatView[],
  groups = [ROOT],
  cards?: readonly MemberCard[],
): People {
  const all =
    cards ?? seats.map(({ member }) => ({ id: member, name: `人${member}`, groups: [1] }));
  const byMember = new Map(seats.map((seat) => [seat.member, seat]));
  return {
    members: new Map(all.map((card) => [card.id, card])),
    groups,
    seat: (member) => byMember.get(member) ?? { member, label: "off", since: 0 },
  };
}

const seat = (member: number, label: Label, ageS = 60): SeatView => ({
  member,
  label,
  since: NOW - ageS,
});

const alarmed = (member: number, kind: Kind, ageS = 60): SeatView => ({
  ...seat(member, "present"),
  alert: { id: `i${member}`, kind, at: NOW - ageS },
});

const arrange = (of: People, filter: Filter, now: number, before: Arrangement | null = null) =>
  new Arranger(of, filter).whole(now, before);

const order = (board: Arrangement) => board.sections.flatMap((s) => s.members);

describe("inside a group", () => {
  it("attention comes first: gravity, silence, long absence, then the rest", () => {
    const wanted = [
      alarmed(1, "impersonation"),
      alarmed(2, "photographing_device"),
      alarmed(3, "peeping"),
      alarmed(4, "camera_covered"),
      seat(5, "offline"),
      seat(6, "unknown"),
      seat(7, "away", 30 * 60),
      seat(8, "away", 30 * 60 - 1),
      seat(9, "paused"),
      seat(10, "out"),
      seat(11, "break"),
      seat(12, "present"),
      seat(13, "off"),
    ];
    const board = arrange(people([...wanted].reverse()), EVERYBODY, NOW);
    expect(order(board)).toEqual(wanted.map(({ member }) => member));
  });

  it("the newest incident and the longest absence lead their equals", () => {
    const seats = [alarmed(1, "peeping", 500), alarmed(2, "peeping", 5)];
    expect(order(arrange(people(seats), EVERYBODY, NOW))).toEqual([2, 1]);
    const absent = [seat(3, "away", 10), seat(4, "away", 700)];
    expect(order(arrange(people(absent), EVERYBODY, NOW))).toEqual([4, 3]);
  });

  it("those who are simply present stay where they are however long", () => {
    const seats = [seat(1, "present", 5), seat(2, "present", 5_000)];
    expect(order(arrange(people(seats), EVERYBODY, NOW))).toEqual([1, 2]);
  });
});

describe("under a pointer", () => {
  it("nobody who is shown changes places, and a newcomer is set in by rank", () => {
    const before = arrange(people([seat(1, "present"), seat(2, "present")]), EVERYBODY, NOW);
    const later = people([seat(1, "present"), alarmed(2, "peeping"), seat(3, "away")]);
    expect(order(arrange(later, EVERYBODY, NOW, before))).toEqual([3, 1, 2]);
    expect(order(arrange(later, EVERYBODY, NOW))).toEqual([2, 3, 1]);
  });
});

describe("groups", () => {
  const groups: GroupCard[] = [
    { id: 2, name: "営業", parent: 1 },
    ROOT,
    { id: 3, name: "開発", parent: 1 },
    { id: 4, name: "第一課", parent: 2 },
    { id: 9, name: "孤児", parent: 77 },
  ];

  it("are read as a tree, also when a parent is not visible", () => {
    const paths = tree(groups).map(({ path }) => path.join("/"));
    expect(paths).toEqual(["本社", "本社/営業", "本社/営業/第一課", "本社/開発", "孤児"]);
  });

  it("show a person once, and people without any at the end", () => {
    const cards = [
      { id: 1, name: "甲" },
      { id: 2, name: "乙", groups: [3, 4] },
    ];
    const board = arrange(
      people([seat(1, "away"), seat(2, "away")], groups, cards),
      EVERYBODY,
      NOW,
    );
    expect(board.sections.map(({ group, members }) => [group, members])).toEqual([
      [4, [2]],
      [null, [1]],
    ]);
  });

  it("filter with everything below them, and say how many are hidden", () => {
    const cards = [
      { id: 1, name: "甲", groups: [4] },
      { id: 2, name: "乙", groups: [2] },
      { id: 3, name: "丙", groups: [3] },
    ];
    const seats = [seat(1, "away"), seat(2, "present"), seat(3, "away")];
    const filter = { show: "away", group: 2, text: "" } as const;
    const board = arrange(people(seats, groups, cards), filter, NOW);
    expect(order(board)).toEqual([1]);
    expect(board).toMatchObject({ total: 3, shown: 1 });
    expect(board.counts).toMatchObject({ away: 2, present: 1, todo: 0 });
  });
});

it("unknown people are counted as unknown, never as away", () => {
  const { counts } = arrange(people([seat(1, "unknown"), seat(2, "away")]), EVERYBODY, NOW);
  expect(counts).toMatchObject({ unknown: 1, away: 1, present: 0 });
});

describe("what changes bit by bit", () => {
  /** A small generator with a seed: the same board each time (mulberry32). */
  function chances(seed: number): () => number {
    let at = seed;
    return () => {
      at = (at + 0x6d2b79f5) | 0;
      let t = Math.imul(at ^ (at >>> 15), 1 | at);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
  }
  const pick = <T>(all: readonly T[], chance: number) => all[Math.floor(chance * all.length)] as T;
  const filters: Filter[] = [
    EVERYBODY,
    { show: "away", group: null, text: "" },
    { show: "todo", group: 2, text: "" },
    { show: null, group: null, text: "state:away,break since>20m" },
  ];

  it.each(SORTS)("ends as if it were arranged at once, by %s", (sort) => {
    for (const [seed, filter] of filters.entries()) {
      const chance = chances(seed);
      const groups = [ROOT, { id: 2, name: "営業", parent: 1 }, { id: 3, name: "開発" }];
      const random = (member: number): SeatView =>
        chance() < 0.1
          ? alarmed(member, pick(["peeping", "impersonation"], chance()), chance() * 4000)
          : seat(member, pick(["away", "present", "break", "off"], chance()), chance() * 4000);
      const ids = Array.from({ length: 60 }, (_, at) => at + 1);
      const seats = new Map(ids.map((id) => [id, random(id)]));
      const members = new Map(
        ids.map((id) => [id, { id, name: `人${id % 7}`, groups: id % 9 ? [(id % 3) + 1] : [] }]),
      );
      const of: People = { members, groups, seat: (id) => seats.get(id) as SeatView };
      const arranger = new Arranger(of, filter, sort);
      arranger.whole(NOW);
      for (let round = 0; round < 40; round += 1) {
        const changed = ids.filter(() => chance() < 0.1);
        for (const id of changed) seats.set(id, random(id));
        const held = round % 4 === 1;
        const after = arranger.after(changed, NOW, held);
        const fresh = new Arranger(of, filter, sort).whole(NOW);
        expect(after.counts).toEqual(fresh.counts);
        expect(order(after).toSorted()).toEqual(order(fresh).toSorted());
        if (!held) expect(after).toEqual(fresh);
      }
    }
  });
});
