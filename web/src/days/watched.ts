// What the hub is asked for again and again while a page is open, through silence and back.

import { keepPreviousData, type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { Problem } from "../api/http";
import { type Key, useEnd } from "../console/kit/ask";

/** `false`: it is over and changes no more. What was known stays while nobody answers. */
export function useWatched<T>(
  key: Key,
  ask: () => Promise<T>,
  everyMs: number | false,
  enabled = true,
): UseQueryResult<T, Problem> {
  const asked = useQuery<T, Problem>({
    queryKey: key,
    queryFn: ask,
    staleTime: 0,
    refetchInterval: everyMs,
    enabled,
    placeholderData: keepPreviousData,
    retry: false,
  });
  useEnd(asked.error);
  return asked;
}

/** Seconds since 1970 of the last answer, once the hub answers no more; else null. */
export function lostSince(asked: UseQueryResult<unknown, Problem>): number | null {
  return asked.isError && asked.data !== undefined ? asked.dataUpdatedAt / 1000 : null;
}
