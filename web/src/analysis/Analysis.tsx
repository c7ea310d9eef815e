// How the time of people and groups went over a period: a chart, a table, and a file with the same
// numbers.

import { TextInput } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { groups } from "../api/console";
import { type AnalysisWanted, analysis, analysisCsv } from "../api/record";
import { Answered } from "../console/kit/Answered";
import { useAsk } from "../console/kit/ask";
import { Empty } from "../console/kit/Empty";
import { Select } from "../console/kit/Select";
import { type Column, Sheet } from "../console/kit/Sheet";
import { Tools } from "../console/kit/Tools";
import { START_H } from "../days/DayPanel";
import { Figures } from "../days/Figures";
import { LostLine } from "../days/LostLine";
import { useNow } from "../days/now";
import { dayOf, dayText, isDay, lengthText, monthOf } from "../days/tokyo";
import { lostSince, useWatched } from "../days/watched";
import { Link } from "../shell/Link";
import { useParameter } from "../shell/place";
import { Columns } from "./Columns";
import { Shares } from "./Shares";
import {
  busy,
  byPeriod,
  count,
  type IncidentKind,
  KINDS,
  type Row,
  summed,
  VERDICTS,
} from "./sums";
import { Verdicts } from "./Verdicts";
import "../i18n/days";
import "../styles/days/strip.css";
import "../styles/days/day.css";
import "../styles/days/analysis.css";

const STEPS = ["none", "day", "week", "month"] as const;
const BY = ["member", "group"] as const;
const VIEWS = ["time", "incidents"] as const;
type View = (typeof VIEWS)[number];

const among = <T extends string>(all: readonly T[], said: string): T =>
  all.find((one) => one === said) ?? (all[0] as T);

export default function Analysis() {
  const { t } = useTranslation();
  const today = dayOf(useNow());
  const [from, setFrom] = useParameter("from");
  const [to, setTo] = useParameter("to");
  const [by, setBy] = useParameter("by");
  const [step, setStep] = useParameter("step");
  const [group, setGroup] = useParameter("group");
  const [seen, setView] = useParameter("view");
  const view = among(VIEWS, seen);
  const wanted: AnalysisWanted = {
    from: isDay(from) ? from : monthOf(today).first,
    to: isDay(to) ? to : today,
    by: among(BY, by),
    step: among(STEPS, step),
    group,
  };
  const inOrder = wanted.from <= wanted.to;
  const key = ["analysis", ...Object.values(wanted)];
  const asked = useWatched(key, () => analysis(wanted), false, inOrder);
  return (
    <>
      <Tools
        filters={
          <>
            <Day label={t("analysis.from")} day={wanted.from} max={today} onDay={setFrom} />
            <Day
              label={t("analysis.to")}
              day={wanted.to}
              max={today}
              onDay={setTo}
              error={inOrder ? undefined : t("analysis.backwards")}
            />
            <Select
              aria-label={t("analysis.by")}
              value={wanted.by}
              onPick={setBy}
              options={[
                { value: "member", label: t("analysis.byMember") },
                { value: "group", label: t("analysis.byGroup") },
              ]}
            />
            <Select
              aria-label={t("analysis.step")}
              value={wanted.step}
              onPick={setStep}
              options={STEPS.map((value) => ({ value, label: t(`analysis.steps.${value}`) }))}
            />
            <Groups group={group} onGroup={setGroup} />
            <Select
              aria-label={t("analysis.view")}
              value={view}
              onPick={setView}
              options={VIEWS.map((value) => ({ value, label: t(`analysis.views.${value}`) }))}
            />
          </>
        }
      >
        {inOrder && asked.data && !asked.isError && (
          <span className="files t1">
            <a href={analysisCsv(wanted, "utf-8")} download>
              {t("analysis.csv")}
            </a>
            <a
              href={analysisCsv(wanted, "shift_jis")}
              download
              title={t("analysis.csvSjisNote")}
              aria-description={t("analysis.csvSjisNote")}
            >
              {t("analysis.csvSjis")}
            </a>
          </span>
        )}
      </Tools>
      <LostLine since={lostSince(asked)} />
      {inOrder && (
        <Answered asked={asked}>
          {({ rows }) => (
            <div aria-busy={asked.isPlaceholderData} className="then">
              <Told rows={rows} wanted={wanted} view={view} today={today} />
            </div>
          )}
        </Answered>
      )}
    </>
  );
}

