// The incidents' page: the queue, one under review, and what is said of it; live and by keys.

import { useMediaQuery } from "@mantine/hooks";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Problem, signOut } from "../api/http";
import { type IncidentItem, KINDS, type Kind, type Session } from "../api/wire";
import { HubClock } from "../board/clock";
import { StoreContext, useStore } from "../board/hooks";
import { LinkWord } from "../board/LinkWord";
import { LostBar } from "../board/LostBar";
import { useLine } from "../board/line";
import { INCIDENTS_QUERY } from "../board/record";
import { BoardStore } from "../board/store";
import { useWindow } from "../board/window";
import { DeskContext } from "../console/kit/ask";
import KeyList from "../shell/KeyList";
import { go, useParameter } from "../shell/place";
import { TopBar } from "../shell/TopBar";
import { Alarm } from "./Alarm";
import { queue, type Show } from "./api";
import { type Act, SHOWN } from "./keys";
import { Queue } from "./Queue";
import { Review, type ReviewHandle } from "./Review";
import { Toast } from "./Toast";
import { useKeys } from "./useKeys";
import { useVerdicts } from "./useVerdicts";
import "../i18n/console";
import "../i18n/incidents";
import "../styles/board.css";
import "../styles/incidents.css";

const PHONE = "(max-width: 640px)";
const TELL_AFTER_MS = 300; // several steps of one incident come together

export interface RoomProps {
  readonly session: Session;
  /** `ended`: the hub ended the session; otherwise the person signed out. */
  readonly onSignedOut: (ended: boolean) => void;
}

export default function Room({ session, onSignedOut }: RoomProps) {
  const [store] = useState(() => new BoardStore(new HubClock()));
  const line = useLine(store, onSignedOut);
  const desk = useMemo(
    () => ({ session, onEnded: () => onSignedOut(true), confirm: () => {} }),
    [session, onSignedOut],
  );
  const leave = () => {
    line.stop();
    void signOut().finally(() => onSignedOut(false));
  };
  return (
    <StoreContext value={store}>
      <DeskContext value={desk}>
        <Screen session={session} onLeave={leave} onRetry={line.retry} />
      </DeskContext>
    </StoreContext>
  );
}

const isShow = (said: string): said is Show => ["open", "mine", "judged"].includes(said);
const isKind = (said: string): said is Kind => KINDS.some((kind) => kind === said);

export interface ListState {
  readonly show: Show;
  readonly kind: Kind | "";
  readonly setShow: (show: Show) => void;
  readonly setKind: (kind: Kind | "") => void;
}

function useList(): ListState {
  const [show, setShow] = useParameter("show");
  const [kind, setKind] = useParameter("kind");
  return {
    show: isShow(show) ? show : "open",
    kind: isKind(kind) ? kind : "",
    setShow: (next) => setShow(next === "open" ? "" : next),
    setKind,
  };
}

function useQueue({ show, kind }: ListState) {
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

/** Whatever is told of an incident, the queue and the one on show are asked for again. */
function useFresh(): void {
  const store = useStore();
  const queries = useQueryClient();
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const stop = store.onNews(() => {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        void queries.invalidateQueries({ queryKey: INCIDENTS_QUERY });
      }, TELL_AFTER_MS);
    });
    return () => {
      stop();
      clearTimeout(waiting);
    };
  }, [store, queries]);
}

