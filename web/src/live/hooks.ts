// How components reach the page's live view, and who may be asked for one.

import { createContext, useContext, useSyncExternalStore } from "react";
import type { Session } from "../api/wire";
import type { LiveDesk } from "./desk";
import { NONE, type View } from "./view";

export interface Live {
  readonly desk: LiveDesk;
  /** Whether it is worth asking; the hub has the last word. */
  readonly may: (member: number) => boolean;
}

export const LiveContext = createContext<Live | null>(null);

export const useLive = (): Live | null => useContext(LiveContext);

const nothing = () => () => {};

export function useView(): View {
  const live = useLive();
  return useSyncExternalStore(live?.desk.subscribe ?? nothing, live?.desk.view ?? (() => NONE));
}

export function useStream(): MediaStream | null {
  const live = useLive();
  return useSyncExternalStore(live?.desk.subscribe ?? nothing, live?.desk.stream ?? (() => null));
}

/** Those who see others may ask; a board of oneself has nobody else on it. */
export function asksOthers({ member }: Session): (asked: number) => boolean {
  const roles: readonly string[] = ["administrator", "supervisor"];
  return (asked) => roles.includes(member.role) && asked !== member.id;
}
