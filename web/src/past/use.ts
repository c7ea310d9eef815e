// The board's time machine as React has it: open while the address names a moment.

import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { boardAt, boardChanges } from "../api/record";
import { Days } from "../board/days";
import type { BoardStore } from "../board/store";
import { useParameter } from "../shell/place";
import { momentName, momentOf } from "./moment";
import { Player } from "./player";

const FRAME_MS = 100;
const ASK = { at: boardAt, changes: boardChanges };

export const loadBar = () => import("./PastBar");

export interface Past {
  readonly player: Player | null;
  /** A minute ago, or where the address says. */
  readonly open: () => void;
  readonly close: () => void;
}

export function usePast(live: BoardStore): Past {
  const [at, setAt] = useParameter("at");
  const known = useSyncExternalStore(live.onBoard, live.known);
  const open = momentOf(at) !== null && known;
  const begin = useRef(0);
  begin.current = momentOf(at) ?? 0;
  const [player, setPlayer] = useState<Player | null>(null);
  useEffect(() => {
    if (!open) return setPlayer(null);
    let wanted = true;
    const now = () => live.clock.live();
    const begun = () => wanted && setPlayer(new Player(live, ASK, now, begin.current));
    loadBar().then(begun, () => setAt("")); // no board of then without the bar that says so
    return () => {
      wanted = false;
    };
  }, [open, live, setAt]);
  useEffect(() => {
    if (!player) return;
    let before = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      player.step(now - before);
      before = now;
      if (player.state().over) setAt(""); // what comes after the past is now
    }, FRAME_MS);
    return () => clearInterval(timer);
  }, [player, setAt]);
  return {
    player,
    open: () => setAt(momentName(live.clock.live() - 60)),
    close: () => setAt(""),
  };
}

const deaf = () => () => {};

/** The strips of the day that is shown: as it is known now, so not while it is shown as seen. */
export function usePastDays(player: Player | null): Days | null {
  const days = useMemo(() => player && new Days(player.store), [player]);
  useEffect(() => days?.start(), [days]);
  const as = useSyncExternalStore(player?.subscribe ?? deaf, () => player?.state().as ?? null);
  return as === "known" ? days : null;
}
