// Asking the hub and telling it something, as pages do. A session that ended leads to the sign-in;
// what the hub does only for somebody whose identity was just confirmed asks for that first.

import {
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { createContext, useContext, useEffect, useMemo, useRef } from "react";
import type { Problem } from "../../api/http";
import type { Session } from "../../api/wire";

export interface Desk {
  readonly session: Session;
  /** The hub says that nobody is signed in any more. */
  readonly onEnded: () => void;
  /** Ask the person who they are, then go on. */
  readonly confirm: (then: () => void) => void;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("a console page needs a DeskContext above it");
  return desk;
}

const NOT_SIGNED_IN = "/problems/not-signed-in";
const CONFIRMATION_NEEDED = "/problems/confirmation-needed";

export function useEnd(problem: Problem | null): void {
  const { onEnded } = useDesk();
  const ended = problem?.type === NOT_SIGNED_IN;
  useEffect(() => {
    if (ended) onEnded();
  }, [ended, onEnded]);
}

export type Key = readonly (string | number | null | undefined)[];

const unlessSilent = (count: number, problem: Problem) => problem.status === 0 && count < 1;

interface Asking<T> {
  readonly enabled?: boolean;
  /** Milliseconds until it is asked again, by what is known; false = not by itself. */
  readonly every?: (known: T | undefined) => number | false;
}

/** What the hub knows now: asked again whenever a page is opened. */
export function useAsk<T>(
  key: Key,
  ask: () => Promise<T>,
  { enabled = true, every = () => false }: Asking<T> = {},
): UseQueryResult<T, Problem> {
  const asked = useQuery<T, Problem>({
    queryKey: key,
    queryFn: ask,
    staleTime: 0,
    enabled,
    refetchInterval: ({ state }) => (state.error ? false : every(state.data)),
    retry: unlessSilent,
  });
  useEnd(asked.error);
  return asked;
}

interface PageOf<Cursor> {
  readonly items: readonly unknown[];
  readonly next?: Cursor | null;
}

interface Paging<Row> {
  /** Milliseconds until what is read is asked for again, by its rows; false = not by itself. */
  readonly every?: (rows: readonly Row[]) => number | false;
}

/** A list that the hub tells in pages; `onEnd` asks for the next one, if there is any. */
export function usePages<Page extends PageOf<Cursor>, Cursor extends string | number = string>(
  key: Key,
  ask: (cursor: Cursor | null) => Promise<Page>,
  { every = () => false }: Paging<Page["items"][number]> = {},
) {
  const asked = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => ask(pageParam as Cursor | null),
    initialPageParam: null as Cursor | null,
    getNextPageParam: (last: Page) => last.next ?? null,
    staleTime: 0,
    refetchInterval: ({ state: { data, error } }) =>
      error ? false : every(data?.pages.flatMap(({ items }) => items) ?? []),
    retry: (count, problem) => unlessSilent(count, problem as Problem),
  });
  useEnd(asked.error as Problem | null);
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = asked;
  const rows = useMemo(
    () => (data?.pages.flatMap(({ items }) => items) ?? []) as Page["items"][number][],
    [data],
  );
  const onEnd = () => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  };
  return { ...asked, rows, first: data?.pages[0], onEnd };
}

interface Telling<Answer> {
  readonly changes?: readonly Key[];
  readonly onDone?: (answer: Answer) => void;
}

/** Tell the hub something; afterwards what stands under `changes` is asked for again. */
export function useTell<Said, Answer>(
  tell: (said: Said) => Promise<Answer>,
  { changes = [], onDone }: Telling<Answer> = {},
) {
  const queries = useQueryClient();
  const { confirm } = useDesk();
  const askAgain = () =>
    Promise.all(changes.map((queryKey) => queries.invalidateQueries({ queryKey })));
  const telling = useMutation<Answer, Problem, Said>({
    mutationFn: tell,
    onSuccess: async (answer) => {
      onDone?.(answer);
      await askAgain();
    },
  });
  useEnd(telling.error);
  const { error, variables, mutate, reset } = telling;
  const reload = () => void askAgain().then(reset);
  const again = useRef<() => void>(() => {});
  again.current = () => mutate(variables as Said);
  const unconfirmed = error?.type === CONFIRMATION_NEEDED;
  useEffect(() => {
    if (unconfirmed) confirm(() => again.current());
  }, [unconfirmed, confirm]);
  return { ...telling, error: unconfirmed ? null : error, reload };
}
