// What is being read in a list stays where it is, whatever enters or goes above it.

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

interface Anchor {
  readonly id: string;
  readonly top: number;
}

export interface Steady {
  /** How many entered above what is read, and were not looked at yet. */
  readonly fresh: number;
  readonly seeFresh: () => void;
}

const idOf = (row: HTMLElement): string => row.dataset.incident ?? "";

/** Somebody points at the list, or its rows have the focus: even its head stays then. */
const isUsed = (list: HTMLElement): boolean =>
  list.matches(":hover") || list.contains(document.activeElement);

/**
 * `below`: how much of the box's top is covered. The list's rows bear `data-incident`; what is
 * there when the list `of` something else is shown is not new.
 */
export function useSteady(box: RefObject<HTMLElement | null>, below: number, of: string): Steady {
  const anchor = useRef<Anchor | null>(null);
  const known = useRef<{ readonly of: string; readonly ids: ReadonlySet<string> } | null>(null);
  const unseen = useRef(new Set<string>());
  const [fresh, setFresh] = useState(0);
  const rowsOf = useCallback(
    (list: HTMLElement) => [...list.querySelectorAll<HTMLElement>("[data-incident]")],
    [],
  );
  const note = useCallback(() => {
    const list = box.current;
    if (!list) return;
    const edge = list.getBoundingClientRect().top + below;
    const rows = rowsOf(list);
    const at = rows.findIndex((row) => row.getBoundingClientRect().bottom > edge + 1);
    const first = rows[at];
    anchor.current = first ? { id: idOf(first), top: first.offsetTop } : null;
    const above = new Set(rows.slice(0, Math.max(0, at)).map(idOf));
    for (const id of unseen.current) if (!above.has(id)) unseen.current.delete(id);
    setFresh(unseen.current.size);
  }, [box, below, rowsOf]);
  useLayoutEffect(() => {
    const list = box.current;
    if (!list) return;
    const ids = rowsOf(list).map(idOf);
    const before = known.current;
    const same = before?.of === of && before.ids.size > 0;
    if (same) for (const id of ids) if (!before.ids.has(id)) unseen.current.add(id);
    if (!same) unseen.current.clear();
    if (before && before.of !== of) list.scrollTop = 0;
    known.current = { of, ids: new Set(ids) };
    const read = anchor.current;
    if (same && read && (list.scrollTop > 0 || isUsed(list))) {
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
  return { fresh, seeFresh: () => box.current?.scrollTo({ top: 0 }) };
}
