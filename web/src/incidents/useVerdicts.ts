// Words on incidents, and ten seconds to take the last one back.

import { useEffect, useState } from "react";
import type { Problem } from "../api/http";
import type { IncidentItem } from "../api/wire";
import { INCIDENTS_QUERY } from "../board/record";
import { useTell } from "../console/kit/ask";
import { judge, judgeMany, type Verdict, withdraw } from "./api";

const UNDO_S = 10; // as long as the hub lets a verdict be taken back and keeps its images
const TICK_MS = 500;
const CHANGES = { changes: [INCIDENTS_QUERY] };

export interface Given {
  readonly items: readonly IncidentItem[];
  readonly verdict: Verdict;
  readonly untilMs: number;
}

export interface Verdicts {
  readonly given: Given | null;
  readonly undone: boolean;
  readonly problem: Problem | null;
  readonly sending: boolean;
  readonly say: (id: string, verdict: Verdict, note: string) => void;
  readonly sayOfAll: (ids: readonly string[], verdict: Verdict) => void;
  readonly undo: () => void;
}

export function useVerdicts(onGiven: (ids: readonly string[]) => void): Verdicts {
  const [given, setGiven] = useState<Given | null>(null);
  const [undone, setUndone] = useState(false);
  const keep = (items: readonly IncidentItem[], verdict: Verdict) => {
    setUndone(false);
    setGiven({ items, verdict, untilMs: Date.now() + UNDO_S * 1000 });
    onGiven(items.map(({ id }) => id));
  };
  const one = useTell(judge, CHANGES);
  const many = useTell(judgeMany, CHANGES);
  const back = useTell(withdraw, CHANGES);
  useEffect(() => {
    if (!given) return;
    const over = setTimeout(() => setGiven(null), given.untilMs - Date.now());
    return () => clearTimeout(over);
  }, [given]);
  const sending = one.isPending || many.isPending || back.isPending;
  return {
    given,
    undone,
    problem: one.error ?? many.error ?? back.error,
    sending,
    say: (id, verdict, note) => {
      if (sending) return;
      many.reset();
      back.reset();
      one.mutate({ id, verdict, note }, { onSuccess: (item) => keep([item], verdict) });
    },
    sayOfAll: (ids, verdict) => {
      if (sending) return;
      one.reset();
      back.reset();
      const said = { ids, verdict, note: "" };
      many.mutate(said, { onSuccess: ({ items }) => keep(items, verdict) });
    },
    undo: () => {
      if (!given || sending) return;
      const ids = given.items.map(({ id }) => id);
      back.mutate(ids, {
        onSuccess: () => {
          setGiven(null);
          setUndone(true);
        },
      });
    },
  };
}

/** Whole seconds until a moment of this browser's clock; 0 when it is over. */
export function useLeft(untilMs: number): number {
  const left = () => Math.max(0, Math.ceil((untilMs - Date.now()) / 1000));
  const [shown, setShown] = useState(left);
  useEffect(() => {
    const ticking = setInterval(
      () => setShown(Math.max(0, Math.ceil((untilMs - Date.now()) / 1000))),
      TICK_MS,
    );
    return () => clearInterval(ticking);
  }, [untilMs]);
  return Math.min(shown, left());
}
