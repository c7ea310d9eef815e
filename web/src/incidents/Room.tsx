// The incidents' page: the queue, one under review, and what is said of it; live and by keys.

import { useMediaQuery } from "@mantine/hooks";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { signOut } from "../api/http";
import type { IncidentItem, Session } from "../api/wire";
import { HubClock } from "../board/clock";
import { StoreContext } from "../board/hooks";
import { LinkWord } from "../board/LinkWord";
import { LostBar } from "../board/LostBar";
import { useLine } from "../board/line";
import { BoardStore } from "../board/store";
import { useWindow } from "../board/window";
import { DeskContext } from "../console/kit/ask";
import KeyList from "../shell/KeyList";
import { go, useParameter } from "../shell/place";
import { TopBar } from "../shell/TopBar";
import { Alarm } from "./Alarm";
import { type Act, SHOWN } from "./keys";
import { Queue } from "./Queue";
import { Review, type ReviewHandle } from "./Review";
import { Toast } from "./Toast";
import { useKeys } from "./useKeys";
import { inOrder, useCounts, useFresh, useListState, useQueue } from "./useQueue";
import { useStep } from "./useStep";
import { useVerdicts } from "./useVerdicts";
import "../i18n/console";
import "../i18n/incidents";
import "../styles/board.css";
import "../styles/incidents.css";

const PHONE = "(max-width: 640px)";

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

function Screen(props: { session: Session; onLeave: () => void; onRetry: () => void }) {
  const { session, onLeave, onRetry } = props;
  const { t } = useTranslation();
  const me = session.member.id;
  const phone = useMediaQuery(PHONE, undefined, { getInitialValueInEffect: false }) ?? false;
  const list = useListState();
  const asked = useQueue(list);
  const counts = useCounts(list.kind);
  const { rows } = asked;
  const [id, setId] = useParameter("incident");
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [help, setHelp] = useState(false);
  const [drafts] = useState(() => new Map<string, string>()); // notes that were begun, by incident
  const review = useRef<ReviewHandle>(null);
  const filter = useRef<HTMLSelectElement>(null);
  const bulk = useRef<HTMLInputElement>(null);
  useFresh();
  useFirst(rows, id, setId, phone);
  const ordered = useMemo(() => inOrder(rows, me, list.show), [rows, me, list.show]);
  const step = useStep(ordered, id, setId, asked);
  const onward = (gone: readonly string[]) => {
    for (const one of gone) drafts.delete(one);
    setMarked((old) => new Set([...old].filter((one) => !gone.includes(one))));
    if (list.show === "judged" || !gone.includes(id)) return;
    const at = ordered.findIndex((row) => row.id === id);
    const left = [...ordered.slice(at + 1), ...ordered.slice(0, Math.max(0, at)).reverse()];
    const next = left.find((row) => !gone.includes(row.id));
    setId(phone ? "" : (next?.id ?? id));
  };
  const verdicts = useVerdicts({
    onGiven: onward,
    onUndone: ({ items, note }) => {
      const [only, second] = items;
      if (!only || second) return;
      if (note) drafts.set(only.id, note);
      setId(only.id);
    },
  });
  const toggle = useCallback(
    (of: string) => setMarked((old) => (old.has(of) ? without(old, of) : new Set([...old, of]))),
    [],
  );
  const act = (act: Act): boolean => {
    if (act.do === "next") step(1);
    else if (act.do === "previous") step(-1);
    else if (act.do === "undo") verdicts.undo();
    else if (act.do === "help") setHelp(true);
    else if (act.do === "board") go("/");
    else if (act.do === "filter") filter.current?.focus();
    else if (act.do === "bulk") bulk.current?.focus();
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
      <WindowState open={counts.open ?? 0} />
      <main className="review" data-one={(phone && id !== "") || undefined}>
        <h1 className="unseen">{t("review.title")}</h1>
        {(!phone || id === "") && (
          <Queue
            list={list}
            asked={asked}
            counts={counts}
            me={me}
            current={id}
            marked={chosen}
            filter={filter}
            bulk={bulk}
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
            empty={rows.length === 0}
            me={me}
            drafts={drafts}
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
