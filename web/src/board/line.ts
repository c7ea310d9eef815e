// The line to the hub while a live page is open: it feeds the store and is cut when the page goes.

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { session as askSession, CLOSED } from "../api/http";
import { SUBPROTOCOL } from "../api/wire";
import { LiveDesk } from "../live/desk";
import { browserPeer } from "../live/peer";
import { Connection } from "./connection";
import { INCIDENTS_QUERY } from "./record";
import type { BoardStore } from "./store";

const AGE_MS = 60_000;

export interface Line {
  readonly desk: LiveDesk;
  readonly retry: () => void;
  readonly stop: () => void;
}

export function useLine(store: BoardStore, onSignedOut: (ended: boolean) => void): Line {
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
      cut: () => {
        desk.cut();
        dispatchEvent(new Event(CLOSED));
      },
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
