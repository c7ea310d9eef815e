// The page listens to the keys; while a dialog is open, they are the dialog's.

import { useEffect, useRef } from "react";
import { pressOf } from "../board/bindings";
import { type Act, actOf } from "./keys";

const CHOICES = "[type=checkbox], [type=radio]"; // inputs in which nobody types
const CONTROLS = `button:not([aria-current]), a[href], summary, ${CHOICES}`;
const SECOND_WITHIN_MS = 1_500; // of two keys that belong together

export function useKeys(act: (act: Act) => boolean, off: boolean): void {
  const latest = useRef(act);
  const before = useRef<{ key: string; at: number } | null>(null);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    if (off) return;
    const pressed = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (target?.closest("[role=dialog], [role=menu]")) return;
      const press = {
        ...pressOf(event),
        ...(target?.matches(CHOICES) && { typing: false }),
        onControl: target?.closest(CONTROLS) != null,
      };
      const first = before.current;
      const recent = first && event.timeStamp - first.at < SECOND_WITHIN_MS ? first.key : null;
      before.current = press.typing ? null : { key: event.key, at: event.timeStamp };
      const asked = actOf(press, recent);
      if (asked && latest.current(asked)) event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [off]);
}
