// Words on incidents, and ten seconds to take each of them back, the last one first.

import { useQueryClient } from "@tanstack/react-query";
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
  readonly note: string;
  readonly untilMs: number;
}

/** A verdict as it was sent: the hub's ten seconds cannot have begun before. */
interface Sent {
  readonly verdict: Verdict;
  readonly note: string;
  readonly sentMs: number;
}

export interface Verdicts {
  /** The last word that can be taken back. */
  readonly given: Given | null;
  readonly undone: boolean;
  readonly problem: Problem | null;
  readonly sending: boolean;
  readonly say: (one: IncidentItem, verdict: Verdict, note: string) => void;
  readonly sayOfAll: (ids: readonly string[], verdict: Verdict, note: string) => void;
  readonly undo: () => void;
  /** The person has read what went wrong. */
  readonly forget: () => void;
}

export interface Told {
  readonly onGiven: (ids: readonly string[]) => void;
  readonly onUndone: (given: Given) => void;
}

export function useVerdicts({ onGiven, onUndone }: Told): Verdicts {
  const [stack, setStack] = useState<readonly Given[]>([]);
  const [undone, setUndone] = useState(false);
  const queries = useQueryClient();
  const one = useTell(judge, CHANGES);
  const many = useTell(judgeMany, CHANGES);
  const back = useTell(withdraw, CHANGES);
  const given = stack.at(-1) ?? null;
  useEffect(() => {
    if (!given) return;
    const over = () => setStack((old) => old.filter(({ untilMs }) => untilMs > Date.now()));
    const ending = setTimeout(over, Math.max(0, given.untilMs - Date.now()));
    return () => clearTimeout(ending);
  }, [given]);
  const keep = (items: readonly IncidentItem[], { verdict, note, sentMs }: Sent) => {
    setUndone(false);
    setStack((old) => [...old, { items, verdict, note, untilMs: sentMs + UNDO_S * 1000 }]);
    onGiven(items.map(({ id }) => id));
  };
  const forget = () => {
    one.reset();
    many.reset();
    back.reset();
  };
  /** What was refused may have been decided by somebody else: see how it stands. */
  const onError = () => void queries.invalidateQueries({ queryKey: INCIDENTS_QUERY });
  const sending = one.isPending || many.isPending || back.isPending;
  return {
    given,
    undone,
    problem: one.error ?? many.error ?? back.error,
    sending,
    say: ({ id, judged_at }, verdict, note) => {
      if (sending) return;
      forget();
      const sent = { verdict, note, sentMs: Date.now() };
      const said = { id, verdict, note, after: judged_at ?? null };
      one.mutate(said, { onSuccess: (item) => keep([item], sent), onError });
    },
    sayOfAll: (ids, verdict, note) => {
      if (sending) return;
      forget();
      const sent = { verdict, note, sentMs: Date.now() };
      const said = { ids, verdict, note };
      many.mutate(said, { onSuccess: ({ items }) => keep(items, sent), onError });
    },
    undo: () => {
      if (!given || sending) return;
      forget();
      const ids = given.items.map(({ id }) => id);
      const onSuccess = () => {
        setStack((old) => old.filter((each) => each !== given));
        setUndone(true);
        // Whoever comes back to it must not find it as it was judged, and judge that.
        for (const id of ids)
          queries.removeQueries({ queryKey: [...INCIDENTS_QUERY, "one", id], type: "inactive" });
        onUndone(given);
      };
      back.mutate(ids, { onSuccess, onError });
    },
    forget,
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
