// Stepping through the queue by keys, past the end of what is loaded, too.

import { useEffect, useRef, useState } from "react";
import type { IncidentItem } from "../api/wire";

export interface Pages {
  readonly hasNextPage: boolean;
  readonly isFetching: boolean;
  readonly isFetchNextPageError: boolean;
  readonly fetchNextPage: () => unknown;
}

/** Steps that were asked for at the last row that is loaded. */
interface Owed {
  readonly from: string;
  readonly steps: number;
}

/**
 * A step from where one is; what somebody else has judged meanwhile has left its place behind.
 * Steps past what is loaded ask for the next page and are taken when it has come.
 */
export function useStep(
  ordered: readonly IncidentItem[],
  id: string,
  open: (id: string) => void,
  pages: Pages,
): (by: number) => void {
  const last = useRef(0);
  const [owed, setOwed] = useState<Owed | null>(null);
  const at = ordered.findIndex((row) => row.id === id);
  const end = ordered.length - 1;
  const ahead = owed?.from === id ? owed.steps : 0;
  useEffect(() => {
    if (at >= 0) last.current = at;
  }, [at]);
  const goTo = (place: number) => {
    const to = ordered[Math.min(end, Math.max(0, place))];
    if (!to) return;
    setOwed(place > end && pages.hasNextPage ? { from: to.id, steps: place - end } : null);
    if (to.id !== id) open(to.id);
  };
  useEffect(() => {
    if (ahead === 0) return;
    if (at < end) goTo(at + ahead);
    else if (!pages.hasNextPage || pages.isFetchNextPageError) setOwed(null);
    else if (!pages.isFetching) void pages.fetchNextPage();
  });
  return (by) => {
    const from = at >= 0 ? at : by > 0 ? last.current - 1 : last.current;
    goTo(from + ahead + by);
  };
}
