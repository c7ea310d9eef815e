// What is being read in a list stays where it is, whatever enters or goes above it.

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

export interface Steady {
  /** How many entered above what is read, and were not looked at yet. */
  readonly fresh: number;
  readonly seeFresh: () => void;
}

const idOf = (row: HTMLElement): string => row.dataset.incident ?? "";

const rowsOf = (list: HTMLElement): HTMLElement[] => [
  ...list.querySelectorAll<HTMLElement>("[data-incident]"),
];

/** The row that somebody points at, or that is seen to have the focus: it stays where it is. */
function used(list: HTMLElement): HTMLElement | null {
  const pointed = list.querySelector<HTMLElement>("[data-incident]:hover");
  if (pointed) return pointed;
  const focused = list.querySelector<HTMLElement>("[data-incident]:focus-within");
  if (!focused) return null;
  const [row, box] = [focused.getBoundingClientRect(), list.getBoundingClientRect()];
  return row.bottom > box.top && row.top < box.bottom ? focused : null;
}

interface Drawn {
  readonly of: string;
  readonly tops: ReadonlyMap<string, number>;
  /** The first row that is not covered. */
  readonly first: string | null;
}

/**
 * `below`: how much of the box's top is covered. The list's rows bear `data-incident`; what is
 * there when the list `of` something else is shown is not new.
 */
export function useSteady(box: RefObject<HTMLElement | null>, below: number, of: string): Steady {
  const drawn = useRef<Drawn | null>(null);
  const unseen = useRef(new Set<string>());
  const [fresh, setFresh] = useState(0);
  const note = useCallback(() => {
    const list = box.current;
    if (!list) return;
    const edge = list.getBoundingClientRect().top + below;
    const rows = rowsOf(list);
    const at = rows.findIndex((row) => row.getBoundingClientRect().bottom > edge + 1);
    const tops = new Map(rows.map((row) => [idOf(row), row.offsetTop]));
    const first = rows[at];
    drawn.current = { of, tops, first: first ? idOf(first) : null };
    const above = new Set(rows.slice(0, Math.max(0, at)).map(idOf));
    for (const id of unseen.current) if (!above.has(id)) unseen.current.delete(id);
    setFresh(unseen.current.size);
  }, [box, below, of]);
  useLayoutEffect(() => {
    const list = box.current;
    if (!list) return;
    const ids = rowsOf(list).map(idOf);
    const before = drawn.current;
    const same = before?.of === of && before.tops.size > 0;
    if (same) for (const id of ids) if (!before.tops.has(id)) unseen.current.add(id);
    if (!same) unseen.current.clear();
    if (before && before.of !== of) list.scrollTop = 0;
    const pointed = used(list);
    const read = pointed ? idOf(pointed) : before?.first;
    const top = same && read && (list.scrollTop > 0 || pointed) ? before.tops.get(read) : undefined;
    const row = rowsOf(list).find((each) => idOf(each) === read);
    if (row && top !== undefined) list.scrollTop += row.offsetTop - top;
    note();
  });
  useEffect(() => {
    const list = box.current;
    list?.addEventListener("scroll", note, { passive: true });
    return () => list?.removeEventListener("scroll", note);
  }, [box, note]);
  return { fresh, seeFresh: () => box.current?.scrollTo({ top: 0 }) };
}
