// Incidents within a few seconds of each other are one call: it counts, and the gravest leads. Pure.

import { KINDS, type Kind } from "../api/wire";

const APART_MS = 5_000; // who is called looks at the queue, and finds there what came meanwhile
const LONGEST_MS = 60_000; // what does not end is told again each minute

/** From the first to the last of what is one call so far. */
export interface Span {
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface Call {
  readonly id: string;
  readonly kind: Kind;
  readonly member: number;
  readonly name: string;
}

export interface Burst extends Span {
  readonly calls: readonly Call[];
}

/** Whether what comes now belongs to it. */
export const goesOn = <S extends Span>(span: S | null | undefined, atMs: number): span is S =>
  span != null && atMs - span.lastMs < APART_MS && atMs - span.firstMs < LONGEST_MS;

export const isGraver = (one: Kind, other: Kind): boolean =>
  KINDS.indexOf(one) < KINDS.indexOf(other);

/** The burst with one more, which may be the first of a new one; each incident counts once. */
export function joined(burst: Burst | undefined, call: Call, atMs: number): Burst {
  if (!goesOn(burst, atMs)) return { calls: [call], firstMs: atMs, lastMs: atMs };
  const known = burst.calls.some(({ id }) => id === call.id);
  return { ...burst, calls: known ? burst.calls : [...burst.calls, call], lastMs: atMs };
}

/** The gravest; of equal ones the first. */
export const leading = ({ calls }: Burst): Call =>
  calls.reduce((first, next) => (isGraver(next.kind, first.kind) ? next : first));

/** How many people besides the leading one's. */
export const others = (burst: Burst): number =>
  new Set(burst.calls.map(({ member }) => member)).size - 1;
