// What the queue shows and how it follows the record: pages, counts, and news that ask for them again.

import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import type { Problem } from "../api/http";
import { type IncidentItem, KINDS, type Kind } from "../api/wire";
import { useStore } from "../board/hooks";
import { INCIDENTS_QUERY } from "../board/record";
import { useAsk } from "../console/kit/ask";
import { useParameter } from "../shell/place";
import { howMany, queue, type Show } from "./api";

const TELL_AFTER_MS = 300; // several steps of one incident come together
export const SHOWS: readonly Show[] = ["open", "mine", "judged"];

const isShow = (said: string): said is Show => SHOWS.some((show) => show === said);
const isKind = (said: string): said is Kind => KINDS.some((kind) => kind === said);

export interface ListState {
  readonly show: Show;
  readonly kind: Kind | "";
  readonly setShow: (show: Show) => void;
  readonly setKind: (kind: Kind | "") => void;
}

export function useListState(): ListState {
  const [show, setShow] = useParameter("show");
  const [kind, setKind] = useParameter("kind");
  return {
    show: isShow(show) ? show : "open",
    kind: isKind(kind) ? kind : "",
    setShow: (next) => setShow(next === "open" ? "" : next),
    setKind,
  };
}

export function useQueue({ show, kind }: ListState) {
  const asked = useInfiniteQuery({
    queryKey: [...INCIDENTS_QUERY, "queue", show, kind],
    queryFn: ({ pageParam }) => queue(show, kind, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    staleTime: 0,
  });
  const rows = useMemo(() => asked.data?.pages.flatMap(({ items }) => items) ?? [], [asked.data]);
  return { ...asked, rows, problem: asked.error as Problem | null };
}

/** How many wait in all, and how many of them are one's own. */
export function useCounts(kind: Kind | ""): Readonly<Partial<Record<Show, number | undefined>>> {
  const open = useAsk([...INCIDENTS_QUERY, "count", "open", kind], () => howMany("open", kind));
  const mine = useAsk([...INCIDENTS_QUERY, "count", "mine", kind], () => howMany("mine", kind));
  return { open: open.data, mine: mine.data };
}

/**
 * Whatever is told of an incident, the queue and the one on show are asked for again: one time
 * after the other, however much is told meanwhile.
 */
export function useFresh(): void {
  const store = useStore();
  const queries = useQueryClient();
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    let asking = false;
    let more = false;
    const later = () => {
      more = asking;
      if (!asking) waiting ??= setTimeout(ask, TELL_AFTER_MS);
    };
    const ask = async () => {
      waiting = undefined;
      asking = true;
      await queries.invalidateQueries({ queryKey: INCIDENTS_QUERY });
      asking = false;
      if (more) later();
    };
    const stop = store.onNews(later);
    return () => {
      stop();
      more = false;
      clearTimeout(waiting);
    };
  }, [store, queries]);
}

/** What others have taken stands after what waits. */
export function inOrder(rows: readonly IncidentItem[], me: number, show: Show): IncidentItem[] {
  if (show !== "open") return [...rows];
  return [...rows.filter((row) => !isTaken(row, me)), ...rows.filter((row) => isTaken(row, me))];
}

export const isTaken = (row: IncidentItem, me: number): boolean =>
  row.assignee != null && row.assignee !== me;
