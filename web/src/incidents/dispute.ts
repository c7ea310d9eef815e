// When a person's objection waits for an answer. Pure.

import type { IncidentItem } from "../api/wire";

/** The person objected, and nobody has answered that by another word. */
export const isDisputed = ({ disputed_at, judged_at }: IncidentItem): boolean =>
  disputed_at != null && disputed_at > (judged_at ?? 0);

/** It waits for a word: nobody said one, or the person objects to the last. */
export const isOpen = (one: IncidentItem): boolean => one.verdict == null || isDisputed(one);
