// What is being read in a list stays where it is, whatever enters or goes above it.

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef } from "react";

interface Anchor {
  readonly id: string;
  readonly top: number;
}

/** `below`: how much of the box's top is covered. The list's rows bear `data-incident`. */
export function useSteady(box: RefObject<HTMLElement | null>, below: number): void {
  const anchor = useRef<Anchor | null>(null);
  const note = useCallback(() => {
    const list = box.current;
    if (!list) return;
    const edge = list.getBoundingClientRect().top + below;
    const rows = [...list.querySelectorAll<HTMLElement>("[data-incident]")];
    const first = rows.find((row) => row.getBoundingClientRect().bottom > edge);
    anchor.current = first ? { id: first.dataset.incident ?? "", top: first.offsetTop } : null;
  }, [box, below]);
  useLayoutEffect(() => {
    const list = box.current;
    const read = anchor.current;
    if (list && read && list.scrollTop > 0) {
      const row = list.querySelector<HTMLElement>(`[data-incident="${CSS.escape(read.id)}"]`);
      if (row) list.scrollTop += row.offsetTop - read.top;
    }
    note();
  });
  useEffect(() => {
    const list = box.current;
    list?.addEventListener("scroll", note, { passive: true });
    return () => list?.removeEventListener("scroll", note);
  }, [box, note]);
}