interface DayProps {
  readonly label: string;
  readonly day: string;
  readonly max: string;
  readonly onDay: (day: string) => void;
  readonly error?: string | undefined;
}

function Day({ label, day, max, onDay, error }: DayProps) {
  return (
    <TextInput
      type="date"
      aria-label={label}
      title={label}
      value={day}
      max={max}
      error={error}
      onChange={({ currentTarget }) => onDay(currentTarget.value)}
    />
  );
}

function Groups({ group, onGroup }: { group: string; onGroup: (group: string) => void }) {
  const { t } = useTranslation();
  const { data } = useAsk(["groups"], groups);
  if (!data || data.items.length === 0) return null;
  return (
    <Select
      aria-label={t("analysis.group")}
      value={group}
      onPick={onGroup}
      options={[
        { value: "", label: t("analysis.everybody") },
        ...data.items.map(({ id, name }) => ({ value: String(id), label: name })),
      ]}
    />
  );
}

const CHARTED = 60; // rows: more are a table's work

interface ToldProps {
  readonly rows: readonly Row[];
  readonly wanted: AnalysisWanted;
  readonly view: View;
  readonly today: string;
}

function Told({ rows, wanted, view, today }: ToldProps) {
  const { t, i18n } = useTranslation();
  const people = wanted.by === "member";
  const stepped = wanted.step !== "none";
  const period = ({ begin, end }: { begin: string; end: string }) =>
    wanted.step === "day"
      ? dayText(begin, i18n.language, today)
      : periodText(begin, end, i18n.language);
  const all = useMemo(() => summed(rows.map(({ figures }) => figures)), [rows]);
  const periods = useMemo(() => (people && stepped ? byPeriod(rows) : []), [people, stepped, rows]);
  if (busy(all) === 0 && all.incidents.length === 0)
    return (
      <Empty title={t("analysis.none")}>
        <p>{t("analysis.noneHint")}</p>
      </Empty>
    );
  const table = (
    <>
      <p className="lead t1 sub">
        {view === "time" && t("analysis.note")} {t("analysis.days", { hour: START_H })}
      </p>
      <Sheet
        label={t("place.analysis")}
        columns={[...names(people, stepped), ...(view === "time" ? lengths() : kinds())]}
        rows={rows}
        id={({ id, begin }) => `${id} ${begin}`}
      />
    </>
  );
  if (view === "incidents")
    return (
      <>
        {people ? (
          <Verdicts incidents={all.incidents} />
        ) : (
          <p className="lead t1 sub">{t("analysis.groupNote")}</p>
        )}
        {table}
      </>
    );
  return (
    <>
      {people ? (
        <section className="total" aria-label={t("analysis.total")}>
          <Figures figures={all} />
        </section>
      ) : (
        <p className="lead t1 sub">{t("analysis.groupNote")}</p>
      )}
      {periods.length > 1 && (
        <Columns
          periods={periods}
          name={period}
          mark={({ begin }) => shortDay(begin, i18n.language)}
        />
      )}
      {periods.length <= 1 && rows.length <= CHARTED && (
        <Shares rows={rows} period={stepped ? period : null} />
      )}
      {periods.length <= 1 && rows.length > CHARTED && (
        <p className="lead t1 sub">{t("analysis.tooMany", { count: CHARTED })}</p>
      )}
      {table}
    </>
  );

  function names(people: boolean, stepped: boolean): Column<Row>[] {
    return [
      {
        name: "name",
        head: t("analysis.name"),
        sort: ({ name }) => name,
        cell: ({ id, name, end }) =>
          people ? (
            <Link href={`/people?member=${id}&day=${end}&start=0`} title={name}>
              {name}
            </Link>
          ) : (
            <span title={name}>{name}</span>
          ),
      },
      ...(stepped
        ? [
            {
              name: "period",
              head: t("analysis.period"),
              width: 152,
              phone: 92,
              sort: ({ begin }: Row) => begin,
              cell: (row: Row) => <span className="num">{period(row)}</span>,
            },
          ]
        : []),
      ...(people
        ? []
        : [
            {
              name: "people",
              head: t("analysis.people"),
              width: 64,
              phone: 0,
              figures: true,
              sort: (row: Row) => row.people,
              cell: (row: Row) => row.people,
            },
          ]),
    ];
  }

  function length(name: string, head: string, of: (told: Told) => number): Column<Row> {
    const small = SMALL.includes(name);
    return {
      name,
      head,
      width: name === "notKnown" ? 128 : 104,
      figures: true,
      wide: WIDE.includes(name),
      phone: small ? 60 : 0,
      sort: ({ figures }) => of(figures),
      cell: ({ figures }) => lengthText(of(figures)),
    };
  }

  function lengths(): Column<Row>[] {
    return [
      length("worked", t("days.worked"), ({ worked }) => worked),
      length("present", t("label.present"), ({ present }) => present),
      length("away", t("label.away"), ({ away }) => away),
      length("rest", t("days.rest"), (told) => told.break + told.out),
      length("notKnown", t("days.notKnown"), (told) => told.unknown + told.offline),
      length("paused", t("label.paused"), ({ paused }) => paused),
      {
        name: "incidents",
        head: t("days.incident"),
        width: 104,
        phone: 0,
        figures: true,
        sort: ({ figures }) => count(figures.incidents),
        cell: ({ figures }) => count(figures.incidents),
      },
    ];
  }

  function number(name: string, head: string, phone: number, of: (told: Told) => number) {
    return {
      name,
      head,
      width: 76,
      figures: true,
      phone,
      sort: ({ figures }: Row) => of(figures),
      cell: ({ figures }: Row) => of(figures),
    };
  }

  /** Of each kind how many, with their verdicts for whoever points at it or hears it; of each
   * verdict how many; and all. */
  function kinds(): Column<Row>[] {
    return [
      ...KINDS.map((kind) => ({
        ...number(kind, t(`kind.${kind}`), 0, ({ incidents }) => count(incidents, kind)),
        width: 96,
        cell: ({ figures }: Row) => <OfKind figures={figures} kind={kind} />,
      })),
      ...VERDICTS.map((verdict) =>
        number(
          verdict ?? "none",
          t(verdict ? `verdicts.${verdict}` : "analysis.open"),
          verdict === "confirmed" || verdict === null ? 64 : 0,
          ({ incidents }) => count(incidents, undefined, verdict),
        ),
      ),
      number("all", t("analysis.all"), 56, ({ incidents }) => count(incidents)),
    ];
  }
}

