// One endpoint in the panel: how it stands, a test, what is set, its secret, and its end.

import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Tagged } from "../../api/http";
import type { WebhookItem } from "../../api/shapes";
import {
  changeWebhook,
  disableWebhook,
  enableWebhook,
  oneWebhook,
  removeWebhook,
  rotateWebhook,
} from "../../api/webhooks";
import type { Schemas } from "../../api/wire";
import type { Branch } from "../../board/arrange";
import { Link } from "../../shell/Link";
import { Answered } from "../kit/Answered";
import { useAsk, useTell } from "../kit/ask";
import { Confirm, Form } from "../kit/Dialog";
import { Refusal } from "../kit/Refusal";
import { useMoment } from "../kit/when";
import { CHANGES, deliveriesOf, placeOf, settingsOf } from "./links";
import { StateWord } from "./marks";
import { Replay } from "./Replay";
import { Secrets } from "./Secrets";
import { TestIt } from "./TestIt";
import { draftOf, isComplete, told, WebhookFields } from "./WebhookFields";

export interface OneWebhookProps {
  readonly webhook: WebhookItem;
  readonly branches: readonly Branch[];
  readonly onGone: () => void;
}

export function OneWebhook({ webhook, branches, onGone }: OneWebhookProps) {
  const disabled = webhook.state === "disabled";
  return (
    <div className="body">
      <Standing webhook={webhook} />
      <TestIt webhook={webhook} />
      {!disabled && <Replay webhook={webhook} />}
      <Settings webhook={webhook} branches={branches} />
      <Keys webhook={webhook} />
      <End webhook={webhook} onGone={onGone} />
    </div>
  );
}

function Standing({ webhook }: { webhook: WebhookItem }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const enabling = useTell(enableWebhook, { changes: CHANGES });
  const { id, state, disabled_at, disabled_reason, failing_since, last_error } = webhook;
  return (
    <section className="stack-tight">
      <dl className="facts">
        <dt>{t("webhooks.state")}</dt>
        <dd>
          <StateWord state={state} />
        </dd>
        {disabled_at && (
          <>
            <dt>{t("webhooks.disabledAt")}</dt>
            <dd className="num">{moment(disabled_at)}</dd>
          </>
        )}
        {state === "failing" && failing_since && (
          <>
            <dt>{t("webhooks.failingSince")}</dt>
            <dd className="num">{moment(failing_since)}</dd>
          </>
        )}
        {state !== "active" && last_error && (
          <>
            <dt>{t("webhooks.lastError")}</dt>
            <dd className="wraps">{last_error}</dd>
          </>
        )}
        <dt>{t("webhooks.day")}</dt>
        <dd className="num">
          {t("webhooks.counts", {
            delivered: webhook.delivered,
            failed: webhook.failed,
            waiting: webhook.waiting,
          })}
        </dd>
      </dl>
      {disabled_reason && <p className="note">{t(`webhooks.why.${disabled_reason}`)}</p>}
      <Refusal problem={enabling.error} />
      <div className="acts">
        {state === "disabled" && (
          <Button loading={enabling.isPending} onClick={() => enabling.mutate(id)}>
            {t("webhooks.enable")}
          </Button>
        )}
        <Link className="plain-link" href={deliveriesOf(id)}>
          {t("webhooks.seeDeliveries")}
        </Link>
      </div>
    </section>
  );
}

function Settings({ webhook, branches }: Omit<OneWebhookProps, "onGone">) {
  const { t } = useTranslation();
  const asked = useAsk(settingsOf(webhook.id), () => oneWebhook(webhook.id));
  return (
    <section className="part">
      <h3>{t("webhooks.settings")}</h3>
      <Answered asked={asked}>
        {(known) => <Known key={known.etag} webhook={known} branches={branches} />}
      </Answered>
    </section>
  );
}

interface KnownProps {
  readonly webhook: Tagged<Schemas["WebhookSettings"]>;
  readonly branches: readonly Branch[];
}

function Known({ webhook, branches }: KnownProps) {
  const { t } = useTranslation();
  const { id, etag } = webhook;
  const [draft, setDraft] = useState(() => draftOf(webhook));
  const sending = useTell(changeWebhook, { changes: CHANGES });
  const changed = JSON.stringify(told(draft)) !== JSON.stringify(told(draftOf(webhook)));
  return (
    <Form
      sending={sending}
      submit={t("kit.save")}
      ready={changed && isComplete(draft)}
      onSubmit={() => sending.mutate({ id, etag, ...told(draft) })}
    >
      <WebhookFields draft={draft} branches={branches} onChange={setDraft} />
    </Form>
  );
}

function Keys({ webhook }: { webhook: WebhookItem }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const [sure, setSure] = useState(false);
  const rotating = useTell(rotateWebhook, { changes: CHANGES, onDone: () => setSure(false) });
  const until = rotating.data?.overlap_until ?? webhook.overlap_until;
  return (
    <section className="part">
      <h3>{t("webhooks.keys")}</h3>
      {webhook.public_key && !rotating.data && (
        <dl className="facts">
          <dt>{t("webhooks.publicKey")}</dt>
          <dd className="code">{webhook.public_key}</dd>
        </dl>
      )}
      {until && <p className="note">{t("webhooks.overlap", { time: moment(until) })}</p>}
      {rotating.data && <Secrets told={rotating.data} />}
      <div className="acts">
        <Button variant="default" onClick={() => setSure(true)}>
          {t("webhooks.rotate")}
        </Button>
      </div>
      {sure && (
        <Confirm
          title={t("webhooks.rotateSure")}
          text={t("webhooks.rotateText")}
          submit={t("webhooks.rotate")}
          sending={rotating}
          onConfirm={() => rotating.mutate(webhook.id)}
          onClose={() => setSure(false)}
        />
      )}
    </section>
  );
}

const ACTS = { disable: disableWebhook, remove: removeWebhook } as const;
type Act = keyof typeof ACTS;

function End({ webhook, onGone }: Pick<OneWebhookProps, "webhook" | "onGone">) {
  const { t } = useTranslation();
  const [act, setAct] = useState<Act | null>(null);
  return (
    <section className="part">
      <div className="acts">
        {webhook.state !== "disabled" && (
          <Button variant="default" className="danger" onClick={() => setAct("disable")}>
            {t("webhooks.act.disable")}
          </Button>
        )}
        <Button variant="default" className="danger" onClick={() => setAct("remove")}>
          {t("webhooks.act.remove")}
        </Button>
      </div>
      {act && (
        <Sure
          key={act}
          act={act}
          webhook={webhook}
          onClose={() => setAct(null)}
          onDone={() => (act === "remove" ? onGone() : setAct(null))}
        />
      )}
    </section>
  );
}

interface SureProps {
  readonly act: Act;
  readonly webhook: WebhookItem;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function Sure({ act, webhook, onClose, onDone }: SureProps) {
  const { t } = useTranslation();
  const sending = useTell(ACTS[act], { changes: CHANGES, onDone });
  return (
    <Confirm
      title={t(`webhooks.sure.${act}`, { place: placeOf(webhook.url) })}
      text={t(`webhooks.sure.${act}Text`)}
      submit={t(`webhooks.act.${act}`)}
      sending={sending}
      onConfirm={() => sending.mutate(webhook.id)}
      onClose={onClose}
    />
  );
}
