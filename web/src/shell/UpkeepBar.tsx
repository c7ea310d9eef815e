// Above every page: when the hub will be closed for maintenance, or that it is, and until when.

import { useTranslation } from "react-i18next";
import { spanText, useUpkeep } from "./upkeep";
import "../styles/upkeep.css";

export function UpkeepBar() {
  const { t, i18n } = useTranslation();
  const window = useUpkeep();
  if (!window) return null;
  const span = spanText(window.begins_at, window.ends_at, i18n.language);
  const { stage, text } = window;
  return (
    <aside className="upkeep" data-stage={stage} role={stage === "running" ? "alert" : "status"}>
      <b>{t(`upkeep.${stage}`)}</b>
      <span className="num">{span}</span>
      {stage === "running" && <span>{t("upkeep.notLive")}</span>}
      {text && <span className="said">{text}</span>}
    </aside>
  );
}
