// One picture of the wall, painted when anybody on it changed and once more when a mark is over.

import { memo, useEffect, useMemo, useReducer, useRef } from "react";
import { useStore } from "./hooks";
import { type Palette, type Picture, paint } from "./paint";
import { type Cell, type Sheet, type Spot, sameSheet, spotsOn } from "./sheet";
import type { BoardStore } from "./store";

const MARK_MS = 200; // --mark

export interface CellsProps {
  readonly sheet: Sheet;
  readonly palette: Palette;
  /** Whose cell has a frame; null: nobody's on this sheet. */
  readonly cursor: number | null;
  /** How far from the top of what holds it. */
  readonly topPx?: number;
}

export const Cells = memo(function Cells({ sheet, palette, cursor, topPx }: CellsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const wide = Math.round(sheet.stretch.widthPx * palette.ratio);
  const high = Math.round(sheet.tallPx * palette.ratio);
  usePainted(canvas, sheet, { palette, wide, high }, cursor);
  return (
    <canvas
      ref={canvas}
      width={wide}
      height={high}
      style={{ width: wide / palette.ratio, top: topPx }}
    />
  );
}, sameCells);

function sameCells(a: CellsProps, b: CellsProps): boolean {
  return (
    sameSheet(a.sheet, b.sheet) &&
    a.palette === b.palette &&
    a.cursor === b.cursor &&
    a.topPx === b.topPx
  );
}

function usePainted(
  canvas: { readonly current: HTMLCanvasElement | null },
  sheet: Sheet,
  { palette, wide, high }: Omit<Picture, "cells">,
  cursor: number | null,
): void {
  const store = useStore();
  const [round, again] = useReducer((count: number) => count + 1, 0);
  const painted = useRef<Picture>(undefined);
  const spots = useMemo(() => spotsOn(sheet, palette.cell, palette.ratio), [sheet, palette]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a round is a mark that has ended
  useEffect(() => {
    if (!canvas.current) return;
    const cells = spots.map(cellIn(store, cursor));
    const picture = { cells, palette, wide, high };
    paint(canvas.current, picture, painted.current);
    painted.current = picture;
    if (!cells.some(({ fresh }) => fresh)) return;
    const over = setTimeout(again, MARK_MS);
    return () => clearTimeout(over);
  }, [canvas, spots, palette, wide, high, cursor, store, round]);
}

function cellIn(store: BoardStore, cursor: number | null): (spot: Spot) => Cell {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const since = still ? Number.POSITIVE_INFINITY : performance.now() - MARK_MS;
  return (spot) => {
    const { alert, label } = store.seat(spot.member);
    const fresh = (store.changed(spot.member)?.atMs ?? 0) > since;
    const framed = spot.member === cursor;
    return { ...spot, tone: alert ? "incident" : label, fresh, framed };
  };
}
