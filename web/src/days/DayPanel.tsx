// One day of one person: the strip from a start hour on, and its figures.

import { useTranslation } from "react-i18next";
import { presence } from "../api/record";
import { Answered } from "../console/kit/Answered";
import { useDesk } from "../console/kit/ask";
import { pageAt } from "../shell/pages";
import { useParameter } from "../shell/place";
import { BigStrip } from "../strip/BigStrip";
import { Figures } from "./Figures";
import { PanelHead } from "./PanelHead";
import { DAY_S, dayOf, dayText, HOUR_S, isDay, later, startOf } from "./tokyo";
import { useWatched } from "./watched";

export const AGAIN_MS = 15_000;
export const START_H = 5; // most people are asleep then: a night shift's day begins elsewhere
const HOURS = Array.from({ length: 24 }, (_, h) => h);
const DAYS_BACK = 93; // what the record keeps: three months

export interface Shown {
  /** The hour at which a day begins. */
  readonly start: number;
  readonly setStart: (hour: number) => void;
  /** The day that goes on: before that hour it is still the day before. */
  readonly today: string;
  readonly day: string;
  /** Of today, pass "" to stay with it. */
  readonly setDay: (day: string) => void;
}

/** The day and its first hour in the address, for all that is on a page; else today's, from 5:00. */
export function useShown(now: number): Shown {
  const [hour, setHour] = useParameter("start");
  const [named, setDay] = useParameter("day");
  const start = /^\d+$/.test(hour) && Number(hour) < 24 ? Number(hour) : START_H;
  const today = dayOf(now - start * HOUR_S);
  return {
    start,
    setStart: (h) => setHour(h === START_H ? "" : String(h)),
    today,
    day: isDay(named) && named <= today ? named : today,
    setDay: (day) => setDay(day === today ? "" : day),
  };
}

export function usePresence(member: number, from: number, to: number, live: boolean) {
  return useWatched(
    ["presence", member, from, to],
    () => presence(member, from, to),
    live && AGAIN_MS,
  );
}

export interface DayPanelProps {
  readonly member: number;
  /** The hub's idea of now, in seconds. */
  readonly now: number;
  readonly note?: string;
}

export function DayPanel({ member, now, note }: DayPanelProps) {
  const { t, i18n } = useTranslation();
  const { start, setStart, today, day, setDay } = useShown(now);
  const reviews = pageAt("/incidents", useDesk().session.member.role) !== undefined;
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
          go: day < today ? () => setDay(later(day, 1)) : null,
        }}
      >
        {note && <span className="t1 sub aside">{note}</span>}
        <label className="t1 sub">
          {t("days.start")}{" "}
          <select
            value={start}
            onChange={({ currentTarget }) => setStart(Number(currentTarget.value))}
          >
            {HOURS.map((h) => (
              <option key={h} value={h}>{`${h}:00`}</option>
            ))}
          </select>
        </label>
      </PanelHead>
      <Answered asked={asked}>
        {(told) => (
          <div aria-busy={asked.isPlaceholderData} className="then">
            <div className="in">
              <BigStrip
                label={title}
                from={from}
                to={from + DAY_S}
                told={told}
                now={told.to}
                reviews={reviews}
              />
            </div>
            <Figures figures={told.figures} />
            {told.gaps.map((gap) => (
              <p key={`${gap.device} ${gap.from}`} className="in t1 sub">
                {t("days.gap", { count: gap.count })}
              </p>
            ))}
          </div>
        )}
      </Answered>
    </section>
  );
}
