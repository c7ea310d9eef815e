// Incidents from the record, a page at a time; live news joins them in the store.

import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { incidents } from "../api/http";
import type { BoardStore } from "./store";

export const INCIDENTS_QUERY = ["incidents"] as const;

export interface RecordPages {
  readonly failed: boolean;
  readonly again: () => void;
  /** null when the record has no older ones. */
  readonly more: (() => void) | null;
}

export function useRecord(store: BoardStore): RecordPages {
  const query = useInfiniteQuery({
    queryKey: INCIDENTS_QUERY,
    queryFn: ({ pageParam }) => incidents(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });
  const { data, isError, refetch, hasNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (data) store.addRecord(data.pages.flatMap((page) => page.items));
  }, [data, store]);
  return {
    failed: isError,
    again: () => void refetch(),
    more: hasNextPage ? () => void fetchNextPage() : null,
  };
}
