// A stretch of a person's time, large: states by height and pattern, words where they fit, incidents
// above, punches across the base line; and the same as a table.

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Presence } from "../api/record";
import { LABELS, type Label } from "../api/wire";
import { timeText } from "../board/age";
import { Glyph } from "../board/Glyph";
import { clockText, HOUR_S, lengthText } from "../days/tokyo";
import { Link } from "../shell/Link";
import { background } from "./layers";

const HIGH_PX = 40;
const WIDE_PX = 900; // what the strip has at the least where words are drawn
const WIDE_LETTER_PX = 12; // --t1
const NARROW_LETTER_PX = 7;
const AROUND_PX = 12;

export interface BigStripProps {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly told: Presence;
  /** What is drawn ends here: nothing newer is known. */
  readonly now: number;
  /** Whether its reader judges incidents. */
  readonly reviews: boolean;
}

export function BigStrip({ label, from, to, told, now, reviews }: BigStripProps) {
  const { t } = useTranslation();
  const x = (at: number) => `${((100 * (at - from)) / (to - from)).toFixed(3)}%`;
  const frame = { from, to, heightPx: HIGH_PX };
  const stretches = told.spans.map((span) => ({ label: span.label, from: span.at, to: span.to }));
  const wide = told.spans.filter(
    (span) =>
      span.label !== "off" &&
      (span.to - span.at) / (to - from) > wordPx(t(`label.${span.label}`)) / WIDE_PX,
  );
  return (
    <figure className="big-strip" aria-label={label}>
      <div className="big" aria-hidden="true">
        {ticks(from, to).map((at) => (
          <span key={at} className="tick num" style={{ left: x(at) }}>
            {clockText(at)}
          </span>
        ))}
        <span className="bar" style={{ background: background(stretches, frame) }} />
        {told.spans
          .filter(({ late }) => late)
          .map((span) => (
            <span
              key={span.at}
              className="late"
              style={{ left: x(span.at), width: `calc(${x(span.to)} - ${x(span.at)})` }}
            />
          ))}
        {wide.map((span) => (
          <span
            key={span.at}
            className="word"
            data-s={span.label}
            style={{ left: x((span.at + span.to) / 2) }}
          >
            {t(`label.${span.label}`)}
          </span>
        ))}
        {told.incidents.map(({ id, kind, opened_at }) => (
          <span
            key={id}
            className="inc"
            data-s="incident"
            style={{ left: x(Math.max(from, opened_at)) }}
            title={`${t(`kind.${kind}`)} ${timeText(opened_at, from)}`}
          >
            <Glyph tone="incident" />
          </span>
        ))}
        {told.punches.map(({ id, kind, at }) => (
          <span
            key={id}
            className="punch"
            style={{ left: x(at) }}
            title={`${t(`punch.kinds.${kind}`)} ${clockText(at)}`}
          />
        ))}
        {now > from && now < to && (
          <span className="now" style={{ left: x(now) }}>
            <b className="num">{t("days.now", { time: clockText(now) })}</b>
          </span>
        )}
      </div>
      <Legend told={told} />
      <AsTable told={told} reviews={reviews} />
    </figure>
  );
}

/** What a word takes with a little air around it: a narrower stretch has no room for it. */
const wordPx = (word: string): number =>
  [...word].reduce(
    (sum, letter) => sum + (letter > "\u2e80" ? WIDE_LETTER_PX : NARROW_LETTER_PX),
    AROUND_PX,
  );

function ticks(from: number, to: number): number[] {
  const hours = to - from > 15 * HOUR_S ? 2 : 1;
  const first = Math.ceil(from / HOUR_S) * HOUR_S;
  const all: number[] = [];
  for (let at = first; at <= to; at += hours * HOUR_S) all.push(at);
  return all;
}

/** What is in this strip, by the words that every screen uses. */
function Legend({ told }: { told: Presence }) {
  const { t } = useTranslation();
  const there = LABELS.filter(
    (label) => label !== "off" && told.spans.some((span) => span.label === label),
  );
  return (
    <p className="legend">
      {there.map((label) => (
        <span key={label}>
          <i className="swatch" style={{ background: swatch(label) }} />
          {t(`label.${label}`)}
        </span>
      ))}
      {told.incidents.length > 0 && (
        <span data-s="incident">
          <Glyph tone="incident" />
          {t("days.incident")}
        </span>
      )}
      {told.spans.some(({ late }) => late) && (
        <span>
          <i className="swatch late" />
          {t("days.late")}
        </span>
      )}
    </p>
  );
}

const swatch = (label: Label) =>
  background([{ label, from: 0, to: 1 }], { from: 0, to: 1, heightPx: 10 });

interface Line {
  readonly at: number;
  readonly row: ReactNode;
}

/** Everything of the strip in the order of time: stretches, punches, incidents. */
function AsTable({ told, reviews }: { told: Presence; reviews: boolean }) {
  const { t } = useTranslation();
  const stretches = told.spans
    .filter(({ label }) => label !== "off")
    .map((span) => ({
      at: span.at,
      row: (
        <tr key={`span ${span.at}`}>
          <td className="num">{clockText(span.at)}</td>
          <td className="num">{clockText(span.to)}</td>
          <td>
            {t(`label.${span.label}`)}
            <span className="sub">
              {span.reason && ` · ${t(`reason.${span.reason}`)}`}
              {span.task && ` · ${span.task}`}
              {span.late && ` · ${t("days.late")}`}
            </span>
          </td>
          <td className="num r">{lengthText(span.to - span.at)}</td>
        </tr>
      ),
    }));
  const punches = told.punches.map(({ id, kind, at, task }) => ({
    at,
    row: (
      <tr key={`punch ${id}`}>
        <td className="num">{clockText(at)}</td>
        <td />
        <td>
          <b>{t(`punch.kinds.${kind}`)}</b>
          {task && <span className="sub"> · {task}</span>}
        </td>
        <td />
      </tr>
    ),
  }));
  const incidents = told.incidents.map(({ id, kind, opened_at, verdict }) => ({
    at: opened_at,
    row: (
      <tr key={`incident ${id}`}>
        <td className="num">{timeText(opened_at, told.from)}</td>
        <td />
        <td data-s="incident">
          <Glyph tone="incident" />{" "}
          {reviews ? (
            <Link href={`/incidents?incident=${id}`}>{t(`kind.${kind}`)}</Link>
          ) : (
            t(`kind.${kind}`)
          )}
          <span className="sub">
            {" "}
            · {verdict ? t(`verdicts.${verdict}`) : t("today.notJudged")}
          </span>
        </td>
        <td />
      </tr>
    ),
  }));
  const lines: Line[] = [...stretches, ...punches, ...incidents].sort((a, b) => a.at - b.at);
  return (
    <details className="as-table">
      <summary>{t("days.asTable")}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("days.from")}</th>
            <th scope="col">{t("days.to")}</th>
            <th scope="col">{t("days.what")}</th>
            <th scope="col" className="num r">
              {t("days.length")}
            </th>
          </tr>
        </thead>
        <tbody>{lines.map(({ row }) => row)}</tbody>
      </table>
    </details>
  );
}