function Screen(props: { session: Session; onLeave: () => void; onRetry: () => void }) {
  const { session, onLeave, onRetry } = props;
  const { t } = useTranslation();
  const me = session.member.id;
  const phone = useMediaQuery(PHONE, undefined, { getInitialValueInEffect: false }) ?? false;
  const list = useList();
  const asked = useQueue(list);
  const { rows } = asked;
  const [id, setId] = useParameter("incident");
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [help, setHelp] = useState(false);
  const review = useRef<ReviewHandle>(null);
  const filter = useRef<HTMLSelectElement>(null);
  useFresh();
  useFirst(rows, id, setId, phone);
  const ordered = useMemo(() => inOrder(rows, me, list.show), [rows, me, list.show]);
  const step = (by: number) => {
    const at = ordered.findIndex((row) => row.id === id);
    const to = ordered[at < 0 ? 0 : Math.min(ordered.length - 1, Math.max(0, at + by))];
    if (to) setId(to.id);
  };
  const onward = (gone: readonly string[]) => {
    const at = ordered.findIndex((row) => row.id === id);
    const left = [...ordered.slice(at + 1), ...ordered.slice(0, Math.max(0, at)).reverse()];
    const next = left.find((row) => !gone.includes(row.id));
    if (list.show !== "judged" && gone.includes(id)) setId(phone ? "" : (next?.id ?? id));
    setMarked(new Set());
  };
  const verdicts = useVerdicts(onward);
  const toggle = (of: string) =>
    setMarked((old) => (old.has(of) ? without(old, of) : new Set([...old, of])));
  const act = (act: Act): boolean => {
    if (act.do === "next") step(1);
    else if (act.do === "previous") step(-1);
    else if (act.do === "undo") verdicts.undo();
    else if (act.do === "help") setHelp(true);
    else if (act.do === "board") go("/");
    else if (act.do === "filter") filter.current?.focus();
    else if (act.do === "mark") {
      if (rows.find((row) => row.id === id)?.viewed) toggle(id);
    } else if (act.do === "leave") (document.activeElement as HTMLElement | null)?.blur();
    else return review.current?.act(act) ?? false;
    return true;
  };
  useKeys(act, help);
  const chosen = rows.filter((row) => marked.has(row.id) && row.viewed);
  return (
    <div className="page">
      <TopBar session={session} place="incidents" onKeys={() => setHelp(true)} onLeave={onLeave}>
        <LinkWord />
      </TopBar>
      <LostBar onRetry={onRetry} />
      <Alarm me={me} />
      <WindowState open={list.show === "open" ? rows.length : 0} />
      <main className="review" data-one={(phone && id !== "") || undefined}>
        <h1 className="unseen">{t("review.title")}</h1>
        {(!phone || id === "") && (
          <Queue
            list={list}
            asked={asked}
            me={me}
            current={id}
            marked={chosen}
            filter={filter}
            verdicts={verdicts}
            onOpen={setId}
            onMark={toggle}
            onUnmark={() => setMarked(new Set())}
          />
        )}
        {(!phone || id !== "") && (
          <Review
            key={id}
            ref={review}
            id={id}
            me={me}
            verdicts={verdicts}
            onStep={step}
            onBack={phone ? () => setId("") : null}
          />
        )}
      </main>
      <Toast verdicts={verdicts} />
      {help && (
        <KeyList title={t("review.keys.title")} keys={SHOWN} onClose={() => setHelp(false)} />
      )}
    </div>
  );
}

const without = (all: ReadonlySet<string>, one: string) =>
  new Set([...all].filter((each) => each !== one));

/** What others have taken stands after what waits. */
export function inOrder(rows: readonly IncidentItem[], me: number, show: Show): IncidentItem[] {
  if (show !== "open") return [...rows];
  const taken = (row: IncidentItem) => row.assignee != null && row.assignee !== me;
  return [...rows.filter((row) => !taken(row)), ...rows.filter(taken)];
}

/** Something is on show from the start, and stays there whatever enters above it. */
function useFirst(
  rows: readonly IncidentItem[],
  id: string,
  setId: (id: string) => void,
  phone: boolean,
): void {
  const first = rows[0]?.id;
  useEffect(() => {
    if (id === "" && first && !phone) setId(first);
  }, [id, first, phone, setId]);
}

function WindowState({ open }: { open: number }) {
  const { t } = useTranslation();
  const title = open > 0 ? t("review.windowTitleOpen", { n: open }) : t("review.windowTitle");
  useWindow(title);
  return null;
}
