// How the time of people and groups went over a period: a chart, a table, and a file with the same
// numbers.

import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { groups } from "../api/console";
import { type AnalysisWanted, analysis, analysisCsv, type Figures } from "../api/record";
import { Answered } from "../console/kit/Answered";
import { useAsk } from "../console/kit/ask";
import { Empty } from "../console/kit/Empty";
import { Select } from "../console/kit/Select";
import { type Column, Sheet } from "../console/kit/Sheet";
import { Tools } from "../console/kit/Tools";
import { incidentsIn } from "../days/Figures";
import { useNow } from "../days/now";
import { dayOf, dayText, isDay, lengthText, monthOf } from "../days/tokyo";
import { useParameter } from "../shell/place";
import { Shares } from "./Shares";
import "../i18n/days";
import "../styles/days/analysis.css";

const STEPS = ["none", "day", "week", "month"] as const;
const BY = ["member", "group"] as const;

type Row = Awaited<ReturnType<typeof analysis>>["rows"][number];

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
  const wanted: AnalysisWanted = {
    from: isDay(from) ? from : monthOf(today).first,
    to: isDay(to) ? to : today,
    by: among(BY, by),
    step: among(STEPS, step),
    group,
  };
  const inOrder = wanted.from <= wanted.to;
  const asked = useAsk(["analysis", ...Object.values(wanted)], () => analysis(wanted), {
    enabled: inOrder,
  });
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
          </>
        }
      >
        <a className="t1" href={analysisCsv(wanted, "utf-8")} download>
          {t("analysis.csv")}
        </a>
        <a className="t1" href={analysisCsv(wanted, "shift_jis")} download>
          {t("analysis.csvSjis")}
        </a>
      </Tools>
      {inOrder && (
        <Answered asked={asked}>
          {({ rows }) =>
            rows.length === 0 ? (
              <Empty title={t("analysis.none")}>
                <p>{t("analysis.noneHint")}</p>
              </Empty>
            ) : (
              <Told rows={rows} stepped={wanted.step !== "none"} today={today} />
            )
          }
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

function Told({ rows, stepped, today }: { rows: Row[]; stepped: boolean; today: string }) {
  const { t, i18n } = useTranslation();
  const length = (name: string, head: string, of: (told: Figures) => number): Column<Row> => ({
    name,
    head,
    width: 104,
    figures: true,
    wide: name !== "worked" && name !== "present" && name !== "away",
    phone: name === "worked" || name === "away" ? 72 : 0,
    sort: ({ figures }) => of(figures),
    cell: ({ figures }) => lengthText(of(figures)),
  });
  const period = ({ begin, end }: Row) =>
    begin === end
      ? dayText(begin, i18n.language, today)
      : `${dayText(begin, i18n.language, today)} – ${dayText(end, i18n.language, today)}`;
  const columns: Column<Row>[] = [
    { name: "name", head: t("analysis.name"), sort: ({ name }) => name, cell: ({ name }) => name },
    ...(stepped
      ? [{ name: "period", head: t("analysis.period"), width: 200, phone: 96, cell: period }]
      : []),
    {
      name: "people",
      head: t("analysis.people"),
      width: 64,
      figures: true,
      wide: true,
      phone: 0,
      cell: ({ people }) => people,
    },
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
      sort: ({ figures }) => incidentsIn(figures),
      cell: ({ figures }) => <Noticed figures={figures} />,
    },
  ];
  return (
    <>
      <p className="lead t1 sub">{t("analysis.note")}</p>
      {rows.length <= CHARTED && <Shares rows={rows} period={stepped ? period : null} />}
      <Sheet
        label={t("place.analysis")}
        columns={columns}
        rows={rows}
        id={({ id, begin }) => `${id} ${begin}`}
      />
    </>
  );
}

/** How many, and which of them, by kind and verdict. */
function Noticed({ figures }: { figures: Figures }) {
  const { t } = useTranslation();
  const said = figures.incidents
    .map(({ kind, verdict, count }) =>
      [t(`kind.${kind}`), verdict ? t(`verdicts.${verdict}`) : t("today.notJudged"), count].join(
        " ",
      ),
    )
    .join("\n");
  return <span title={said}>{incidentsIn(figures)}</span>;
}
