// The people as tiles or as rows under their groups, only those near the window in the document.

import { defaultRangeExtractor, type Range, useWindowVirtualizer } from "@tanstack/react-virtual";
import {
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useId,
  useMemo,
  useRef,
} from "react";
import { useTranslation } from "react-i18next";
import { LABELS } from "../api/wire";
import type { Section } from "./arrange";
import { useBox } from "./box";
import { Glyph } from "./Glyph";
import { type Block, blocksOf, columnsIn, type Row, rowOf, rowsOf } from "./grid";
import { useArrangement, useStore } from "./hooks";
import type { Slot } from "./Place";
import { usePaper } from "./paper";
import { RowHead, SeatRow } from "./SeatRow";
import { Tile } from "./Tile";

const TILE_PX = 84; // --tile-h
const PHONE_TILE_PX = 68;
const ROW_PX = 32; // --row-h
const HEAD_PX = 36; // --head-h
const TILE_MIN_PX = 176; // --tile-min
const OVERSCAN_ROWS = 4;
/** What may lie over the window's edges: header, lost bar, filters and a group's head; the dock. */
const COVERED_ABOVE_PX = 48 + 56 + 48 + 36;
const COVERED_BELOW_PX = 64;

export interface FloorProps {
  readonly phone: boolean;
  /** Tiles side by side, or one row a person. */
  readonly as: "tile" | "row";
  /** Whether the order knows groups; else everybody is one section without a head. */
  readonly grouped: boolean;
  readonly cursor: number | null;
  /** Counts up when the cursor's tile is to take the focus. */
  readonly summons: number;
  readonly onEnter: (member: number) => void;
  readonly onOpen: (member: number) => void;
  readonly onRows: (rows: readonly Row[]) => void;
}

export function Floor(props: FloorProps) {
  const { phone, as, grouped, cursor, summons, onEnter, onOpen, onRows } = props;
  const { t } = useTranslation();
  const store = useStore();
  const { sections } = useArrangement();
  const frame = useRef<HTMLElement>(null);
  const { width, top } = useBox(frame);
  const tilePx = as === "row" ? ROW_PX : phone ? PHONE_TILE_PX : TILE_PX;
  const headPx = grouped ? HEAD_PX : 0;
  const columns = as === "row" || phone ? 1 : columnsIn(width, TILE_MIN_PX);
  const rows = useMemo(
    () => rowsOf(sections, columns, { headPx, tilePx }),
    [sections, columns, headPx, tilePx],
  );
  useEffect(() => onRows(rows), [rows, onRows]);

  const cursorRow = useMemo(() => rowOf(rows, cursor), [rows, cursor]);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => (rows[index]?.kind === "head" ? headPx : tilePx),
    getItemKey: useCallback((index: number) => `${rows[index]?.section.group} ${index}`, [rows]),
    overscan: OVERSCAN_ROWS,
    scrollMargin: top,
    scrollPaddingStart: COVERED_ABOVE_PX,
    scrollPaddingEnd: COVERED_BELOW_PX,
    rangeExtractor: (range: Range) => withRow(defaultRangeExtractor(range), cursorRow),
  });
  useSummons(frame, cursor, cursorRow, summons, virtual.scrollToIndex);

  const paper = usePaper();
  const near = () => virtual.getVirtualItems().map(({ index }) => index);
  const drawn = paper ? [...rows.keys()] : near();
  const tabbable = cursorRow < 0 ? firstMember(rows) : cursor;
  const Person = as === "row" ? SeatRow : Tile;
  const floor = (
    <section
      ref={frame}
      className="people"
      data-as={as}
      data-scrolling={virtual.isScrolling || undefined}
      aria-label={t("board.title")}
      style={{ height: paper ? "auto" : virtual.getTotalSize() }}
      onPointerEnter={() => store.holdStill(true)}
      onPointerLeave={({ currentTarget }) => store.holdStill(hasFocus(currentTarget))}
      onFocus={() => store.holdStill(true)}
      onBlur={({ currentTarget, relatedTarget }) =>
        store.holdStill(currentTarget.contains(relatedTarget) || currentTarget.matches(":hover"))
      }
    >
      {blocksOf(rows, drawn).map((block) => (
        <Group
          key={block.section.group}
          grouped={grouped}
          block={block}
          columns={columns}
          tilePx={tilePx}
          paper={paper}
        >
          {(member, at) => (
            <Person
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
  if (as === "tile") return floor;
  return (
    <>
      <RowHead />
      {floor}
    </>
  );
}

interface GroupProps {
  readonly grouped: boolean;
  readonly block: Block;
  readonly columns: number;
  readonly tilePx: number;
  /** One after the other: no place has to be worked out. */
  readonly paper: boolean;
  readonly children: (member: number, at: Slot) => ReactNode;
}

function Group({ grouped, block, columns, tilePx, paper, children }: GroupProps) {
  const { section, topPx, places } = block;
  const title = useId();
  const of = section.members.length;
  return (
    <section
      className="group"
      aria-labelledby={grouped ? title : undefined}
      style={paper ? undefined : { transform: `translateY(${topPx}px)` }}
    >
      {grouped && <GroupHead section={section} title={title} />}
      <ul
        className="places"
        style={paper ? undefined : { height: Math.ceil(of / columns) * tilePx }}
      >
        {places.map(({ member, row, column }) =>
          children(member, {
            left: `${(100 * column) / columns}%`,
            top: row * tilePx,
            width: paper ? "auto" : `${100 / columns}%`,
            position: row * columns + column + 1,
            of,
          }),
        )}
      </ul>
    </section>
  );
}

interface GroupHeadProps {
  readonly section: Section;
  readonly title: string;
}

/** Name, how many of how many, and how they are. */
export function GroupHead({ section, title }: GroupHeadProps) {
  const { t } = useTranslation();
  const { path, members, size, counts } = section;
  const above = path.slice(0, -1).join(" › ");
  return (
    <header>
      <h2 id={title} title={path.join(" › ")}>
        {above && <span className="above dim cut">{above} ›</span>}
        <span className="cut">{path.at(-1) ?? t("board.noGroup")}</span>
      </h2>
      <span className="num dim size">
        {members.length < size
          ? t("board.some", { shown: members.length, total: size })
          : t("board.people", { count: size })}
      </span>
      <span className="grow" />
      {LABELS.filter((label) => counts[label] > 0 && label !== "off").map((label) => (
        <span key={label} className="few num t1" data-s={label}>
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
