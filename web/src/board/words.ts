// The filter language (docs/filter.md): what a text asks for, or why it cannot be understood. Pure.

import { LABELS, type Label } from "../api/wire";

/** One person as a filter sees them; `ageS` is the age of the state that is shown. */
export interface Findable {
  readonly name: string;
  readonly task: string;
  readonly groups: readonly string[];
  readonly label: Label;
  readonly ageS: number;
  readonly todo: boolean;
}

export type Test = (person: Findable) => boolean;

/** What is wrong with a text: the sentence that says so, and the term that it is about. */
export interface Refusal {
  readonly why: "field" | "state" | "empty" | "since";
  readonly said: string;
}

export interface Reading {
  readonly test: Test;
  /** Whether time alone changes who is found. */
  readonly ages: boolean;
  readonly refusal: Refusal | null;
}

const EVERYBODY: Reading = { test: () => true, ages: false, refusal: null };

/** Full and half width, case and the space inside a name make no difference to people. */
export function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, "");
}

type State = Label | "todo";

const STATE_WORDS: Readonly<Record<State, readonly string[]>> = {
  present: ["在席", "present"],
  away: ["離席", "away"],
  break: ["休憩", "break", "on break"],
  out: ["中抜け", "out"],
  unknown: ["不明", "unknown"],
  offline: ["切断", "offline", "disconnected"],
  paused: ["一時停止", "paused"],
  off: ["勤務外", "off", "off work", "off duty"],
  todo: ["要対応", "todo", "incident", "to review"],
};
const STATES = new Map(
  [...LABELS, "todo" as const].flatMap((state) =>
    STATE_WORDS[state].map((word) => [folded(word), state] as const),
  ),
);

const FIELDS: Readonly<Record<string, "state" | "group">> = {
  state: "state",
  状態: "state",
  group: "group",
  グループ: "group",
};
const UNITS_S: Readonly<Record<string, number>> = {
  "": 60,
  m: 60,
  分: 60,
  h: 3_600,
  時間: 3_600,
  d: 86_400,
  日: 86_400,
};
const SINCE = /^(?:since|経過)([<>=:].*)$/;
const AGE = /^([<>]=?)([0-9]{1,6})(m|分|h|時間|d|日|)$/;

const compared: Readonly<Record<string, (age: number, seconds: number) => boolean>> = {
  ">": (age, seconds) => age > seconds,
  ">=": (age, seconds) => age >= seconds,
  "<": (age, seconds) => age < seconds,
  "<=": (age, seconds) => age <= seconds,
};

class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.why);
  }
}

const refused = (why: Refusal["why"], said: string) => new Refused({ why, said });

interface Asked {
  readonly words: string[];
  readonly states: Set<State>;
  readonly groups: string[];
  readonly ages: ((ageS: number) => boolean)[];
}

/** A text that cannot be understood hides nobody. */
export function read(text: string): Reading {
  try {
    const asked: Asked = { words: [], states: new Set(), groups: [], ages: [] };
    for (const term of text.split(/\s+/).filter(Boolean)) take(asked, term);
    return { test: testOf(asked), ages: asked.ages.length > 0, refusal: null };
  } catch (wrong) {
    if (wrong instanceof Refused) return { ...EVERYBODY, refusal: wrong.refusal };
    throw wrong;
  }
}

function take(asked: Asked, term: string): void {
  const plain = folded(term);
  const since = SINCE.exec(plain);
  if (since) {
    asked.ages.push(age(since[1] ?? "", term));
    return;
  }
  const at = plain.indexOf(":");
  const name = plain.slice(0, at);
  if (at <= 0 || /^[0-9]+$/.test(name)) {
    asked.words.push(plain);
    return;
  }
  const field = FIELDS[name];
  if (!field) throw refused("field", name);
  const values = plain
    .slice(at + 1)
    .split(/[,、]/)
    .filter(Boolean);
  if (values.length === 0) throw refused("empty", term);
  if (field === "group") asked.groups.push(...values);
  else for (const value of values) asked.states.add(state(value));
}

function age(said: string, term: string): (ageS: number) => boolean {
  const [, sign = "", number = "", unit = ""] = AGE.exec(said) ?? [];
  const holds = compared[sign];
  if (!holds) throw refused("since", term);
  const seconds = Number(number) * (UNITS_S[unit] ?? 60);
  return (ageS) => holds(ageS, seconds);
}

function state(value: string): State {
  const found = STATES.get(value);
  if (!found) throw refused("state", value);
  return found;
}

/** Terms of one kind widen, kinds narrow; every word and every age must hold. */
function testOf({ words, states, groups, ages }: Asked): Test {
  if (words.length + states.size + groups.length + ages.length === 0) return EVERYBODY.test;
  return (person) => {
    if (states.size > 0 && !states.has(person.label) && !(person.todo && states.has("todo")))
      return false;
    if (!ages.every((holds) => holds(person.ageS))) return false;
    if (words.length + groups.length === 0) return true;
    const named = person.groups.map(folded);
    if (groups.length > 0 && !groups.some((wanted) => named.some((name) => name.includes(wanted))))
      return false;
    const texts = [folded(person.name), folded(person.task), ...named];
    return words.every((word) => texts.some((text) => text.includes(word)));
  };
}
