// One delivery: every attempt with its answer, what is sent, and sending it once more.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { DeliveryDetail, DeliveryTry } from "../../api/shapes";
import { replayDelivery } from "../../api/webhooks";
import { Answered } from "../kit/Answered";
import { useTell } from "../kit/ask";
import { Refusal } from "../kit/Refusal";
import { useMoment } from "../kit/when";
import { CHANGES, placeOf, useDelivery } from "./links";
import { StatusWord } from "./marks";

export function OneDelivery({ id }: { id: number }) {
  const asked = useDelivery(id);
  return <Answered asked={asked}>{(detail) => <Shown detail={detail} />}</Answered>;
}

function Shown({ detail }: { detail: DeliveryDetail }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const { delivery, tries } = detail;
  const { id, status, due_at } = delivery;
  return (
    <div className="body">
      <dl className="facts">
        <dt>{t("webhooks.status")}</dt>
        <dd>
          <StatusWord status={status} />
        </dd>
        <dt>{t("webhooks.event")}</dt>
        <dd className="code">{delivery.type}</dd>
        <dt>{t("webhooks.url")}</dt>
        <dd>{placeOf(detail.url)}</dd>
        <dt>{t("webhooks.at")}</dt>
        <dd className="num">{moment(delivery.created_at)}</dd>
        {status === "waiting" && due_at && (
          <>
            <dt>{t("webhooks.next")}</dt>
            <dd className="num">{moment(due_at)}</dd>
          </>
        )}
        <dt>webhook-id</dt>
        <dd className="code">{delivery.message}</dd>
      </dl>
      <Again id={id} />
      <section className="part">
        <h3>{t("webhooks.tries")}</h3>
        {tries.length === 0 ? (
          <p className="sub">{t("webhooks.noTries")}</p>
        ) : (
          <ol className="tries">
            {[...tries].reverse().map((one) => (
              <Attempt key={one.number} tried={one} />
            ))}
          </ol>
        )}
      </section>
      <section className="part">
        <h3>{t("webhooks.body")}</h3>
        <p className="t1 sub">{t("webhooks.bodyHint")}</p>
        <pre className="t1 sent">{indented(detail.body)}</pre>
      </section>
    </div>
  );
}

/** The body as a person reads it; what is sent has no line breaks. */
function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function Again({ id }: { id: number }) {
  const { t } = useTranslation();
  const sending = useTell(replayDelivery, { changes: CHANGES });
  return (
    <>
      <div className="acts">
        <Button variant="default" loading={sending.isPending} onClick={() => sending.mutate(id)}>
          {t("webhooks.again")}
        </Button>
      </div>
      <Refusal problem={sending.error} />
    </>
  );
}

function Attempt({ tried }: { tried: DeliveryTry }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const { number, at, status, latency_ms: ms, said } = tried;
  const good = status != null && status >= 200 && status < 300;
  return (
    <li>
      <p className="line">
        <b>{t("webhooks.attempt", { number })}</b>
        <span className="luck-word" data-bad={!good || undefined}>
          <i aria-hidden="true">{good ? "✓" : "▲"}</i>
          {status ?? t("webhooks.noAnswer")}
        </span>
        <span className="num sub">{ms} ms</span>
        <span className="grow" />
        <span className="num t1 sub">{moment(at)}</span>
      </p>
      {said && <pre className="t1">{said}</pre>}
    </li>
  );
}
