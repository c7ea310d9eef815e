// The shapes of the states; colour only repeats what shape and word say.

import type { ReactNode } from "react";
import type { Tone } from "./label";

const SHAPES: Readonly<Record<Tone, ReactNode>> = {
  present: <circle cx="6" cy="6" r="5" fill="currentColor" />,
  away: <circle cx="6" cy="6" r="4.1" fill="none" stroke="currentColor" strokeWidth="1.8" />,
  break: (
    <>
      <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M6 1.5a4.5 4.5 0 0 0 0 9z" fill="currentColor" />
    </>
  ),
  out: (
    <>
      <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M6 1.5a4.5 4.5 0 0 1 0 9z" fill="currentColor" />
    </>
  ),
  unknown: (
    <path
      d="M1 4.2 4.2 1M1 7.9 7.9 1M1.5 11 11 1.5M4.6 11 11 4.6M8.3 11 11 8.3"
      stroke="currentColor"
      strokeWidth="1.3"
      fill="none"
    />
  ),
  paused: <path d="M2.5 1.5h2.4v9H2.5zM7.1 1.5h2.4v9H7.1z" fill="currentColor" />,
  offline: <path d="M1 5h10v2H1z" fill="currentColor" />,
  off: <circle cx="6" cy="6" r="1.6" fill="currentColor" />,
  incident: <path d="M6 .8 11.6 11H.4z" fill="currentColor" />,
};

export function Glyph({ tone, size = 12 }: { tone: Tone; size?: number }) {
  return (
    <svg className="glyph" width={size} height={size} viewBox="0 0 12 12" aria-hidden="true">
      {SHAPES[tone]}
    </svg>
  );
}

/** A state as shape and word. */
export function Mark({
  tone,
  word,
  strong = true,
}: {
  tone: Tone;
  word: string;
  strong?: boolean;
}) {
  return (
    <span className="mark" data-s={tone}>
      <Glyph tone={tone} />
      {strong ? <b>{word}</b> : word}
    </span>
  );
}
