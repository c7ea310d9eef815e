// One's own images: the same bytes that others may see, and what is in force for oneself.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { evidence, policy } from "../../api/console";
import { Link } from "../../shell/Link";
import { Answered } from "../kit/Answered";
import { useAsk, useDesk, usePages } from "../kit/ask";
import { Empty } from "../kit/Empty";
import { type Image, ImageSheet } from "./ImageSheet";
import { Picture } from "./Picture";

export default function OwnEvidence() {
  const { t } = useTranslation();
  const own = useDesk().session.member.id;
  const asked = usePages(["evidence", own], (cursor) => evidence(own, cursor));
  const [shown, setShown] = useState<Image | null>(null);
  return (
    <>
      <InForce />
      <Answered asked={asked}>
        {() =>
          asked.rows.length === 0 ? (
            <Empty title={t("evidence.noneOwn")}>
              <p>{t("evidence.noneOwnHint")}</p>
            </Empty>
          ) : (
            <ImageSheet
              label={t("page./own/evidence")}
              rows={asked.rows}
              named={false}
              open={shown?.id ?? null}
              onOpen={setShown}
              onEnd={asked.onEnd}
            />
          )
        }
      </Answered>
      {shown && <Picture image={shown} viewing={null} onClose={() => setShown(null)} />}
    </>
  );
}

/** The level that holds for oneself is always said. */
export function InForce() {
  const { t } = useTranslation();
  const asked = useAsk(["policy"], policy);
  if (!asked.data) return null;
  const { evidence: level = "incident_only", interval_s = 0 } = asked.data.mine;
  return (
    <p className="in-force">
      <span className="sub">{t("policy.inForce")}</span>
      <b>{t(`level.${level}`)}</b>
      <span className="sub">
        {t(`levelHint.${level}`, { minutes: Math.round((interval_s / 60) * 10) / 10 })}
      </span>
      <Link href="/own/viewings">{t("page./own/viewings")}</Link>
    </p>
  );
}
