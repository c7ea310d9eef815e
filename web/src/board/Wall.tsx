// The whole floor from afar: cells on sheets that scroll as they are, exceptions first, the names of
// the groups as text above them, and a table for who cannot see it.

import { useComputedColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useBox } from "./box";
import { Cells } from "./Cells";
import type { Row } from "./grid";
import { useArrangement, useLink, useStore } from "./hooks";
import { type Palette, paletteOf } from "./paint";
import { usePaper } from "./paper";
import {
  cellOf,
  cellPx,
  HEAD_PX,
  memberAt,
  type Plan,
  planOf,
  type Stretch,
  scrolledTo,
  type WallBlock,
  within,
} from "./plan";
import { Room } from "./Room";
import { sheetsOf } from "./sheet";
import { type Point, Told } from "./Told";
import { WallTable } from "./WallTable";

const BESIDE_PX = 16; // --s4 on both sides
const NEAR_PX = 400; // what is this far from the window is painted already
const COVERED_PX = 48 + 56 + 48;

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
  const cell = cellPx(innerWidth);
  const palette = usePalette(cell, devicePixelRatio);
  const inner = Math.max(cell, width - 2 * BESIDE_PX);
  const headPx = grouped ? HEAD_PX : 0;
  const last = useRef<Plan>(undefined);
  const plan = useMemo(() => {
    last.current = planOf(sections, inner, cell, headPx, last.current);
    return last.current;
  }, [sections, inner, cell, headPx]);
  useEffect(() => onRows(plan.blocks.flatMap(linesOf)), [plan, onRows]);
  const seen = useWindow() - top;
  const [from, to] = [seen - NEAR_PX, seen + innerHeight + NEAR_PX];
  const paper = usePaper();
  const home = cursor === null ? undefined : plan.blocks.find(has(cursor));
  const near = paper ? plan.blocks : within(plan, from, to);
  const drawn = home && !near.includes(home) ? [...near, home] : near;
  useSummons(frame, home && cursor !== null ? cellOf(home, cell, cursor) : null, summons, top);
  const tabbable = home ?? plan.blocks[0];
  const told = useId();
  const find = useCallback(
    ({ clientX, clientY }: Point) => {
      const at = frame.current?.getBoundingClientRect();
      if (!at || !last.current) return null;
      return memberAt(last.current, cell, clientX - at.left - BESIDE_PX, clientY - at.top);
    },
    [cell],
  );
  const side = { leftPx: -BESIDE_PX, widthPx: width };
  const sheets = paper ? [] : [...sheetsOf(plan, cell, side, from, to)];
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
          sheets.map(([number, sheet]) => (
            <Cells
              key={number}
              sheet={sheet}
              palette={palette}
              cursor={home && sheet.blocks.includes(home) ? cursor : null}
              topPx={sheet.stretch.topPx}
            />
          ))}
        {palette &&
          drawn.map((block) => (
            <Room
              key={block.section.group}
              block={block}
              palette={palette}
              paper={paper}
              besidePx={BESIDE_PX}
              cursor={block === home ? cursor : null}
              tabbable={block === tabbable}
              told={told}
              onEnter={onEnter}
              onOpen={onOpen}
              find={find}
            />
          ))}
        {palette && !paper && (
          <Told
            id={told}
            frame={frame}
            plan={plan}
            cell={cell}
            widePx={width}
            besidePx={BESIDE_PX}
            cursor={cursor}
            summons={summons}
            find={find}
          />
        )}
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

/** The colours in force: another scheme, another screen or zoom, or a lost line are other pictures. */
function usePalette(cell: number, ratio: number): Palette | null {
  const scheme = useComputedColorScheme("light");
  const forced = useMediaQuery("(forced-colors: active)");
  const { phase } = useLink();
  const [palette, setPalette] = useState<Palette | null>(null);
  const store = useStore(); // another one is of another time, in colours of its own
  // biome-ignore lint/correctness/useExhaustiveDependencies: all of them change what CSS answers
  useEffect(() => {
    setPalette(paletteOf(cell, ratio));
  }, [cell, ratio, scheme, forced, phase, store]);
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

/** Bring the cursor's cell into view and give its room the focus, once each time it is asked for. */
function useSummons(
  frame: { readonly current: HTMLElement | null },
  at: Stretch | null,
  summons: number,
  top: number,
): void {
  const answered = useRef(summons);
  useEffect(() => {
    if (answered.current === summons || !at) return;
    answered.current = summons;
    const seen = { topPx: scrollY + COVERED_PX, heightPx: innerHeight - COVERED_PX };
    const to = scrolledTo(seen, { topPx: top + at.topPx, heightPx: at.heightPx });
    if (to !== null) scrollTo({ top: to - COVERED_PX });
    frame.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
  }, [frame, at, summons, top]);
}
