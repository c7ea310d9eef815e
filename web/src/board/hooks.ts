// How components read the board: each subscribes to exactly what it draws.

import { createContext, useCallback, useContext, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { MemberCard, SeatView } from "../api/wire";
import { ageText, agoText, timeText } from "./age";
import type { Arrangement } from "./arrange";
import { useMinutes } from "./clock";
import type { Feed } from "./feed";
import type { BoardStore, LinkState } from "./store";

export const StoreContext = createContext<BoardStore | null>(null);

export function useStore(): BoardStore {
  const store = useContext(StoreContext);
  if (!store) throw new Error("a board component needs a StoreContext above it");
  return store;
}

export function useArrangement(): Arrangement {
  const store = useStore();
  return useSyncExternalStore(store.onBoard, store.arrangement);
}

/** Name and groups; incidents may be on the page before the people are. */
export function useCard(member: number): MemberCard | undefined {
  const store = useStore();
  return useSyncExternalStore(store.onBoard, () => store.card(member));
}

export function useFeed(): Feed {
  const store = useStore();
  return useSyncExternalStore(store.onFeed, store.feed);
}

export function useLink(): LinkState {
  const store = useStore();
  return useSyncExternalStore(store.onLink, store.link);
}

export function useLost(): boolean {
  const store = useStore();
  return useSyncExternalStore(store.onLink, () => store.link().phase === "lost");
}

export function useSeat(member: number): SeatView {
  const store = useStore();
  const subscribe = useCallback(
    (listener: () => void) => store.onSeat(member, listener),
    [store, member],
  );
  return useSyncExternalStore(subscribe, () => store.seat(member));
}

/** How long ago as an age; in the past or once the line is lost, since when: an age would be a lie. */
export function useAge(since: number): string {
  const { t } = useTranslation();
  const { clock, past } = useStore();
  const lost = useLost();
  const minutes = useMinutes(clock, since);
  return lost || past ? t("age.from", { time: timeText(since, clock.now()) }) : ageText(minutes, t);
}

/** 3分前; a time once the line is lost. */
export function useAgo(at: number, tight = false): string {
  const { t } = useTranslation();
  const { clock, past } = useStore();
  const lost = useLost();
  const minutes = useMinutes(clock, at);
  return lost || past ? timeText(at, clock.now()) : agoText(minutes, t, tight);
}
