// The queue: the gravest first and then who waits longest; what enters moves nothing that is read.

import { Button, SegmentedControl } from "@mantine/core";
import { type RefObject, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../api/http";
import { type IncidentItem, KINDS, type Kind } from "../api/wire";
import { timeText } from "../board/age";
import { Glyph } from "../board/Glyph";
import { useAgo, useStore } from "../board/hooks";
import { VoteBar } from "../board/Why";
import { Empty } from "../console/kit/Empty";
import { Refusal } from "../console/kit/Refusal";
import { Select } from "../console/kit/Select";
import { type Show, VERDICTS } from "./api";
import { Notify } from "./Notify";
import type { ListState } from "./Room";
import { useSteady } from "./useSteady";
import type { Verdicts } from "./useVerdicts";

const HEADER_PX = 84; // it stays above the rows
const SHOWS: readonly Show[] = ["open", "mine", "judged"];

export interface QueueProps {
  readonly list: ListState;
  readonly asked: {
    readonly rows: readonly IncidentItem[];
    readonly isPending: boolean;
    readonly problem: Problem | null;
    readonly hasNextPage: boolean;
    readonly refetch: () => unknown;
    readonly fetchNextPage: () => unknown;
  };
  readonly me: number;
  readonly current: string;
  readonly marked: readonly IncidentItem[];
  readonly filter: RefObject<HTMLSelectElement | null>;
  readonly verdicts: Verdicts;
  readonly onOpen: (id: string) => void;
  readonly onMark: (id: string) => void;
  readonly onUnmark: () => void;
}

export function Queue(props: QueueProps) {
  const { list, asked, me, marked, verdicts } = props;
  const { t } = useTranslation();
  const { rows } = asked;
  const taken = (row: IncidentItem) => row.assignee != null && row.assignee !== me;
  const waiting = list.show === "open" ? rows.filter((row) => !taken(row)) : rows;
  const others = list.show === "open" ? rows.filter(taken) : [];
  const box = useRef<HTMLElement>(null);
  useSteady(box, HEADER_PX);
  return (
    <section ref={box} className="queue" aria-label={t("review.queue")}>
      <header>
        <SegmentedControl
          size="xs"
          fullWidth
          transitionDuration={0}
          aria-label={t("review.show")}
          value={list.show}
          onChange={(value) => list.setShow(value as Show)}
          data={SHOWS.map((value) => ({ value, label: t(`review.tab.${value}`) }))}
        />
        <div className="line">
          <Select
            ref={props.filter}
            size="xs"
            aria-label={t("review.kind")}
            aria-keyshortcuts="/"
            value={list.kind}
            onPick={list.setKind}
            options={[
              { value: "" as Kind | "", label: t("review.everyKind") },
              ...KINDS.map((value) => ({ value, label: t(`kind.${value}`) })),
            ]}
          />
          <span className="grow" />
          <Notify />
        </div>
      </header>
      <Part
        head={t(`review.${list.show === "judged" ? "judgedHead" : "unanswered"}`)}
        rows={waiting}
        {...props}
      />
      {others.length > 0 && <Part head={t("review.taken")} rows={others} {...props} />}
      {asked.problem && <Refusal problem={asked.problem} onRetry={() => void asked.refetch()} />}
      {rows.length === 0 && !asked.isPending && !asked.problem && (
        <Empty title={t(`review.none.${list.show}`)}>
          <p>{t(`review.noneHint.${list.show}`)}</p>
        </Empty>
      )}
      {asked.hasNextPage && (
        <p className="foot">
          <Button size="xs" variant="default" onClick={() => void asked.fetchNextPage()}>
            {t("review.more")}
          </Button>
        </p>
      )}
      {rows.length > 0 && list.show !== "judged" && (
        <p className="foot t1 dim">{t("review.bulkHint")}</p>
      )}
      {marked.length > 0 && (
        <fieldset className="bulk" aria-label={t("review.marked", { n: marked.length })}>
          <span className="num t1">{t("review.marked", { n: marked.length })}</span>
          {VERDICTS.map((verdict) => (
            <Button
              key={verdict}
              size="xs"
              variant="default"
              disabled={verdicts.sending}
              onClick={() =>
                verdicts.sayOfAll(
                  marked.map(({ id }) => id),
                  verdict,
                )
              }
            >
              {t(`review.verdict.${verdict}`)}
            </Button>
          ))}
          <button type="button" className="plain t1" onClick={props.onUnmark}>
            {t("review.unmark")}
          </button>
        </fieldset>
      )}
    </section>
  );
}

function Part({
  head,
  rows,
  ...props
}: QueueProps & { head: string; rows: readonly IncidentItem[] }) {
  if (rows.length === 0) return null;
  return (
    <>
      <h2>
        {head} <span className="num">{rows.length}</span>
      </h2>
      <ul>
        {rows.map((row) => (
          <Row key={row.id} row={row} {...props} />
        ))}
      </ul>
    </>
  );
}

function Row(props: QueueProps & { row: IncidentItem }) {
  const { row, list, current, marked, onOpen, onMark } = props;
  const { t } = useTranslation();
  const { clock } = useStore();
  const ago = useAgo(row.opened_at);
  const here = current === row.id;
  const box = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (here) box.current?.scrollIntoView({ block: "nearest" });
  }, [here]);
  const time = timeText(row.opened_at, clock.now());
  const kind = t(`kind.${row.kind}`);
  const judged = list.show === "judged";
  return (
    <li
      ref={box}
      className="q"
      data-incident={row.id}
      data-done={judged || undefined}
      data-s="incident"
    >
      <button type="button" aria-current={here || undefined} onClick={() => onOpen(row.id)}>
        <Thumb />
        <span className="what cut">
          {!judged && <Glyph tone="incident" size={10} />}
          <b>{kind}</b> {row.name}
        </span>
        <span className="num t1 sub age">
          {judged && row.verdict ? <b>{t(`review.verdict.${row.verdict}`)}</b> : ago}
        </span>
        <span className="two">
          <span className="num">{time}</span>
          <Figures row={row} />
          {(row.escalation ?? 0) > 0 && !judged && (
            <span className="tag">{t("review.escalated", { n: row.escalation })}</span>
          )}
          {isDisputed(row) && <span className="tag">{t("review.disputed")}</span>}
          <span className="who cut">
            {judged ? row.judged_by : (row.assignee_name ?? t("review.nobody"))}
          </span>
        </span>
      </button>
      {row.viewed && !judged && (
        <input
          type="checkbox"
          aria-label={t("review.mark", { name: row.name, kind, time })}
          checked={marked.some(({ id }) => id === row.id)}
          onChange={() => onMark(row.id)}
        />
      )}
    </li>
  );
}

const BARS_MAX = 8; // as many as fit the line

/** The votes as bars, and the score against its threshold. */
function Figures({ row: { why } }: { row: IncidentItem }) {
  if (!why) return null;
  const { votes, of, score, threshold } = why;
  const sign = score != null && threshold != null && (score < threshold ? "<" : "≥");
  return (
    <span className="num figures">
      {votes != null && of != null && of <= BARS_MAX && <VoteBar votes={votes} of={of} />}
      {sign
        ? `${score?.toFixed(2)} ${sign} ${threshold?.toFixed(2)}`
        : votes != null && `${votes}/${of}`}
    </span>
  );
}

/** Always blurred, and no picture of anybody: none is loaded before a purpose is chosen. */
function Thumb() {
  return (
    <svg className="thumb" viewBox="0 0 40 30" aria-hidden="true">
      <circle cx="20" cy="12" r="6" />
      <path d="M6 30c0-8 6-11 14-11s14 3 14 11z" />
    </svg>
  );
}

/** The person objected, and nobody has answered that by another word. */
export const isDisputed = ({ disputed_at, judged_at }: IncidentItem): boolean =>
  disputed_at != null && disputed_at > (judged_at ?? 0);
