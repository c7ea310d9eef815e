// The system log: every administrative act, sign-in, refusal and view, newest first.

import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type LogFilter, log, logExport, logWords } from "../../api/console";
import type { LogItem } from "../../api/shapes";
import { useParameter } from "../../shell/place";
import { Answered } from "../kit/Answered";
import { useAsk, usePages } from "../kit/ask";
import { Empty } from "../kit/Empty";
import { Panel } from "../kit/Panel";
import { Select } from "../kit/Select";
import { type Column, Sheet } from "../kit/Sheet";
import { Tools } from "../kit/Tools";
import { useMoment } from "../kit/when";
import { endOfDay, factsOf, type Said, startOfDay, subjectText, textsOf } from "./entry";

const TYPING_MS = 250;

export default function Log() {
  const { t } = useTranslation();
  const moment = useMoment();
  const called = useCalled();
  const said = useSaid();
  const [what, setWhat] = useParameter("what");
  const [typed, setTyped] = useParameter("text");
  const [from, setFrom] = useParameter("from");
  const [to, setTo] = useParameter("to");
  const [text] = useDebouncedValue(typed, TYPING_MS);
  const filter: LogFilter = { what, text, from: startOfDay(from), to: endOfDay(to) };
  const asked = usePages(["log", ...Object.values(filter)], (cursor) => log(filter, cursor));
  const [open, setOpen] = useState<LogItem | null>(null);
  const columns: Column<LogItem>[] = [
    {
      name: "what",
      head: t("log.entry"),
      cell: (row) => <span>{whatText(row.what, t)}</span>,
    },
    {
      name: "subject",
      head: t("log.subject"),
      wide: true,
      width: 320,
      cell: ({ subject }) => (
        <span className="t1 sub cut" title={subjectText(subject, called, said)}>
          {subjectText(subject, called, said)}
        </span>
      ),
    },
    {
      name: "actor",
      head: t("log.actor"),
      width: 200,
      phone: 96,
      cell: ({ actor, actor_name }) =>
        actor_name ?? (actor ? t("log.member", { id: actor }) : t("log.nobody")),
    },
    {
      name: "at",
      head: t("log.at"),
      width: 168,
      phone: 136,
      cell: ({ at }) => <span className="num">{moment(at)}</span>,
    },
  ];
  return (
    <>
      <Tools
        find={{ text: typed, onText: setTyped }}
        placeholder={t("log.find")}
        filters={
          <>
            <Words what={what} onWhat={setWhat} />
            <TextInput
              type="date"
              aria-label={t("log.from")}
              value={from}
              onChange={(event) => setFrom(event.currentTarget.value)}
            />
            <span className="dim" aria-hidden="true">
              –
            </span>
            <TextInput
              type="date"
              aria-label={t("log.to")}
              value={to}
              onChange={(event) => setTo(event.currentTarget.value)}
            />
          </>
        }
      >
        <Button component="a" variant="default" href={logExport(filter, "csv")} download>
          CSV
        </Button>
        <Button component="a" variant="default" href={logExport(filter, "json")} download>
          JSON
        </Button>
      </Tools>
      <Answered asked={asked}>
        {() =>
          asked.rows.length === 0 ? (
            <Empty title={t("log.none")}>
              <p>{t("log.noneHint")}</p>
            </Empty>
          ) : (
            <Sheet
              label={t("page./log")}
              columns={columns}
              rows={asked.rows}
              id={({ id }) => id}
              onOpen={setOpen}
              open={open?.id ?? null}
              onEnd={asked.onEnd}
              foot={
                asked.hasNextPage
                  ? t("kit.rowsSoFar", { count: asked.rows.length })
                  : t("kit.rows", { count: asked.rows.length })
              }
            />
          )
        }
      </Answered>
      <Panel
        opened={open !== null}
        title={open ? whatText(open.what, t) : ""}
        onClose={() => setOpen(null)}
      >
        {open && <Entry entry={open} />}
      </Panel>
    </>
  );
}

export const whatText = (
  what: string,
  t: (key: string, more: { defaultValue: string }) => string,
): string => t(`log.what.${what}`, { defaultValue: what });

/** What the record calls something, in the reader's words. */
function useCalled(): (name: string) => string {
  const { t } = useTranslation();
  return (name) => t(`log.names.${name}`, { defaultValue: name });
}

/** What it says of it, likewise. */
function useSaid(): Said {
  const { t } = useTranslation();
  return (name, value) => t(textsOf(name, value), { defaultValue: value });
}

function Words({ what, onWhat }: { what: string; onWhat: (what: string) => void }) {
  const { t } = useTranslation();
  const asked = useAsk(["log", "words"], logWords);
  return (
    <Select
      aria-label={t("log.entry")}
      value={what}
      onPick={onWhat}
      options={[
        { value: "", label: t("log.everything") },
        ...(asked.data?.items ?? []).map((word) => ({ value: word, label: whatText(word, t) })),
      ]}
    />
  );
}

function Entry({ entry }: { entry: LogItem }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const called = useCalled();
  const said = useSaid();
  return (
    <div className="body">
      <dl className="facts">
        <dt>{t("log.at")}</dt>
        <dd className="num">{moment(entry.at)}</dd>
        <dt>{t("log.actor")}</dt>
        <dd>{entry.actor_name ?? (entry.actor ? entry.actor : t("log.nobody"))}</dd>
        <dt>{t("log.word")}</dt>
        <dd className="code">{entry.what}</dd>
        {factsOf(entry.subject, said).map(([name, value]) => (
          <Fact key={name} name={called(name)} value={value} />
        ))}
      </dl>
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="wraps">{value}</dd>
    </>
  );
}
