// The presence board: header, counts, filter, people, incidents, detail; and the keys that drive it.

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
import { asksOthers, LiveContext, useView } from "../live/hooks";
import { PAST_SHOWN } from "../past/keys";
import { loadBar, type Past, usePast, usePastDays } from "../past/use";
import { pageAt } from "../shell/pages";
import { go } from "../shell/place";
import { TopBar } from "../shell/TopBar";
import { forgetFilter, useAddress } from "./address";
import { Beside } from "./Beside";
import { type Action, SHOWN } from "./bindings";
import { Counts } from "./Counts";
import { HubClock } from "./clock";
import { DaysContext } from "./DayStrip";
import { Days } from "./days";
import { Alone, Empty } from "./Empty";
import { FilterBar } from "./FilterBar";
import { Floor } from "./Floor";
import { Foot } from "./Foot";
import { EVERYBODY, sortOf } from "./filter";
import { moved, type Row } from "./grid";
import { StoreContext, useArrangement, useLink, useStore } from "./hooks";
import { useKeys } from "./keys";
import { LinkWord } from "./LinkWord";
import { LostBar } from "./LostBar";
import { useLine } from "./line";
import { Moves } from "./moves";
import { useRecord } from "./record";
import { SeePast } from "./SeePast";
import { BoardStore } from "./store";
import { Wall } from "./Wall";
import { useWindow } from "./window";
import "../styles/board.css";

const Detail = lazy(() => import("./Detail"));
const KeyList = lazy(() => import("../shell/KeyList"));
const LiveDialog = lazy(() => import("../live/LiveDialog"));
const PastBar = lazy(loadBar);

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
          past={mayLookBack && <SeePast narrow={narrow} onOpen={past.open} />}
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
            <Beside
              density={density}
              player={player}
              record={record}
              moves={moves}
              review={review}
              onGo={visit}
              onOpen={show}
            />
          )}
          {!narrow && (
            <div className="in-rail">
              <Suspense fallback={null}>{detail}</Suspense>
            </div>
          )}
        </div>
        {narrow && (
          <Foot
            player={player}
            record={record}
            review={review}
            opened={feed}
            onOpened={setFeed}
            onOpen={show}
          />
        )}
      </main>
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
