// The presence board: header, counts, filter, people, incidents, detail; and the keys that drive it.

import { Button, CloseButton, Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { useTranslation } from "react-i18next";
import { signOut } from "../api/http";
import type { Session } from "../api/wire";
import { Alarm } from "../incidents/Alarm";
import { Incidents, useEntries } from "../incidents/Rail";
import { asksOthers, LiveContext, useView } from "../live/hooks";
import { PAST_SHOWN } from "../past/keys";
import { loadBar, type Past, usePast, usePastDays } from "../past/use";
import { pageAt } from "../shell/pages";
import { go } from "../shell/place";
import { TopBar } from "../shell/TopBar";
import { forgetFilter, useAddress } from "./address";
import { type Action, SHOWN } from "./bindings";
import { Counts } from "./Counts";
import { HubClock } from "./clock";
import { DaysContext } from "./DayStrip";
import { Days } from "./days";
import { Alone, Empty } from "./Empty";
import { Feed } from "./Feed";
import { FilterBar } from "./FilterBar";
import { Floor } from "./Floor";
import { EVERYBODY, sortOf } from "./filter";
import { Glyph } from "./Glyph";
import { moved, type Row } from "./grid";
import { StoreContext, useAgo, useArrangement, useLink, useStore } from "./hooks";
import { useKeys } from "./keys";
import { LinkWord } from "./LinkWord";
import { LostBar } from "./LostBar";
import { useLine } from "./line";
import { Moves } from "./moves";
import { Overview } from "./Overview";
import { useRecord } from "./record";
import { BoardStore } from "./store";
import { Wall } from "./Wall";
import { Worth } from "./Worth";
import { useWindow } from "./window";
import "../styles/board.css";

const Detail = lazy(() => import("./Detail"));
const KeyList = lazy(() => import("../shell/KeyList"));
const LiveDialog = lazy(() => import("../live/LiveDialog"));
const PastBar = lazy(loadBar);
const PastRail = lazy(() => import("../past/PastRail"));

const PHONE = "(max-width: 640px)";
/** Too narrow for anything beside the people: incidents wait at the foot. */
const NARROW = "(max-width: 900px)";
const NOW = { getInitialValueInEffect: false };

export interface BoardProps {
  readonly session: Session;
  /** `ended`: the hub ended the session; otherwise the person signed out. */
  readonly onSignedOut: (ended: boolean) => void;
}

export default function Board({ session, onSignedOut }: BoardProps) {
  const [store] = useState(() => new BoardStore(new HubClock()));
  const [days] = useState(() => new Days(store));
  useEffect(() => days.start(), [days]);
  const [moves] = useState(() => new Moves(store));
  useEffect(() => moves.start(), [moves]);
  const line = useLine(store, onSignedOut);
  const past = usePast(store);
  const pastDays = usePastDays(past.player);
  const { desk } = line;
  const live = useMemo(() => ({ desk, may: asksOthers(session) }), [desk, session]);
  const leave = () => {
    line.stop();
    void signOut().finally(() => {
      forgetFilter();
      onSignedOut(false);
    });
  };
  return (
    <StoreContext value={past.player?.store ?? store}>
      <DaysContext value={past.player ? pastDays : days}>
        <LiveContext value={past.player ? null : live}>
          <Screen
            session={session}
            past={past}
            moves={moves}
            onLeave={leave}
            onRetry={line.retry}
          />
        </LiveContext>
      </DaysContext>
    </StoreContext>
  );
}

interface ScreenProps {
  readonly session: Session;
  readonly past: Past;
  readonly moves: Moves;
  readonly onLeave: () => void;
  readonly onRetry: () => void;
}

function Screen({ session, past, moves, onLeave, onRetry }: ScreenProps) {
  const { t } = useTranslation();
  const store = useStore();
  const phone = useMediaQuery(PHONE, undefined, NOW) ?? false;
  const narrow = useMediaQuery(NARROW, undefined, NOW) ?? false;
  const { filter, look, setFilter, setLook } = useAddress();
  const density = phone && look.density === "row" ? "tile" : look.density;
  const sort = sortOf({ ...look, density });
  const record = useRecord(store);
  const review = pageAt("/incidents", session.member.role) !== undefined;
  const { player } = past;
  const mayLookBack = player === null && pageAt("/analysis", session.member.role) !== undefined;
  const input = useRef<HTMLInputElement>(null);
  const rows = useRef<readonly Row[]>([]);
  const [cursor, setCursor] = useState<number | null>(null);
  const [summons, setSummons] = useState(0);
  const [open, setOpen] = useState<number | null>(null);
  const [help, setHelp] = useState(false);
  const [feed, setFeed] = useState(false);
  const watching = useView().stage !== "none";
  useEffect(() => store.setFilter(filter, sort), [store, filter, sort]);

  const close = useCallback(() => {
    setOpen(null);
    setSummons((count) => count + 1);
  }, []);
  const show = useCallback((member: number) => {
    setFeed(false);
    setCursor(member);
    setOpen(member);
  }, []);
  const visit = useCallback((member: number) => {
    setCursor(member);
    setSummons((count) => count + 1);
  }, []);
  const act = (action: Action): boolean => {
    switch (action.do) {
      case "go":
        go(action.to);
        return true;
      case "filter":
        input.current?.focus();
        input.current?.select();
        return true;
      case "help":
        setHelp(true);
        return true;
      case "move": {
        const to = moved(rows.current, cursor, action.move);
        setCursor(to);
        setSummons((count) => count + 1);
        if (open !== null) setOpen(to);
        return true;
      }
      case "escape":
        if (open !== null || help || feed || watching) return false; // the dialogs close themselves
        setFilter(EVERYBODY);
        input.current?.blur();
        return true;
      case "past":
        if (!mayLookBack) return false;
        past.open();
        return true;
      case "hold":
        if (player) return false;
        moves.hold(!moves.held());
        return true;
      case "chord":
        return false;
    }
  };
  useKeys(act);
  const floor = {
    grouped: sort === "group",
    cursor,
    summons,
    onEnter: setCursor,
    onOpen: show,
    onRows: useCallback((next: readonly Row[]) => {
      rows.current = next;
    }, []),
  };

  const at = phone ? "foot" : narrow ? "side" : "rail";
  const detail = <Detail member={open} at={at} review={review} onClose={close} />;

  return (
    <div className="page" data-density={density}>
      <TopBar
        session={session}
        place="board"
        past={player !== null}
        onKeys={() => setHelp(true)}
        onLeave={onLeave}
      >
        {!player && <LinkWord />}
      </TopBar>
      {player ? (
        <Suspense fallback={null}>
          <PastBar player={player} onClose={past.close} />
        </Suspense>
      ) : (
        <>
          <LostBar onRetry={onRetry} />
          <Alarm me={session.member.id} />
          <WindowState />
        </>
      )}
      <main>
        <h1 className="unseen">{t("board.title")}</h1>
        <Counts filter={filter} onFilter={setFilter} />
        <FilterBar
          filter={filter}
          onFilter={setFilter}
          look={{ ...look, density }}
          onLook={setLook}
          input={input}
          past={
            mayLookBack && (
              <Button
                variant="default"
                className="see-past"
                aria-label={narrow ? t("board.seePast") : undefined}
                aria-keyshortcuts="t"
                rightSection={!narrow && <kbd>t</kbd>}
                onClick={past.open}
              >
                {narrow ? <Back /> : t("board.seePast")}
              </Button>
            )
          }
        />
        <div className="layout">
          <People
            role={session.member.role}
            onClear={() => setFilter(EVERYBODY)}
            tiles={
              density === "wall" ? (
                <Wall key={sort} {...floor} />
              ) : (
                <Floor key={`${density} ${sort}`} {...floor} phone={phone} as={density} />
              )
            }
          />
          {!narrow && (
            <aside className="rail" aria-label={t("board.beside")}>
              <Overview onGo={visit} />
              {player ? (
                <Suspense fallback={null}>
                  <PastRail player={player} onOpen={show} review={review} />
                </Suspense>
              ) : density === "wall" ? (
                <Worth onOpen={show} />
              ) : (
                <>
                  <Incidents record={record} onOpen={show} review={review} />
                  <Feed moves={moves} onOpen={show} />
                </>
              )}
            </aside>
          )}
          {!narrow && (
            <div className="in-rail">
              <Suspense fallback={null}>{detail}</Suspense>
            </div>
          )}
        </div>
        {narrow && !player && <Dock onShow={() => setFeed(true)} />}
        {narrow && player && <PastDock onShow={() => setFeed(true)} />}
      </main>
      {narrow && (
        <Drawer
          opened={feed}
          onClose={() => setFeed(false)}
          position="bottom"
          size="80%"
          withCloseButton={false}
          overlayProps={{ backgroundOpacity: 0.3 }}
          className="feed-drawer"
        >
          <CloseButton
            className="feed-close"
            aria-label={t("detail.close")}
            onClick={() => setFeed(false)}
          />
          {player ? (
            <Suspense fallback={null}>
              <PastRail player={player} onOpen={show} review={review} />
            </Suspense>
          ) : (
            <Incidents record={record} onOpen={show} review={review} />
          )}
        </Drawer>
      )}
      <Suspense fallback={null}>
        {narrow && detail}
        {help && (
          <KeyList
            title={t("keys.title")}
            keys={player ? PAST_SHOWN : SHOWN}
            onClose={() => setHelp(false)}
          />
        )}
        {watching && <LiveDialog />}
      </Suspense>
    </div>
  );
}

/** A clock that goes back. */
function Back() {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path
        d="M2.6 5.2A6 6 0 1 1 2 8M2.2 2v3.4h3.4M8 4.6V8l2.4 1.6"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
      />
    </svg>
  );
}

