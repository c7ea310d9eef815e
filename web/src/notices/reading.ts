// What one has read, told to the hub; the bell and the list know it at once.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Problem } from "../api/http";
import { LATEST, NOTICES, type Notice, type NoticePage, newest, readOne, readUpto } from "./api";

const FRESH_MS = 5_000; // the panel opens with what the bell has just heard
const EVERY_MS = 60_000; // what is urgent calls by itself: by sound, on the desktop, by push or mail

/** The newest notices and the count of the bell: asked for every minute, and on coming back. */
export const useLatest = () =>
  useQuery<NoticePage, Problem>({
    queryKey: LATEST,
    queryFn: newest,
    staleTime: FRESH_MS,
    refetchInterval: EVERY_MS,
    refetchOnWindowFocus: true,
    retry: false,
  });

export function useReading() {
  const queries = useQueryClient();
  const onSettled = () => queries.invalidateQueries({ queryKey: NOTICES });
  const one = useMutation<void, Problem, number>({ mutationFn: readOne, onSettled });
  const all = useMutation<void, Problem, number>({ mutationFn: readUpto, onSettled });
  return {
    read: ({ id }: Notice) => one.mutate(id),
    readAll: (items: readonly Notice[]) => items[0] && all.mutate(items[0].id),
    failed: one.error ?? all.error,
  };
}
