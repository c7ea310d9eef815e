// One's own images: the same bytes that others may see, and what is in force for oneself.

import { useTranslation } from "react-i18next";
import { policy } from "../../api/console";
import { Link } from "../../shell/Link";
import { useAsk } from "../kit/ask";
import { OwnImages } from "./OwnImages";

export default function OwnEvidence() {
  const { t } = useTranslation();
  return (
    <>
      <InForce />
      <OwnImages label={t("page./own/evidence")} />
    </>
  );
}

/** The level that holds for oneself is always said. */
export function InForce() {
  const { t } = useTranslation();
  const asked = useAsk(["policy"], policy);
  if (!asked.data) return null;
  const { mine, erase_own } = asked.data;
  const { evidence: level = "incident_only", interval_s = 0 } = mine;
  return (
    <p className="in-force">
      <span className="sub">{t("policy.inForce")}</span>
      <b>{t(`level.${level}`)}</b>
      <span className="sub">
        {t(`levelHint.${level}`, { minutes: Math.round((interval_s / 60) * 10) / 10 })}
        {erase_own && ` ${t("evidence.eraseHint")}`}
      </span>
      <Link href="/own/viewings">{t("page./own/viewings")}</Link>
    </p>
  );
}
