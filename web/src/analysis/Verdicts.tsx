// Incidents of a period by kind and verdict, as one table with its sums.

import { useTranslation } from "react-i18next";
import { Glyph } from "../board/Glyph";
import { type Counted, count, KINDS, VERDICTS, type Verdict } from "./sums";

export function Verdicts({ incidents }: { incidents: readonly Counted[] }) {
  const { t } = useTranslation();
  const word = (verdict: Verdict) => t(verdict ? `verdicts.${verdict}` : "analysis.open");
  return (
    <section className="verdicts" aria-label={t("analysis.incidents")}>
      <table aria-label={t("analysis.incidents")}>
        <thead>
          <tr>
            <th scope="col">{t("analysis.incidents")}</th>
            {VERDICTS.map((verdict) => (
              <th key={verdict ?? "none"} scope="col" className="r">
                {word(verdict)}
              </th>
            ))}
            <th scope="col" className="r">
              {t("analysis.all")}
            </th>
          </tr>
        </thead>
        <tbody>
          {KINDS.map((kind) => (
            <tr key={kind}>
              <th scope="row" data-s="incident">
                <Glyph tone="incident" /> {t(`kind.${kind}`)}
              </th>
              {VERDICTS.map((verdict) => (
                <td key={verdict ?? "none"} className="num r">
                  {count(incidents, kind, verdict)}
                </td>
              ))}
              <td className="num r">{count(incidents, kind)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t("analysis.all")}</th>
            {VERDICTS.map((verdict) => (
              <td key={verdict ?? "none"} className="num r">
                {count(incidents, undefined, verdict)}
              </td>
            ))}
            <td className="num r">{count(incidents)}</td>
          </tr>
        </tfoot>
      </table>
    </section>
  );
}