function People(props: {
  role: Session["member"]["role"];
  onClear: () => void;
  tiles: React.ReactNode;
}) {
  const { t } = useTranslation();
  const store = useStore();
  const known = useSyncExternalStore(store.onBoard, store.known);
  const { shown } = useArrangement();
  if (!known)
    return (
      <p className="loading sub" role="status">
        {t("board.loading")}
      </p>
    );
  if (shown === 0) return <Empty role={props.role} onClear={props.onClear} />;
  return (
    <div>
      {props.tiles}
      <Alone role={props.role} />
    </div>
  );
}

/** On a phone the newest incident waits at the foot of the screen. */
function Dock({ onShow }: { onShow: () => void }) {
  const { t } = useTranslation();
  const store = useStore();
  const { counts } = useArrangement();
  const newest = useEntries()[0];
  const ago = useAgo(newest?.openedAt ?? 0);
  if (!newest || counts.todo === 0) return null;
  return (
    <div className="dock">
      <span className="tag now" data-s="incident">
        <Glyph tone="incident" size={10} />
        {t("label.todo")} {counts.todo}
      </span>
      <span className="cut t1 grow">
        {t(`kind.${newest.kind}`)} {store.card(newest.member)?.name} · {ago}
      </span>
      <Button onClick={onShow}>{t("incidents.show")}</Button>
    </div>
  );
}

/** On a phone what happened around a moment that has gone waits there. */
function PastDock({ onShow }: { onShow: () => void }) {
  const { t } = useTranslation();
  const { counts } = useArrangement();
  return (
    <div className="dock past-dock">
      {counts.todo > 0 && (
        <span className="tag" data-s="incident">
          <Glyph tone="incident" size={10} />
          {t("label.todo")} {counts.todo}
        </span>
      )}
      <span className="grow" />
      <Button variant="default" onClick={onShow}>
        {t("board.around")}
      </Button>
    </div>
  );
}

/** What the page as a whole says: whether it shows the present, and the title of its window. */
function WindowState() {
  const { t } = useTranslation();
  const { counts, total } = useArrangement();
  const { phase } = useLink();
  const which = phase === "lost" ? "lost" : total === 0 ? "plain" : counts.todo ? "todo" : "live";
  const title = t(`title.${which}`, { todo: counts.todo, present: counts.present });
  useWindow(title);
  return null;
}
