// One day of one person: the strip from a start hour on, and its figures.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Problem } from "../api/http";
import { type Presence, presence } from "../api/record";
import { Answered } from "../console/kit/Answered";
import { useParameter } from "../shell/place";
import { BigStrip } from "../strip/BigStrip";
import { Figures } from "./Figures";
import { PanelHead } from "./PanelHead";
import { DAY_S, dayOf, dayText, HOUR_S, isDay, later, startOf } from "./tokyo";

export const AGAIN_MS = 15_000;
const START_H = 5; // most people are asleep then: a night shift's day begins elsewhere
const HOURS = Array.from({ length: 24 }, (_, h) => h);
const DAYS_BACK = 93; // what the record keeps: three months

/** The day in the address, and going to another; today where none is named. */
export function useDay(today: string): readonly [string, (day: string) => void] {
  const [named, setDay] = useParameter("day");
  return [isDay(named) && named <= today ? named : today, setDay];
}

export function usePresence(member: number, from: number, to: number, live: boolean) {
  return useQuery<Presence, Problem>({
    queryKey: ["presence", member, from, to],
    queryFn: () => presence(member, from, to),
    refetchInterval: live ? AGAIN_MS : false,
    placeholderData: keepPreviousData,
  });
}

export interface DayPanelProps {
  readonly member: number;
  /** The hub's idea of now, in seconds. */
  readonly now: number;
  readonly note?: string;
}

export function DayPanel({ member, now, note }: DayPanelProps) {
  const { t, i18n } = useTranslation();
  const [hour, setHour] = useParameter("start");
  const start = /^\d+$/.test(hour) && Number(hour) < 24 ? Number(hour) : START_H;
  const today = dayOf(now - start * HOUR_S); // before that hour it is still the day before
  const [day, setDay] = useDay(today);
  const from = startOf(day) + start * HOUR_S;
  const asked = usePresence(member, from, from + DAY_S, day >= later(today, -1));
  const title = dayText(day, i18n.language, today);
  return (
    <section className="day-panel" aria-label={title}>
      <PanelHead
        title={title}
        before={{
          label: t("days.before"),
          go: day > later(today, -DAYS_BACK) ? () => setDay(later(day, -1)) : null,
        }}
        after={{
          label: t("days.after"),
          go: day < today ? () => setDay(later(day, 1) === today ? "" : later(day, 1)) : null,
        }}
      >
        {note && <span className="t1 sub aside">{note}</span>}
        <label className="t1 sub">
          {t("days.start")}{" "}
          <select
            value={start}
            onChange={({ currentTarget }) =>
              setHour(currentTarget.value === String(START_H) ? "" : currentTarget.value)
            }
          >
            {HOURS.map((h) => (
              <option key={h} value={h}>{`${h}:00`}</option>
            ))}
          </select>
        </label>
      </PanelHead>
      <Answered asked={asked}>
        {(told) => (
          <>
            <div className="in">
              <BigStrip label={title} from={from} to={from + DAY_S} told={told} now={told.to} />
            </div>
            <Figures figures={told.figures} />
            {told.gaps.map((gap) => (
              <p key={`${gap.device} ${gap.from}`} className="in t1 sub">
                {t("days.gap", { count: gap.count })}
              </p>
            ))}
          </>
        )}
      </Answered>
    </section>
  );
}
