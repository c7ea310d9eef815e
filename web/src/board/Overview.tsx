// The whole floor at one glance, however many they are: a dot a person in the order of the board,
// incidents large and red. A click leads to that person.

import { useComputedColorScheme } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { type MouseEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Arrangement } from "./arrange";
import { type Grain, grainOf, memberUnder } from "./grain";
import { useArrangement, useLink, useStore } from "./hooks";
import type { Tone } from "./label";
import { forTones, withColours } from "./paint";
import type { BoardStore } from "./store";

/** Fewer people than that are seen at a glance without it. */
const WORTH_FROM = 300;
/** The rail (--rail-w) without its margins, on a wide screen and on one up to 1180 px. */
const WIDE_PX = [288, 240] as const;
const TIGHT = "(max-width: 1180px)";
const HIGH_PX = 160;
const DRAW_EVERY_MS = 1_000;
/** Drawn last, so that nothing covers what is rare. */
const ORDER: readonly Tone[] = [
  "off",
  "present",
  "break",
  "out",
  "paused",
  "away",
  "unknown",
  "offline",
  "incident",
];

export function Overview({ onGo }: { onGo: (member: number) => void }) {
  const { t } = useTranslation();
  const store = useStore();
  const arrangement = useArrangement();
  const canvas = useRef<HTMLCanvasElement>(null);
  const { shown, counts } = arrangement;
  const tight = useMediaQuery(TIGHT, undefined, { getInitialValueInEffect: false }) ?? false;
  const widePx = WIDE_PX[tight ? 1 : 0];
  const grain = useMemo(() => grainOf(shown, widePx, HIGH_PX), [shown, widePx]);
  const colours = useDots();
  const last = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const show = () => {
      last.current = performance.now();
      if (canvas.current && colours)
        draw(canvas.current, arrangement, { ...grain, widePx }, store, colours);
    };
    const wait = last.current + DRAW_EVERY_MS - performance.now();
    const later = setTimeout(show, Math.max(0, wait));
    return () => clearTimeout(later);
  }, [arrangement, grain, widePx, store, colours]);
  if (shown < WORTH_FROM) return null;
  const clicked = ({ nativeEvent: { offsetX, offsetY } }: MouseEvent) => {
    const at = memberUnder(grain, offsetX, offsetY);
    const member = arrangement.sections.flatMap(({ members }) => members)[at];
    if (member !== undefined) onGo(member);
  };
  return (
    <section className="overview" aria-label={t("overview.title")}>
      <h2 className="rail-head">
        {t("overview.title")}
        <span className="num sub">
          {t("overview.people", { people: shown.toLocaleString("en") })}
        </span>
      </h2>
      <canvas
        ref={canvas}
        role="img"
        aria-label={t("overview.said", {
          present: counts.present,
          away: counts.away,
          todo: counts.todo,
        })}
        style={{ width: widePx, height: grain.heightPx }}
        onClick={clicked}
      />
    </section>
  );
}

type Dots = Readonly<Record<Tone, string>>;

/** The colours in force: another scheme or a lost line are others. */
function useDots(): Dots | null {
  const scheme = useComputedColorScheme("light");
  const { phase } = useLink();
  const [dots, setDots] = useState<Dots | null>(null);
  const store = useStore(); // another one is of another time, in colours of its own
  // biome-ignore lint/correctness/useExhaustiveDependencies: all of them change what CSS answers
  useEffect(() => {
    setDots(withColours((colour) => forTones((tone) => colour(`dot-${tone}`))));
  }, [scheme, phase, store]);
  return dots;
}

function draw(
  canvas: HTMLCanvasElement,
  { sections }: Arrangement,
  grain: Grain & { readonly widePx: number },
  store: BoardStore,
  colours: Dots,
): void {
  const ratio = devicePixelRatio;
  canvas.width = grain.widePx * ratio;
  canvas.height = grain.heightPx * ratio;
  const brush = canvas.getContext("2d");
  if (!brush) return;
  brush.scale(ratio, ratio);
  const places = new Map<Tone, number[]>(ORDER.map((tone) => [tone, []]));
  let at = 0;
  for (const { members } of sections)
    for (const member of members) {
      const { alert, label } = store.seat(member);
      places.get(alert ? "incident" : label)?.push(at);
      at += 1;
    }
  const { across, cellPx } = grain;
  const dot = cellPx > 3 ? cellPx - 1 : cellPx;
  for (const tone of ORDER) {
    brush.fillStyle = colours[tone];
    const grown = tone === "incident" ? Math.max(0, 5 - dot) / 2 : 0;
    for (const place of places.get(tone) ?? []) {
      const x = (place % across) * cellPx;
      const y = Math.floor(place / across) * cellPx;
      brush.fillRect(x - grown, y - grown, dot + 2 * grown, dot + 2 * grown);
    }
  }
}
