// Where the reader is: the path and the query of the address, and going elsewhere without reloading.

import { useCallback, useSyncExternalStore } from "react";

const MOVED = "zaiseki:moved";

/** Whenever the address has changed by way of this app, or back and forward. */
export function onMoved(listener: () => void): () => void {
  addEventListener("popstate", listener);
  addEventListener(MOVED, listener);
  return () => {
    removeEventListener("popstate", listener);
    removeEventListener(MOVED, listener);
  };
}

/** Go to a path of this app; `replace` leaves no way back to where one was. */
export function go(to: string, { replace = false } = {}): void {
  history[replace ? "replaceState" : "pushState"](null, "", to);
  dispatchEvent(new Event(MOVED));
  if (!replace) scrollTo(0, 0);
}

export const usePath = (): string => useSyncExternalStore(onMoved, () => location.pathname);

const readQuery = () => location.search;

/** One value of the query; setting it replaces the address, an empty one is left out. */
export function useParameter(name: string): readonly [string, (value: string) => void] {
  const value = new URLSearchParams(useSyncExternalStore(onMoved, readQuery)).get(name) ?? "";
  const set = useCallback(
    (next: string) => {
      const query = new URLSearchParams(location.search);
      if (next === "") query.delete(name);
      else query.set(name, next);
      const asked = query.size > 0 ? `?${query}` : "";
      go(location.pathname + asked, { replace: true });
    },
    [name],
  );
  return [value, set];
}
