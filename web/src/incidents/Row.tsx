// One incident of the queue: what and whose, for how long, by what figures, and who has it.

import { memo, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { IncidentItem } from "../api/wire";
import { timeText } from "../board/age";
import { Glyph } from "../board/Glyph";
import { useAgo, useStore } from "../board/hooks";
import { VoteBar } from "../board/Why";
import { isDisputed } from "./dispute";

export interface RowProps {
  readonly row: IncidentItem;
  readonly judged: boolean;
  readonly here: boolean;
  readonly marked: boolean;
  readonly onOpen: (id: string) => void;
  readonly onMark: (id: string) => void;
}

export const Row = memo(function Row({ row, judged, here, marked, onOpen, onMark }: RowProps) {
  const { t } = useTranslation();
  const { clock } = useStore();
  const ago = useAgo(row.opened_at);
  const box = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (here) box.current?.scrollIntoView({ block: "nearest" });
  }, [here]);
  const time = timeText(row.opened_at, clock.now());
  const kind = t(`kind.${row.kind}`);
  return (
    <li
      ref={box}
      className="q"
      data-incident={row.id}
      data-done={judged || undefined}
      data-s="incident"
    >
      <button
        type="button"
        aria-current={here || undefined}
        title={`${kind} ${row.name}`}
        onClick={() => onOpen(row.id)}
      >
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
          <Who row={row} judged={judged} />
        </span>
      </button>
      {row.viewed && !judged && (
        <input
          type="checkbox"
          aria-label={t("review.mark", { name: row.name, kind, time })}
          checked={marked}
          onChange={() => onMark(row.id)}
        />
      )}
    </li>
  );
});

function Who({ row, judged }: Pick<RowProps, "row" | "judged">) {
  const { t } = useTranslation();
  const name = judged ? (row.judged_by ?? t("review.somebody")) : row.assignee_name;
  if (name) return <span className="who cut">{name}</span>;
  return <span className="who nobody cut">{t("review.nobody")}</span>;
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
