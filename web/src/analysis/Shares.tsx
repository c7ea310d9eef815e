// Where the time of each row went, as one bar a row on one scale of hours; the table says the same.

import { useTranslation } from "react-i18next";
import type { Figures } from "../api/record";
import type { Label } from "../api/wire";
import { HOUR_S, lengthText } from "../days/tokyo";
import { background, type Stretch } from "../strip/layers";

const PARTS = ["present", "away", "break", "out", "paused", "unknown", "offline"] as const;
const HIGH_PX = 14;

interface Row {
  readonly id: number;
  readonly name: string;
  readonly begin: string;
  readonly end: string;
  readonly figures: Figures;
}

export interface SharesProps<Of extends Row> {
  readonly rows: readonly Of[];
  readonly period: ((row: Of) => string) | null;
}

const sum = (figures: Figures) => PARTS.reduce((all, part) => all + figures[part], 0);

export function Shares<Of extends Row>({ rows, period }: SharesProps<Of>) {
  const { t } = useTranslation();
  const longest = Math.max(HOUR_S, ...rows.map(({ figures }) => sum(figures)));
  const there = PARTS.filter((part) => rows.some(({ figures }) => figures[part] > 0));
  return (
    <figure className="shares" aria-hidden="true">
      <figcaption>
        <b>{t("analysis.chart")}</b>
        <span className="legend">
          {there.map((part) => (
            <span key={part}>
              <i className="swatch" style={{ background: drawn([part, 1], 1, 10) }} />
              {t(`label.${part}`)}
            </span>
          ))}
        </span>
      </figcaption>
      {rows.map((row) => (
        <div key={`${row.id} ${row.begin}`} className="share">
          <span className="cut" title={row.name}>
            {row.name}
            {period && <span className="t1 sub"> {period(row)}</span>}
          </span>
          <i style={{ background: bar(row.figures, longest) }} />
          <span className="num t1 sub">{lengthText(sum(row.figures))}</span>
        </div>
      ))}
    </figure>
  );
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

const drawn = ([label, to]: [Label, number], whole: number, heightPx: number) =>
  background([{ label, from: 0, to }], { from: 0, to: whole, heightPx });
