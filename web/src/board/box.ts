// Where an element is on the page, kept true while anything above it grows or shrinks.

import { type RefObject, useCallback, useLayoutEffect, useState } from "react";

export interface Box {
  readonly width: number;
  readonly top: number;
}

export function useBox(frame: RefObject<HTMLElement | null>): Box {
  const [box, setBox] = useState({ width: 0, top: 0 });
  const measure = useCallback(() => {
    if (!frame.current) return;
    const { width, top } = frame.current.getBoundingClientRect();
    const next = { width, top: Math.round(top + window.scrollY) };
    setBox((old) => (old.width === next.width && old.top === next.top ? old : next));
  }, [frame]);
  useLayoutEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    if (frame.current) observer.observe(frame.current);
    return () => observer.disconnect();
  }, [frame, measure]);
  return box;
}
