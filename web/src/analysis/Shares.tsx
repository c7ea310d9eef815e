// Where the time of each row went, as one bar a row on one scale of hours; the table says the same.

import { useTranslation } from "react-i18next";
import type { Figures } from "../api/record";
import { HOUR_S, lengthText } from "../days/tokyo";
import { background, type Stretch } from "../strip/layers";
import { Legend } from "./Legend";
import { busy, PARTS, type Row } from "./sums";

const HIGH_PX = 14;

export interface SharesProps {
  readonly rows: readonly Row[];
  readonly period: ((row: Row) => string) | null;
}

export function Shares({ rows, period }: SharesProps) {
  const { t } = useTranslation();
  const longest = Math.max(HOUR_S, ...rows.map(({ figures }) => busy(figures)));
  return (
    <figure className="shares" aria-hidden="true">
      <figcaption>
        <b>{t("analysis.chart")}</b>
        <Legend figures={rows.map(({ figures }) => figures)} />
      </figcaption>
      {rows.map((row) => (
        <div key={`${row.id} ${row.begin}`} className="share">
          <span className="cut" title={row.name}>
            {row.name}
            {period && <span className="t1 sub"> {period(row)}</span>}
          </span>
          <i style={{ background: bar(row.figures, longest) }} title={said(row.figures)} />
          <span className="num t1 sub">{lengthText(busy(row.figures))}</span>
        </div>
      ))}
    </figure>
  );

  function said(figures: Figures): string {
    return PARTS.filter((part) => figures[part] > 0)
      .map((part) => `${t(`label.${part}`)} ${lengthText(figures[part])}`)
      .join("\n");
  }
}

function bar(figures: Figures, longest: number): string {
  let at = 0;
  const stretches: Stretch[] = PARTS.map((label) => {
    const from = at;
    at += figures[label];
    return { label, from, to: at };
  });
  return background(stretches, { from: 0, to: longest, heightPx: HIGH_PX });
}
