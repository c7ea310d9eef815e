// The presence board: header, counts, filter, people, incidents, detail; and the keys that drive it.

import { Button, Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
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
import { session as askSession, signOut } from "../api/http";
import { type Session, SUBPROTOCOL } from "../api/wire";
import { LiveDesk } from "../live/desk";
import { asksOthers, LiveContext, useView } from "../live/hooks";
import { browserPeer } from "../live/peer";
import { TopBar } from "../shell/TopBar";
import { Alarm } from "./Alarm";
import { forgetFilter, useFilter } from "./address";
import { type Action, actionOf, pressOf } from "./bindings";
import { Counts } from "./Counts";
import { HubClock } from "./clock";
import { Connection } from "./connection";
import { Alone, Empty } from "./Empty";
import { FilterBar } from "./FilterBar";
import { EVERYBODY } from "./filter";
import { Glyph } from "./Glyph";
import { moved, type Row } from "./grid";
import { StoreContext, useAgo, useArrangement, useLink, useStore } from "./hooks";
import { Incidents, useEntries } from "./Incidents";
import { LinkWord } from "./LinkWord";
import { LostBar } from "./LostBar";
import { INCIDENTS_QUERY, useRecord } from "./record";
import { BoardStore } from "./store";
import { Tiles } from "./Tiles";
import "../styles/board.css";

const Detail = lazy(() => import("./Detail"));
const Keys = lazy(() => import("./Keys"));
const LiveDialog = lazy(() => import("../live/LiveDialog"));

const PHONE = "(max-width: 640px)";
const AGE_MS = 60_000;

export interface BoardProps {
  readonly session: Session;
  /** `ended`: the hub ended the session; otherwise the person signed out. */
  readonly onSignedOut: (ended: boolean) => void;
}

export default function Board({ session, onSignedOut }: BoardProps) {
  const [store] = useState(() => new BoardStore(new HubClock()));
  const line = useConnection(store, onSignedOut);
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
    <StoreContext value={store}>
      <LiveContext value={live}>
        <Screen session={session} onLeave={leave} onRetry={line.retry} />
      </LiveContext>
    </StoreContext>
  );
}

interface Line {
  readonly desk: LiveDesk;
  readonly retry: () => void;
  readonly stop: () => void;
}

function useConnection(store: BoardStore, onSignedOut: (ended: boolean) => void): Line {
  const queries = useQueryClient();
  const connection = useRef<Connection | null>(null);
  const [desk] = useState(
    () => new LiveDesk((message) => connection.current?.say(message) ?? false, browserPeer),
  );
  useEffect(() => {
    const address = new URL("/ws/watch", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const line = {
      open: () => new WebSocket(address, SUBPROTOCOL),
      signedIn: () =>
        askSession().then(
          (found) => found !== null,
          () => true,
        ),
      random: Math.random,
    };
    const told = {
      signedOut: () => onSignedOut(true),
      renewed: () => void queries.invalidateQueries({ queryKey: INCIDENTS_QUERY }),
      view: desk.heard,
      cut: desk.cut,
    };
    const running = new Connection(store, store.clock, line, told);
    connection.current = running;
    running.start();
    const aging = setInterval(() => store.age(), AGE_MS);
    return () => {
      running.stop();
      clearInterval(aging);
    };
  }, [store, queries, onSignedOut, desk]);
  return {
    desk,
    retry: () => connection.current?.retryNow(),
    stop: () => connection.current?.stop(),
  };
}

interface ScreenProps {
  readonly session: Session;
  readonly onLeave: () => void;
  readonly onRetry: () => void;
}

function Screen({ session, onLeave, onRetry }: ScreenProps) {
  const { t } = useTranslation();
  const store = useStore();
  const phone = useMediaQuery(PHONE, undefined, { getInitialValueInEffect: false }) ?? false;
  const [filter, setFilter] = useFilter();
  const record = useRecord(store);
  const input = useRef<HTMLInputElement>(null);
  const rows = useRef<readonly Row[]>([]);
  const [cursor, setCursor] = useState<number | null>(null);
  const [summons, setSummons] = useState(0);
  const [open, setOpen] = useState<number | null>(null);
  const [help, setHelp] = useState(false);
  const [feed, setFeed] = useState(false);
  const watching = useView().stage !== "none";
  useEffect(() => store.setFilter(filter), [store, filter]);

  const close = useCallback(() => {
    setOpen(null);
    setSummons((count) => count + 1);
  }, []);
  const show = useCallback((member: number) => {
    setFeed(false);
    setCursor(member);
    setOpen(member);
  }, []);
  const act = (action: Action): boolean => {
    switch (action.do) {
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
    }
  };
  useKeys(act);

  return (
    <div className="page">
      <TopBar session={session} place="board" onKeys={() => setHelp(true)} onLeave={onLeave}>
        <LinkWord />
      </TopBar>
      <LostBar onRetry={onRetry} />
      <Alarm />
      <WindowState />
      <main>
        <h1 className="unseen">{t("board.title")}</h1>
        <Counts filter={filter} onFilter={setFilter} />
        <FilterBar filter={filter} onFilter={setFilter} input={input} />
        <div className="layout">
          <People
            role={session.member.role}
            onClear={() => setFilter(EVERYBODY)}
            tiles={
              <Tiles
                phone={phone}
                cursor={cursor}
                summons={summons}
                onEnter={setCursor}
                onOpen={show}
                onRows={useCallback((next: readonly Row[]) => {
                  rows.current = next;
                }, [])}
              />
            }
          />
          {!phone && (
            <aside className="rail" aria-label={t("incidents.title")}>
              <Incidents record={record} onOpen={show} />
            </aside>
          )}
        </div>
        {phone && <Dock onShow={() => setFeed(true)} />}
      </main>
      {phone && (
        <Drawer
          opened={feed}
          onClose={() => setFeed(false)}
          position="bottom"
          size="80%"
          withCloseButton={false}
          overlayProps={{ backgroundOpacity: 0.3 }}
          className="feed-drawer"
        >
          <Incidents record={record} onOpen={show} />
        </Drawer>
      )}
      <Suspense fallback={null}>
        <Detail member={open} phone={phone} onClose={close} />
        {help && <Keys opened onClose={() => setHelp(false)} />}
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

/** What the page as a whole says: whether it shows the present, and the title of its window. */
function WindowState() {
  const { t } = useTranslation();
  const { counts, total } = useArrangement();
  const { phase } = useLink();
  const which = phase === "lost" ? "lost" : total === 0 ? "plain" : counts.todo ? "todo" : "live";
  const title = t(`title.${which}`, { todo: counts.todo, present: counts.present });
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    document.documentElement.dataset.link = phase;
    return () => {
      delete document.documentElement.dataset.link;
    };
  }, [phase]);
  return null;
}

function useKeys(act: (action: Action) => boolean): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const action = actionOf(pressOf(event));
      if (action && latest.current(action)) event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}
