// The keyboard of the board: one listener, and the second key of a pair within a moment.

import { useEffect, useRef } from "react";
import { type Action, actionOf, pressOf } from "./bindings";

const SECOND_WITHIN_MS = 1_500;

/** `act` says whether it did something with the key. */
export function useKeys(act: (action: Action) => boolean): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    let first = Number.NEGATIVE_INFINITY;
    const pressed = (event: KeyboardEvent) => {
      // What lies above the page has its keys for itself.
      if (event.target instanceof Element && event.target.closest("[data-own-keys]")) return;
      const press = pressOf(event);
      const second = event.timeStamp - first < SECOND_WITHIN_MS;
      first = Number.NEGATIVE_INFINITY;
      const action = (second && actionOf(press, true)) || actionOf(press);
      if (action?.do === "chord") first = event.timeStamp;
      else if (action && latest.current(action)) event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}
