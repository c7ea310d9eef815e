// An endpoint's luck: its last deliveries as a row of marks, the newest at the right.

import { useTranslation } from "react-i18next";
import type { WebhookItem } from "../../api/shapes";
import { deliveries } from "../../api/webhooks";
import { useAsk } from "../kit/ask";
import { DELIVERIES } from "./links";

const LAST = 16;

export function Luck({ webhook }: { webhook: WebhookItem }) {
  const { t } = useTranslation();
  const { id, delivered, failed } = webhook;
  const filter = { webhook: String(id), status: "", type: "" };
  const asked = useAsk([...DELIVERIES, "luck", id], () => deliveries(filter, null, LAST));
  const last = [...(asked.data?.items ?? [])].reverse();
  const bad = last.filter(({ status }) => status === "failed").length;
  if (asked.data && last.length === 0)
    return <span className="t1 sub">{t("webhooks.neverSent")}</span>;
  const label = t("webhooks.last", { count: last.length, failed: bad });
  return (
    <span className="luck" title={t("webhooks.ofDay", { delivered, failed })}>
      <span className="luck-marks" role="img" aria-label={label}>
        {last.map(({ id: one, status }) => (
          <i key={one} data-status={status} />
        ))}
      </span>
      <span className="t1 sub num">
        {failed > 0 ? t("webhooks.dayFailed", { failed }) : t("webhooks.dayGood", { delivered })}
      </span>
    </span>
  );
}
