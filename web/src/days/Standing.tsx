// Where somebody is at this moment, as every board has it.

import { useTranslation } from "react-i18next";
import type { SeatNow } from "../api/record";
import { ageText, timeText } from "../board/age";
import { Mark } from "../board/Glyph";
import { moment, reasonOf } from "../board/label";

export function Standing({ told, lost }: { told: SeatNow; lost: number | null }) {
  const { t } = useTranslation();
  const { seat, at } = told;
  const began = moment(seat);
  const reason = reasonOf(seat);
  const known = began > 0 && seat.label !== "off";
  return (
    <p className="standing">
      <Mark tone={seat.label} word={t(`label.${seat.label}`)} />
      {known && (
        <span className="num">
          {lost === null && `${ageText(Math.max(0, Math.floor((at - began) / 60)), t)} `}
          {t("days.since", { time: timeText(began, at) })}
        </span>
      )}
      {reason && <span className="sub">{t(`reason.${reason}`)}</span>}
      {seat.task && seat.label !== "off" && <span className="sub cut">{seat.task}</span>}
    </p>
  );
}
