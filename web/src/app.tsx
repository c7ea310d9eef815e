// Which page: one before the sign-in by its link, the sign-in, the board, or the console.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactElement, Suspense, useCallback, useEffect, useState } from "react";
import { session as askSession, type Problem, signOut } from "./api/http";
import type { Session } from "./api/wire";
import { follow } from "./i18n";
import type { Note } from "./session/note";
import { isOpen, pageAt, startOf } from "./shell/pages";
import { go, usePath } from "./shell/place";
import { UpkeepBar } from "./shell/UpkeepBar";

const Board = lazy(() => import("./board/Board"));
const Calls = lazy(() => import("./incidents/Calls"));
const Incidents = lazy(() => import("./incidents/Room"));
const Console = lazy(() => import("./console/Console"));
const Forgotten = lazy(() => import("./session/Forgotten"));
const Reference = lazy(() => import("./reference/Reference"));
const NewPassword = lazy(() => import("./session/NewPassword"));
const SignIn = lazy(() => import("./session/SignIn"));
const Setup = lazy(() => import("./session/Setup"));
const Unreachable = lazy(() => import("./session/Unreachable"));

const SESSION = ["session"] as const;

export function App() {
  return (
    <>
      <UpkeepBar />
      <Suspense fallback={null}>
        <Site />
      </Suspense>
    </>
  );
}

function Site(): ReactElement {
  const path = usePath();
  const [note, setNote] = useState<Note | null>(null);
  const queries = useQueryClient();
  const token = new URLSearchParams(location.search).get("token") ?? "";
  const start = (session: Session | null, note: Note | null = null) => {
    if (session) queries.setQueryData(SESSION, session);
    setNote(note);
    go("/", { replace: true });
  };
  if (!isOpen(path)) return <Home path={path} note={note} onNote={setNote} />;
  switch (path) {
    case "/setup":
      return <Setup token={token} onDone={start} />;
    case "/reset":
    case "/invitation":
      return <NewPassword token={token} onDone={(ready) => start(null, ready)} />;
    case "/reference":
      return <Reference />;
    case "/forgotten":
      return <Forgotten onDone={(asked) => start(null, asked)} />;
  }
}

interface HomeProps {
  readonly path: string;
  readonly note: Note | null;
  readonly onNote: (note: Note | null) => void;
}

function Home({ path, note, onNote }: HomeProps) {
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
      if (!ended) go("/", { replace: true });
      queries.setQueryData(SESSION, null);
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
    },
    [queries, onNote],
  );
  const ended = useCallback(() => signedOut(true), [signedOut]);
  if (asked.isPending) return null;
  if (asked.isError) return <Unreachable onRetry={() => void asked.refetch()} />;
  if (!asked.data) return <SignIn note={note} onSignedIn={signedIn} />;
  if (path === "/" && pageAt(path, asked.data.member.role))
    return <Board session={asked.data} onSignedOut={signedOut} />;
  if (path === "/incidents" && pageAt(path, asked.data.member.role))
    return <Incidents session={asked.data} onSignedOut={signedOut} />;
  const leave = () => void signOut().finally(() => signedOut(false));
  const here = path === "/" ? startOf(asked.data.member.role) : path;
  return (
    <>
      {pageAt("/incidents", asked.data.member.role) && <Calls session={asked.data} />}
      <Console session={asked.data} path={here} onLeave={leave} onEnded={ended} />
    </>
  );
}
