// Says that the hub does not answer, and of what time the page below is.

import { useTranslation } from "react-i18next";
import { Glyph } from "../board/Glyph";
import { clockText } from "./tokyo";

export function LostLine({ since }: { since: number | null }) {
  const { t } = useTranslation();
  if (since === null) return null;
  return (
    <div className="lost-line" role="alert">
      <Glyph tone="offline" size={16} />
      <b>{t("days.lost", { time: clockText(since) })}</b>
      <span className="t1">{t("days.lostHint")}</span>
    </div>
  );
}
