// How everybody's time went from piece to piece of a range: one column each, on one scale of hours.

import { useTranslation } from "react-i18next";
import { HOUR_S, lengthText } from "../days/tokyo";
import { Legend } from "./Legend";
import { busy, PARTS, type Period, round } from "./sums";

const MARKS = 12; // names under the columns: more have no room

export interface ColumnsProps {
  readonly periods: readonly Period[];
  readonly name: (period: Period) => string;
  readonly mark: (period: Period) => string;
}

export function Columns({ periods, name, mark }: ColumnsProps) {
  const { t } = useTranslation();
  const top = round(Math.max(HOUR_S, ...periods.map(({ figures }) => busy(figures))));
  const every = Math.ceil(periods.length / MARKS);
  return (
    <figure className="columns" aria-label={t("analysis.course")}>
      <figcaption>
        <b>{t("analysis.course")}</b>
        <Legend figures={periods.map(({ figures }) => figures)} />
      </figcaption>
      <div className="plot" aria-hidden="true">
        <div className="scale num t1 sub">
          <span>{lengthText(top)}</span>
          <span>{lengthText(top / 2)}</span>
          <span>0</span>
        </div>
        {periods.map((period, at) => (
          <div key={period.begin} className="column" title={said(period)}>
            <div className="pile">
              {[...PARTS]
                .reverse()
                .map((part) =>
                  period.figures[part] > 0 ? (
                    <i
                      key={part}
                      data-part={part}
                      style={{ height: `${(100 * period.figures[part]) / top}%` }}
                    />
                  ) : null,
                )}
            </div>
            <span className="t1 sub num">{at % every === 0 ? mark(period) : ""}</span>
          </div>
        ))}
      </div>
      <details className="as-table">
        <summary>{t("days.asTable")}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("analysis.period")}</th>
              {PARTS.map((part) => (
                <th key={part} scope="col" className="num r">
                  {t(`label.${part}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {periods.map((period) => (
              <tr key={period.begin}>
                <th scope="row">{name(period)}</th>
                {PARTS.map((part) => (
                  <td key={part} className="num r">
                    {lengthText(period.figures[part])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );

  function said(period: Period): string {
    const parts = PARTS.filter((part) => period.figures[part] > 0).map(
      (part) => `${t(`label.${part}`)} ${lengthText(period.figures[part])}`,
    );
    return [name(period), ...parts].join("\n");
  }
}
