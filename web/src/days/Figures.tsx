// What a stretch of time comes to. Lengths, never a share that looks like a grade.

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Figures as Told } from "../api/record";
import { lengthText } from "./tokyo";

export const incidentsIn = ({ incidents }: Told): number =>
  incidents.reduce((sum, { count }) => sum + count, 0);

export function Figures({ figures }: { figures: Told }) {
  const { t } = useTranslation();
  const open = figures.incidents
    .filter(({ verdict }) => !verdict)
    .reduce((sum, { count }) => sum + count, 0);
  return (
    <dl className="figs">
      <Figure name={t("days.worked")} note={t("days.workedNote")}>
        {lengthText(figures.worked)}
      </Figure>
      <Figure name={t("label.present")}>{lengthText(figures.present)}</Figure>
      <Figure name={t("label.away")}>{lengthText(figures.away)}</Figure>
      <Figure name={t("days.rest")}>{lengthText(figures.break + figures.out)}</Figure>
      <Figure name={t("days.notKnown")} note={t("days.notKnownNote")}>
        {lengthText(figures.unknown + figures.offline)}
      </Figure>
      <Figure name={t("label.paused")}>{lengthText(figures.paused)}</Figure>
      <Figure name={t("days.incident")} note={open ? t("days.open", { count: open }) : ""}>
        {incidentsIn(figures)}
      </Figure>
    </dl>
  );
}

function Figure(props: { name: string; note?: string; children: ReactNode }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd className="num">{props.children}</dd>
      {props.note && <dd className="t1 sub">{props.note}</dd>}
    </div>
  );
}
