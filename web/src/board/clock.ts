// The hub's clock in the browser: one offset, one shared timer; ages tick in whole minutes.

import { useSyncExternalStore } from "react";

const TICK_MS = 5_000; // an age is at most this late in turning; nothing on screen shows seconds

export class HubClock {
  #aheadS = 0;
  #now: number;
  #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly localMs: () => number = Date.now) {
    this.#now = this.live();
  }

  /** Seconds since 1970 by the hub's clock, right now. */
  live(): number {
    return this.localMs() / 1000 + this.#aheadS;
  }

  /** The hub said what time it is. */
  told(now: number): void {
    this.#aheadS = now - this.localMs() / 1000;
    this.tick();
  }

  /** The time of the last tick: the same for everything drawn together. */
  now = (): number => this.#now;

  tick = (): void => {
    this.#now = this.live();
    for (const listener of this.#listeners) listener();
  };

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(this.tick, TICK_MS);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  };
}

/** Whole minutes since `since`; the caller draws again only when the number turns. */
export function useMinutes(clock: HubClock, since: number): number {
  return useSyncExternalStore(clock.subscribe, () => wholeMinutes(since, clock.now()));
}

export function wholeMinutes(since: number, now: number): number {
  return Math.max(0, Math.floor((now - since) / 60));
}
