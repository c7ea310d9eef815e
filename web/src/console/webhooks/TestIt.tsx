// A ping to an endpoint, and what became of it as soon as it is known.

import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DeliveryDetail, WebhookItem } from "../../api/shapes";
import { testWebhook } from "../../api/webhooks";
import { Answered } from "../kit/Answered";
import { useTell } from "../kit/ask";
import { Refusal } from "../kit/Refusal";
import { CHANGES, useDelivery } from "./links";

export function TestIt({ webhook }: { webhook: WebhookItem }) {
  const { t } = useTranslation();
  const [sent, setSent] = useState<number | null>(null);
  const sending = useTell(testWebhook, {
    changes: CHANGES,
    onDone: ({ delivery }) => setSent(delivery),
  });
  const disabled = webhook.state === "disabled";
  if (disabled && sent === null) return null; // its last answer stays, also when that disabled it
  return (
    <section className="part">
      <h3>{t("webhooks.test")}</h3>
      {!disabled && (
        <>
          <p className="t1 sub">{t("webhooks.testHint")}</p>
          <div className="acts">
            <Button
              variant="default"
              loading={sending.isPending}
              onClick={() => sending.mutate(webhook.id)}
            >
              {t("webhooks.testIt")}
            </Button>
          </div>
        </>
      )}
      <Refusal problem={sending.error} />
      {sent !== null && <Outcome key={sent} delivery={sent} />}
    </section>
  );
}

function Outcome({ delivery }: { delivery: number }) {
  const asked = useDelivery(delivery, { begun: true });
  return <Answered asked={asked}>{(known) => <Told detail={known} />}</Answered>;
}

function Told({ detail }: { detail: DeliveryDetail }) {
  const { t } = useTranslation();
  const last = detail.tries.at(-1);
  if (!last)
    return (
      <p className="sub" role="status">
        {t("webhooks.trying")}
      </p>
    );
  const arrived = detail.delivery.status === "delivered";
  const { status, latency_ms: ms, said } = last;
  return (
    <div className={arrived ? "note" : "refusal"} role="status">
      <p>
        {arrived
          ? t("webhooks.arrived", { status, ms })
          : status
            ? t("webhooks.refused", { status, ms })
            : t("webhooks.unreachable", { ms })}
      </p>
      {said && <pre className="t1">{said}</pre>}
      {detail.delivery.status === "waiting" && <p className="t1 sub">{t("webhooks.triesAgain")}</p>}
    </div>
  );
}
