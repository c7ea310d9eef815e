// A month of one person: the heat map of its hours, and the days' figures as a table.

import { useTranslation } from "react-i18next";
import { monthOf as askMonth } from "../api/record";
import { Answered } from "../console/kit/Answered";
import { useAsk } from "../console/kit/ask";
import { usePresence, useShown } from "../days/DayPanel";
import { Figures, incidentsIn } from "../days/Figures";
import { PanelHead } from "../days/PanelHead";
import {
  dayOf,
  dayText,
  HOUR_S,
  later,
  lengthText,
  monthOf,
  startOf,
  weekdayOf,
} from "../days/tokyo";
import { type Cell, HEATS, heat, tone } from "./heat";

export function Month({ member, now }: { member: number; now: number }) {
  const { t, i18n } = useTranslation();
  const today = dayOf(now);
  const { day, setDay } = useShown(now);
  const { first, next } = monthOf(day);
  const asked = usePresence(member, startOf(first), startOf(next), false);
  const title = new Intl.DateTimeFormat(i18n.language === "ja" ? "ja-JP" : "en-GB", {
    timeZone: "UTC",
    year: "numeric",
    month: "long",
  }).format(Date.parse(`${first}T00:00:00Z`));
  return (
    <section className="day-panel" aria-label={title}>
      <PanelHead
        title={title}
        before={{ label: t("days.monthBefore"), go: () => setDay(later(first, -1)) }}
        after={{ label: t("days.monthAfter"), go: next <= today ? () => setDay(next) : null }}
      >
        <span className="t1 sub heats" aria-hidden="true">
          {t("days.heatNone")}
          {Array.from({ length: HEATS }, (_, at) => at).map((at) => (
            <i key={at} data-heat={at} />
          ))}
          {t("days.heatAll")}
        </span>
      </PanelHead>
      <Answered asked={asked}>
        {({ spans }) => (
          <div aria-busy={asked.isPlaceholderData} className="then">
            <Hours first={first} next={next} spans={spans} now={now} onDay={setDay} day={day} />
          </div>
        )}
      </Answered>
      <Days member={member} month={first.slice(0, 7)} today={today} />
    </section>
  );
}

interface HoursProps {
  readonly first: string;
  readonly next: string;
  readonly spans: Parameters<typeof heat>[2];
  readonly now: number;
  readonly day: string;
  readonly onDay: (day: string) => void;
}

function Hours({ first, next, spans, now, day, onDay }: HoursProps) {
  const { t, i18n } = useTranslation();
  const { days, hours, cell } = heat(first, next, spans);
  const today = dayOf(now);
  const weekdays = new Intl.DateTimeFormat(i18n.language, { weekday: "narrow", timeZone: "UTC" });
  return (
    <div className="in">
      <div
        className="heat"
        style={{ gridTemplateColumns: `44px repeat(${days.length}, minmax(0, 1fr))` }}
      >
        <span />
        {days.map((one) => (
          <button
            type="button"
            key={one}
            className="d num"
            data-rest={[0, 6].includes(weekdayOf(one)) || undefined}
            aria-current={one === day ? "date" : undefined}
            disabled={one > today}
            onClick={() => onDay(one)}
          >
            <span className="unseen">{dayText(one, i18n.language, today)}</span>
            <span aria-hidden="true">
              {Number(one.slice(8))}
              <br />
              {weekdays.format(Date.parse(`${one}T00:00:00Z`))}
            </span>
          </button>
        ))}
        {hours.map((hour) => (
          <Hour key={hour} hour={hour} days={days} cell={cell} now={now} />
        ))}
      </div>
      <p className="t1 sub heat-note">
        {t("days.heatNote")} <i data-dark="" /> {t("days.notKnown")} <i data-none="" />{" "}
        {t("days.heatOff")} <i data-next="" /> {t("days.heatNext")}
      </p>
    </div>
  );
}

interface HourProps {
  readonly hour: number;
  readonly days: readonly string[];
  readonly cell: (day: number, hour: number) => Cell;
  readonly now: number;
}

/** Drawn for the eye; the table below says the same to everybody. */
function Hour({ hour, days, cell, now }: HourProps) {
  return (
    <>
      <span className="h num" aria-hidden="true">
        {hour % 2 === 1 ? `${hour}:00` : ""}
      </span>
      {days.map((day, at) => {
        const there = cell(at, hour);
        const begun = startOf(day) + hour * HOUR_S <= now;
        return (
          <i
            key={day}
            data-heat={typeof there === "number" ? tone(there) : undefined}
            data-dark={there === "dark" || undefined}
            data-none={(there === null && begun) || undefined}
            data-next={(there === null && !begun) || undefined}
          />
        );
      })}
    </>
  );
}

function Days({ member, month, today }: { member: number; month: string; today: string }) {
  const { t, i18n } = useTranslation();
  const asked = useAsk(["month", member, month], () => askMonth(member, month));
  return (
    <Answered asked={asked}>
      {({ days, total }) => (
        <>
          <Figures figures={total} />
          <details className="as-table">
            <summary>{t("days.asTable")}</summary>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("days.day")}</th>
                  {(["worked", "present", "away", "rest", "notKnown", "paused"] as const).map(
                    (one) => (
                      <th key={one} scope="col" className="num r">
                        {t(
                          one === "present" || one === "away" || one === "paused"
                            ? `label.${one}`
                            : `days.${one}`,
                        )}
                      </th>
                    ),
                  )}
                  <th scope="col" className="num r">
                    {t("days.incident")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {days.map(({ day, figures }) => (
                  <tr key={day}>
                    <th scope="row">{dayText(day, i18n.language, today)}</th>
                    <td className="num r">{lengthText(figures.worked)}</td>
                    <td className="num r">{lengthText(figures.present)}</td>
                    <td className="num r">{lengthText(figures.away)}</td>
                    <td className="num r">{lengthText(figures.break + figures.out)}</td>
                    <td className="num r">{lengthText(figures.unknown + figures.offline)}</td>
                    <td className="num r">{lengthText(figures.paused)}</td>
                    <td className="num r">{incidentsIn(figures)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        </>
      )}
    </Answered>
  );
}
