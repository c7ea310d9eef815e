// What the rows of an analysis add up to: all of them, those of one period, incidents by kind. Pure.

import type { Analysis, Figures } from "../api/record";
import type { Schemas } from "../api/wire";

export type IncidentKind = Schemas["IncidentKind"];
export type Row = Analysis["rows"][number];
export type Counted = Figures["incidents"][number];

/** What time is spent on at work, in the order in which bars show it. */
export const PARTS = [
  "present",
  "away",
  "break",
  "out",
  "paused",
  "unknown",
  "offline",
] as const satisfies readonly (keyof Figures)[];
const LENGTHS = [...PARTS, "off", "worked"] as const;

/** By gravity, as the hub lists them. */
export const KINDS: readonly IncidentKind[] = [
  "impersonation",
  "photographing_device",
  "peeping",
  "camera_covered",
];
export const VERDICTS = ["confirmed", "benign", "false_positive", null] as const;
export type Verdict = (typeof VERDICTS)[number];

export const NOTHING: Figures = {
  present: 0,
  away: 0,
  break: 0,
  out: 0,
  paused: 0,
  unknown: 0,
  offline: 0,
  off: 0,
  worked: 0,
  incidents: [],
};

/** Seconds that are of work, or should be: all but off. */
export const busy = (figures: Figures): number =>
  PARTS.reduce((sum, part) => sum + figures[part], 0);

/** How many of a kind, of a verdict, or of both; left out, all of them. */
export const count = (
  incidents: readonly Counted[],
  kind?: IncidentKind,
  verdict?: Verdict,
): number =>
  incidents
    .filter((one) => kind === undefined || one.kind === kind)
    .filter((one) => verdict === undefined || (one.verdict ?? null) === verdict)
    .reduce((sum, one) => sum + one.count, 0);

export function summed(all: readonly Figures[]): Figures {
  const sum = { ...NOTHING };
  for (const figures of all) for (const length of LENGTHS) sum[length] += figures[length];
  const incidents = KINDS.flatMap((kind) =>
    VERDICTS.map((verdict) => ({
      kind,
      ...(verdict && { verdict }),
      count: all.reduce((found, { incidents: of }) => found + count(of, kind, verdict), 0),
    })),
  ).filter((one) => one.count > 0);
  return { ...sum, incidents };
}

export interface Period {
  readonly begin: string;
  readonly end: string;
  readonly figures: Figures;
}

/** Everybody's time in each piece of the range, the earliest first. */
export function byPeriod(rows: readonly Row[]): readonly Period[] {
  const of = new Map<string, Row[]>();
  for (const row of rows) of.set(row.begin, [...(of.get(row.begin) ?? []), row]);
  return [...of.values()]
    .map((some) => ({
      begin: some[0]?.begin ?? "",
      end: some[0]?.end ?? "",
      figures: summed(some.map(({ figures }) => figures)),
    }))
    .sort((a, b) => (a.begin < b.begin ? -1 : 1));
}

const HOUR_S = 3_600;
const STEPS_H = [1, 2, 4, 6, 8, 10, 20, 40, 50, 100, 200, 400, 500];

/** A round length that is not shorter: where an axis ends. */
export function round(seconds: number): number {
  const hours = seconds / HOUR_S;
  let size = 1;
  while (hours > 500 * size) size *= 10;
  return (STEPS_H.find((step) => step * size >= hours) ?? 500) * size * HOUR_S;
}
