// The day of the moment that is shown, with how many were present; any minute is one move away.

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { queried } from "../api/console";
import { call } from "../api/http";
import type { Schemas } from "../api/wire";
import { clockText, DAY_S, HOUR_S, startOf } from "../days/tokyo";

const MINUTE_S = 60;
const HOURS = [0, 3, 6, 9, 12, 15, 18, 21, 24];

type PresentThen = Schemas["Counts"];

export interface SliderProps {
  readonly day: string;
  /** Where the knob stands. */
  readonly time: number;
  /** The board does not show that moment yet. */
  readonly moving: boolean;
  readonly now: number;
  /** The earliest moment that is kept. */
  readonly earliest: number;
  readonly onMove: (time: number) => void;
}

export function Slider({ day, time, moving, now, earliest, onMove }: SliderProps) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ["counts", day],
    queryFn: () => call<PresentThen>("GET", queried("counts", { day })),
    retry: false,
  });
  const from = startOf(day);
  const first = Math.max(0, Math.ceil((earliest - from) / MINUTE_S));
  const last = Math.floor((Math.min(now, from + DAY_S - 1) - from) / MINUTE_S);
  const place = (seconds: number) => `${(100 * (seconds - from)) / DAY_S}%`;
  const isToday = now < from + DAY_S;
  return (
    <div className="slider">
      <svg viewBox={`0 0 ${DAY_S} 100`} preserveAspectRatio="none" aria-hidden="true">
        {data && <path d={area(data)} />}
      </svg>
      {isToday && (
        <span className="till-now num t1" style={{ left: place(now) }} aria-hidden="true">
          {t("past.now", { time: clockText(now) })}
        </span>
      )}
      <input
        type="range"
        aria-label={t("past.at")}
        aria-valuetext={clockText(time)}
        min={first}
        max={last}
        style={{
          left: place(from + first * MINUTE_S),
          width: place(from + (last - first) * MINUTE_S),
        }}
        value={Math.floor((time - from) / MINUTE_S)}
        onChange={({ currentTarget }) => onMove(from + Number(currentTarget.value) * MINUTE_S)}
      />
      <span
        className="knob num t1"
        data-time={clockText(time)}
        data-moving={moving || undefined}
        style={{ left: place(time) }}
        aria-hidden="true"
      />
      <div className="hours num t1" aria-hidden="true">
        {HOURS.map((hour) => (
          <span key={hour} style={{ left: place(from + hour * HOUR_S) }}>
            {hour}:00
          </span>
        ))}
      </div>
    </div>
  );
}

function area({ step_s, people, present }: PresentThen): string {
  const steps = present.map((count, at) => {
    const high = 100 - (95 * count) / Math.max(1, people);
    return `L${at * step_s} ${high.toFixed(1)}H${(at + 1) * step_s}`;
  });
  return `M0 100${steps.join("")}V100Z`;
}
