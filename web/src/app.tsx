// Which page: set-up by its link, sign-in without a session, otherwise the board.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { session as askSession, type Problem } from "./api/http";
import type { Session } from "./api/wire";
import { follow } from "./i18n";

const Board = lazy(() => import("./board/Board"));
const SignIn = lazy(() => import("./session/SignIn"));
const Setup = lazy(() => import("./session/Setup"));
const Unreachable = lazy(() => import("./session/Unreachable"));

/** Why the sign-in page is here, when the person did not ask for it. */
type Note = "signIn.ended";

const SESSION = ["session"] as const;

export function App() {
  const [path, setPath] = useState(location.pathname);
  const [note, setNote] = useState<Note | null>(null);
  const setup = path === "/setup";
  const queries = useQueryClient();
  const done = (session: Session | null) => {
    history.replaceState(null, "", "/");
    setPath("/");
    if (session) queries.setQueryData(SESSION, session);
  };
  return (
    <Suspense fallback={null}>
      {setup ? (
        <Setup token={new URLSearchParams(location.search).get("token") ?? ""} onDone={done} />
      ) : (
        <Home note={note} onNote={setNote} />
      )}
    </Suspense>
  );
}

function Home({ note, onNote }: { note: Note | null; onNote: (note: Note | null) => void }) {
  const queries = useQueryClient();
  const asked = useQuery<Session | null, Problem>({ queryKey: SESSION, queryFn: askSession });
  const locale = asked.data?.member.locale;
  useEffect(() => follow(locale), [locale]);
  const signedIn = (session: Session) => {
    onNote(null);
    queries.setQueryData(SESSION, session);
  };
  const signedOut = useCallback(
    (ended: boolean) => {
      onNote(ended ? "signIn.ended" : null);
      queries.setQueryData(SESSION, null);
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
    },
    [queries, onNote],
  );
  if (asked.isPending) return null;
  if (asked.isError) return <Unreachable onRetry={() => void asked.refetch()} />;
  return asked.data ? (
    <Board session={asked.data} onSignedOut={signedOut} />
  ) : (
    <SignIn note={note} onSignedIn={signedIn} />
  );
}
