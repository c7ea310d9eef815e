// Where somebody is at this moment, as the record says it, and the time for which that is true.

import { useTranslation } from "react-i18next";
import type { Presence } from "../api/record";
import { ageText } from "../board/age";
import { Mark } from "../board/Glyph";
import { clockText } from "./tokyo";

export function Standing({ told }: { told: Presence }) {
  const { t } = useTranslation();
  const last = told.spans.at(-1);
  if (!last) return null;
  const minutes = Math.floor((told.to - last.at) / 60);
  return (
    <p className="standing">
      <Mark tone={last.label} word={t(`label.${last.label}`)} />
      <span className="num">
        {ageText(minutes, t)} {t("days.since", { time: clockText(last.at) })}
      </span>
      {last.reason && <span className="sub">{t(`reason.${last.reason}`)}</span>}
      {last.task && <span className="sub cut">{last.task}</span>}
      <span className="t1 sub num">{t("days.asOf", { time: clockText(told.to) })}</span>
    </p>
  );
}
