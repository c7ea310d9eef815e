// The people: tiles under their groups, only those near the window in the document.

import { defaultRangeExtractor, type Range, useWindowVirtualizer } from "@tanstack/react-virtual";
import {
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { LABELS } from "../api/wire";
import type { Section } from "./arrange";
import { Glyph } from "./Glyph";
import { type Block, blocksOf, columnsIn, type Row, rowOf, rowsOf } from "./grid";
import { useArrangement, useStore } from "./hooks";
import { type Slot, Tile } from "./Tile";

const DESK = { headPx: 36, tilePx: 84 }; // --head-h, --tile-h
const PHONE = { headPx: 36, tilePx: 68 };
const TILE_MIN_PX = 176; // --tile-min
const OVERSCAN_ROWS = 4;
/** What may lie over the window's edges: header, lost bar, filters and a group's head; the dock. */
const COVERED_ABOVE_PX = 48 + 56 + 48 + 36;
const COVERED_BELOW_PX = 64;

export interface TilesProps {
  readonly phone: boolean;
  readonly cursor: number | null;
  /** Counts up when the cursor's tile is to take the focus. */
  readonly summons: number;
  readonly onEnter: (member: number) => void;
  readonly onOpen: (member: number) => void;
  readonly onRows: (rows: readonly Row[]) => void;
}

export function Tiles({ phone, cursor, summons, onEnter, onOpen, onRows }: TilesProps) {
  const { t } = useTranslation();
  const store = useStore();
  const { sections } = useArrangement();
  const frame = useRef<HTMLElement>(null);
  const { width, top } = useBox(frame);
  const sizes = phone ? PHONE : DESK;
  const columns = phone ? 1 : columnsIn(width, TILE_MIN_PX);
  const rows = useMemo(() => rowsOf(sections, columns, sizes), [sections, columns, sizes]);
  useEffect(() => onRows(rows), [rows, onRows]);

  const cursorRow = rowOf(rows, cursor);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => (rows[index]?.kind === "head" ? sizes.headPx : sizes.tilePx),
    getItemKey: useCallback((index: number) => `${rows[index]?.section.group} ${index}`, [rows]),
    overscan: OVERSCAN_ROWS,
    scrollMargin: top,
    scrollPaddingStart: COVERED_ABOVE_PX,
    scrollPaddingEnd: COVERED_BELOW_PX,
    rangeExtractor: (range: Range) => withRow(defaultRangeExtractor(range), cursorRow),
  });
  useSummons(frame, cursor, cursorRow, summons, virtual.scrollToIndex);

  const drawn = virtual.getVirtualItems().map(({ index }) => index);
  const tabbable = cursorRow < 0 ? firstMember(rows) : cursor;
  return (
    <section
      ref={frame}
      className="people"
      aria-label={t("board.title")}
      style={{ height: virtual.getTotalSize() }}
      onPointerEnter={() => store.holdStill(true)}
      onPointerLeave={({ currentTarget }) => store.holdStill(hasFocus(currentTarget))}
      onFocus={() => store.holdStill(true)}
      onBlur={({ currentTarget, relatedTarget }) =>
        store.holdStill(currentTarget.contains(relatedTarget) || currentTarget.matches(":hover"))
      }
    >
      {blocksOf(rows, drawn).map((block) => (
        <Group key={block.section.group} block={block} columns={columns} tilePx={sizes.tilePx}>
          {(member, at) => (
            <Tile
              key={member}
              member={member}
              name={store.card(member)?.name ?? ""}
              at={at}
              tabbable={member === tabbable}
              onEnter={onEnter}
              onOpen={onOpen}
            />
          )}
        </Group>
      ))}
    </section>
  );
}

interface GroupProps {
  readonly block: Block;
  readonly columns: number;
  readonly tilePx: number;
  readonly children: (member: number, at: Slot) => ReactNode;
}

function Group({ block, columns, tilePx, children }: GroupProps) {
  const { section, topPx, places } = block;
  const title = useId();
  const of = section.members.length;
  return (
    <section
      className="group"
      aria-labelledby={title}
      style={{ transform: `translateY(${topPx}px)` }}
    >
      <GroupHead section={section} title={title} />
      <ul style={{ height: Math.ceil(of / columns) * tilePx }}>
        {places.map(({ member, row, column }) =>
          children(member, {
            left: `${(100 * column) / columns}%`,
            top: row * tilePx,
            width: `${100 / columns}%`,
            position: row * columns + column + 1,
            of,
          }),
        )}
      </ul>
    </section>
  );
}

function GroupHead({ section, title }: { section: Section; title: string }) {
  const { t } = useTranslation();
  const { path, members, size, counts } = section;
  const above = path.slice(0, -1).join(" › ");
  return (
    <header>
      <h2 className="cut" id={title}>
        {above && <span className="dim">{above} › </span>}
        {path.at(-1) ?? t("board.noGroup")}
      </h2>
      <span className="num dim">
        {members.length < size
          ? t("board.some", { shown: members.length, total: size })
          : t("board.people", { count: size })}
      </span>
      <span className="grow" />
      {LABELS.filter((label) => label !== "off" && counts[label] > 0).map((label) => (
        <span key={label} className="few num t1" data-s={label} title={t(`label.${label}`)}>
          <Glyph tone={label} size={10} />
          <span className="unseen">{t(`label.${label}`)}</span>
          {counts[label]}
        </span>
      ))}
    </header>
  );
}

function withRow(indexes: number[], row: number): number[] {
  if (row < 0 || indexes.includes(row)) return indexes;
  return [...indexes, row].sort((a, b) => a - b);
}

function firstMember(rows: readonly Row[]): number | null {
  const row = rows.find(({ kind }) => kind === "tiles");
  return row?.kind === "tiles" ? (row.members[0] ?? null) : null;
}

function hasFocus(frame: HTMLElement): boolean {
  return frame.contains(document.activeElement);
}

/** Bring the cursor's tile into view and give it the focus, once each time it is asked for. */
function useSummons(
  frame: RefObject<HTMLElement | null>,
  cursor: number | null,
  row: number,
  summons: number,
  scrollTo: (index: number, options: { align: "auto" }) => void,
): void {
  const answered = useRef(summons);
  useEffect(() => {
    if (answered.current === summons || row < 0) return;
    answered.current = summons;
    scrollTo(row, { align: "auto" });
    const tile = frame.current?.querySelector<HTMLElement>(`[data-member="${cursor}"] button`);
    tile?.focus({ preventScroll: true });
  }, [frame, cursor, row, summons, scrollTo]);
}

function useBox(frame: RefObject<HTMLElement | null>): { width: number; top: number } {
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
