// How many were present today, every five minutes, and how many are now.

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { call } from "../api/http";
import type { Schemas } from "../api/wire";
import { dayOf, HOUR_S } from "../days/tokyo";
import { useArrangement, useStore } from "./hooks";

const STEP_S = 300;
const OPENS_S = 7 * HOUR_S;
const CLOSES_S = 20 * HOUR_S;
const TICKS_H = [9, 12, 15, 18];
const WIDE = 240;
const HIGH = 36;

type PresentToday = Schemas["Counts"];

export function Spark() {
  const { t } = useTranslation();
  const { clock, past } = useStore();
  const { counts, total } = useArrangement();
  const day = dayOf(clock.live());
  const { data } = useQuery({
    queryKey: ["counts", day],
    queryFn: () => call<PresentToday>("GET", `counts?day=${day}`),
    refetchInterval: STEP_S * 1000,
    retry: false,
  });
  if (!data || total < 2 || past) return null;
  const points = line(data, clock.live(), counts.present, Math.max(1, total));
  const last = points.at(-1);
  return (
    <figure className="spark">
      <figcaption className="t1 sub">
        {t("spark.title")}
        <br />
        <b className="num">{t("spark.now", { present: counts.present.toLocaleString("en") })}</b>
      </figcaption>
      <svg width={WIDE} height={HIGH + 14} viewBox={`0 0 ${WIDE} ${HIGH + 14}`} aria-hidden="true">
        <path className="area" d={`M${points[0]?.x ?? 0} ${HIGH}${path(points)}V${HIGH}Z`} />
        <path className="edge" d={path(points).replace("L", "M")} />
        <path className="foot" d={`M0 ${HIGH - 0.5}H${WIDE}`} />
        {last && <circle cx={last.x} cy={last.y} r="3" />}
        {TICKS_H.map((hour) => (
          <text key={hour} x={x(hour * HOUR_S)} y={HIGH + 12}>
            {hour}:00
          </text>
        ))}
      </svg>
    </figure>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

const x = (s: number) => (WIDE * (s - OPENS_S)) / (CLOSES_S - OPENS_S);
const path = (points: readonly Point[]) =>
  points.map((at) => `L${at.x.toFixed(1)} ${at.y.toFixed(1)}`).join("");

/** Everybody at their seats is the full height. */
function line(data: PresentToday, now: number, present: number, total: number): Point[] {
  const y = (count: number) => HIGH - 2 - ((HIGH - 4) * count) / total;
  const known = data.present.map((count, at) => [at * data.step_s, count] as const);
  const all = [...known, [now - data.from, present] as const];
  return all
    .filter(([at]) => at >= OPENS_S && at <= CLOSES_S)
    .map(([at, count]) => ({ x: x(at), y: y(count) }));
}