type Told = Row["figures"];
const WIDE: readonly string[] = ["rest", "paused"];
const SMALL: readonly string[] = ["present", "away", "notKnown"];

function OfKind({ figures, kind }: { figures: Told; kind: IncidentKind }) {
  const { t } = useTranslation();
  const said = VERDICTS.filter((verdict) => count(figures.incidents, kind, verdict) > 0)
    .map((verdict) => {
      const word = t(verdict ? `verdicts.${verdict}` : "analysis.open");
      return `${word} ${count(figures.incidents, kind, verdict)}`;
    })
    .join(" · ");
  return (
    <span title={said}>
      {count(figures.incidents, kind)}
      {said && <span className="unseen"> ({said})</span>}
    </span>
  );
}

/** 11/2, or 2 Nov. */
function shortDay(day: string, language: string): string {
  const of = language === "ja" ? "ja-JP" : "en-GB";
  const month = language === "ja" ? "numeric" : "short";
  return new Intl.DateTimeFormat(of, { timeZone: "UTC", month, day: "numeric" }).format(
    Date.parse(`${day}T00:00:00Z`),
  );
}

/** 11/2–11/8: no longer than a column is wide. */
function periodText(begin: string, end: string, language: string): string {
  if (begin === end) return shortDay(begin, language);
  return `${shortDay(begin, language)}–${shortDay(end, language)}`;
}
