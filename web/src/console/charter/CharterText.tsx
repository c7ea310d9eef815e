// The monitoring charter as everybody reads it.

import { useTranslation } from "react-i18next";
import type { Charter } from "../../api/shapes";
import { useList } from "../kit/list";
import { useDay, useMoment } from "../kit/when";

const PARTS = ["purpose", "viewers", "rules", "responsible", "contact"] as const;

export function CharterText({ charter }: { charter: Charter }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const day = useDay();
  const list = useList();
  return (
    <article className="charter">
      <header>
        <h2>{t("charter.version", { version: charter.version })}</h2>
        <span className="sub t1 num">
          {t("charter.since", { time: moment(charter.effective_at) })}
        </span>
      </header>
      {charter.hurry && <p className="note">{t("charter.hurried", { why: charter.hurry })}</p>}
      <dl>
        {PARTS.map((part) => (
          <div key={part}>
            <dt>{t(`charter.${part}`)}</dt>
            <dd className="written">{charter[part]}</dd>
          </div>
        ))}
        <div>
          <dt>{t("charter.viewingPurposes")}</dt>
          <dd>{list(charter.viewing_purposes.map((one) => t(`purposes.${one}`)))}</dd>
        </div>
        <div>
          <dt>{t("charter.audit_on")}</dt>
          <dd className="num">{day(charter.audit_on)}</dd>
        </div>
      </dl>
    </article>
  );
}
