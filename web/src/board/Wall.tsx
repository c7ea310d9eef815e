// The whole floor from afar: one canvas a group, exceptions first, and a table for who cannot see it.

import { useComputedColorScheme } from "@mantine/core";
import {
  type MouseEvent,
  memo,
  useEffect,
  useId,
  useMemo,
  useReducer,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import { useBox } from "./box";
import { GroupHead } from "./Floor";
import type { Row } from "./grid";
import { useArrangement, useLink, useSeat, useStore } from "./hooks";
import { type Painted, type Palette, paint, paletteOf } from "./paint";
import { usePaper } from "./paper";
import {
  cellOf,
  cellPx,
  HEAD_PX,
  memberAt,
  type Plan,
  planOf,
  type WallBlock,
  within,
} from "./plan";
import { When } from "./Tile";
import { WallTable } from "./WallTable";

const BESIDE_PX = 16; // --s4 on both sides
const NEAR_PX = 600; // blocks this far from the window are painted already
const MARK_MS = 200; // --mark
const COVERED_PX = 48 + 56 + 48 + 36;

export interface WallProps {
  readonly grouped: boolean;
  readonly cursor: number | null;
  readonly summons: number;
  readonly onEnter: (member: number) => void;
  readonly onOpen: (member: number) => void;
  readonly onRows: (rows: readonly Row[]) => void;
}

export function Wall({ grouped, cursor, summons, onEnter, onOpen, onRows }: WallProps) {
  const { t } = useTranslation();
  const store = useStore();
  const { sections } = useArrangement();
  const frame = useRef<HTMLElement>(null);
  const { width, top } = useBox(frame);
  const palette = usePalette(cellPx(innerWidth));
  const cell = cellPx(innerWidth);
  const inner = Math.max(cell, width - 2 * BESIDE_PX);
  const last = useRef<Plan>(undefined);
  const plan = useMemo(() => {
    last.current = planOf(sections, inner, cell, last.current);
    return last.current;
  }, [sections, inner, cell]);
  useEffect(() => onRows(plan.blocks.flatMap(linesOf)), [plan, onRows]);
  const seen = useWindow() - top;
  const home = cursor === null ? undefined : plan.blocks.find(has(cursor));
  const paper = usePaper();
  const near = paper ? plan.blocks : within(plan, seen - NEAR_PX, seen + innerHeight + NEAR_PX);
  const drawn = home && !near.includes(home) ? [...near, home] : near;
  useSummons(frame, home, summons, top);
  const tabbable = home ?? plan.blocks[0];
  return (
    <>
      <section
        ref={frame}
        className="wall"
        aria-label={t("board.title")}
        data-cells={palette ? "painted" : undefined}
        style={{ height: paper ? "auto" : plan.heightPx }}
        onPointerEnter={() => store.holdStill(true)}
        onPointerLeave={({ currentTarget }) =>
          store.holdStill(currentTarget.contains(document.activeElement))
        }
        onFocus={() => store.holdStill(true)}
        onBlur={({ currentTarget }) => store.holdStill(currentTarget.matches(":hover"))}
      >
        {palette &&
          drawn.map((block) => (
            <Room
              key={block.section.group}
              block={block}
              palette={palette}
              paper={paper}
              grouped={grouped}
              cursor={block === home ? cursor : null}
              tabbable={block === tabbable}
              onEnter={onEnter}
              onOpen={onOpen}
            />
          ))}
      </section>
      <WallTable sections={sections} />
    </>
  );
}

const has =
  (member: number) =>
  ({ section }: WallBlock) =>
    section.members.includes(member);

function linesOf({ section, topPx, across }: WallBlock): Row[] {
  const { members } = section;
  return Array.from({ length: Math.ceil(members.length / across) }, (_, at) => ({
    kind: "tiles",
    section,
    topPx,
    at,
    members: members.slice(at * across, (at + 1) * across),
  }));
}

/** The colours in force: another scheme, another screen or a lost line are other pictures. */
function usePalette(cell: number): Palette | null {
  const scheme = useComputedColorScheme("light");
  const { phase } = useLink();
  const [palette, setPalette] = useState<Palette | null>(null);
  const store = useStore(); // another one is of another time, in colours of its own
  // biome-ignore lint/correctness/useExhaustiveDependencies: all of them change what CSS answers
  useEffect(() => {
    setPalette(paletteOf(cell, devicePixelRatio));
  }, [cell, scheme, phase, store]);
  return palette;
}

const SCROLL_STEP_PX = 200;
const scrolled = () => Math.round(scrollY / SCROLL_STEP_PX) * SCROLL_STEP_PX;

/** Where the window is, in steps; asked when it scrolls only, for the answer costs a layout. */
function useWindow(): number {
  const [at, setAt] = useState(scrolled);
  useEffect(() => {
    const moved = () => setAt(scrolled());
    moved();
    addEventListener("scroll", moved, { passive: true });
    return () => removeEventListener("scroll", moved);
  }, []);
  return at;
}

interface RoomProps {
  readonly block: WallBlock;
  readonly palette: Palette;
  readonly paper: boolean;
  readonly grouped: boolean;
  readonly cursor: number | null;
  readonly tabbable: boolean;
  readonly onEnter: (member: number) => void;
  readonly onOpen: (member: number) => void;
}

const Room = memo(function Room(props: RoomProps) {
  const { block, palette, paper, grouped, cursor, tabbable, onEnter, onOpen } = props;
  const { section, leftPx, topPx, widthPx, across } = block;
  const { t } = useTranslation();
  const title = useId();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [under, setUnder] = useState<number | null>(null);
  usePainted(canvas, block, palette, cursor);
  const name = section.path.at(-1) ?? t("board.noGroup");
  const told = under ?? cursor;
  const at = ({ nativeEvent: { offsetX, offsetY } }: MouseEvent) =>
    memberAt(block, palette.cell, offsetX, offsetY);
  return (
    <section
      className="room"
      aria-labelledby={grouped ? title : undefined}
      style={
        paper
          ? undefined
          : { transform: `translate(${leftPx + BESIDE_PX}px, ${topPx}px)`, width: widthPx }
      }
    >
      {grouped && <GroupHead section={section} title={title} />}
      <div data-member={cursor ?? section.members[0]} className="cells">
        <button
          type="button"
          aria-label={t("wall.room", { name, count: section.members.length })}
          aria-describedby={`${title}-told`}
          tabIndex={tabbable ? 0 : -1}
          onFocus={() => {
            const first = section.members[0];
            if (cursor === null && first !== undefined) onEnter(first);
          }}
          onPointerMove={(event) => setUnder(at(event))}
          onPointerLeave={() => setUnder(null)}
          onClick={(event) => {
            const member = event.detail === 0 ? cursor : at(event); // 0: by a key
            if (member !== null) onOpen(member);
          }}
        >
          <canvas
            ref={canvas}
            style={{ width: across * palette.cell, height: rowsIn(block) * palette.cell }}
          />
        </button>
        {told !== null && (
          <Told key={told} id={`${title}-told`} member={told} block={block} cell={palette.cell} />
        )}
      </div>
    </section>
  );
});

const rowsIn = ({ section, across }: WallBlock) => Math.ceil(section.members.length / across);

/** Who it is: the wall itself has no names. */
function Told(props: { id: string; member: number; block: WallBlock; cell: number }) {
  const { id, member, block, cell } = props;
  const { t } = useTranslation();
  const store = useStore();
  const seat = useSeat(member);
  const at = cellOf(block, cell, member);
  if (!at) return null;
  const right = at.xPx > block.widthPx / 2;
  return (
    <span
      id={id}
      className="told"
      role="status"
      style={{
        top: at.yPx + cell + 2,
        ...(right ? { right: block.widthPx - at.xPx - cell } : { left: at.xPx }),
      }}
    >
      <b>{store.card(member)?.name}</b>
      {seat.alert ? t(`kind.${seat.alert.kind}`) : t(`label.${seat.label}`)}
      <When seat={seat} />
    </span>
  );
}

/** Paint when anybody in the room changed, and once more when a moment's mark is over. */
function usePainted(
  canvas: { readonly current: HTMLCanvasElement | null },
  block: WallBlock,
  palette: Palette,
  cursor: number | null,
): void {
  const store = useStore();
  const [round, again] = useReducer((count: number) => count + 1, 0);
  const painted = useRef<Painted>(undefined);
  const { section, across } = block;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a round is a mark that has ended
  useEffect(() => {
    if (!canvas.current) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const since = still ? Number.POSITIVE_INFINITY : performance.now() - MARK_MS;
    const cells = section.members.map((member) => {
      const { alert, label } = store.seat(member);
      const fresh = (store.changed(member)?.atMs ?? 0) > since;
      return { tone: alert ? ("incident" as const) : label, fresh };
    });
    const at = cursor === null ? -1 : section.members.indexOf(cursor);
    painted.current = paint(
      canvas.current,
      { cells, across, cursor: at, palette },
      painted.current,
    );
    if (!cells.some(({ fresh }) => fresh)) return;
    const over = setTimeout(again, MARK_MS);
    return () => clearTimeout(over);
  }, [canvas, section, across, palette, cursor, store, round]);
}

/** Bring the cursor's room into view and give it the focus, once each time it is asked for. */
function useSummons(
  frame: { readonly current: HTMLElement | null },
  home: WallBlock | undefined,
  summons: number,
  top: number,
): void {
  const answered = useRef(summons);
  useEffect(() => {
    if (answered.current === summons || !home) return;
    answered.current = summons;
    const from = top + home.topPx;
    if (from < scrollY + COVERED_PX || from + HEAD_PX > scrollY + innerHeight)
      scrollTo({ top: from - COVERED_PX });
    frame.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
  }, [frame, home, summons, top]);
}
