// Everything that failed since a day, sent once more.

import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { WebhookItem } from "../../api/shapes";
import { replayFailed } from "../../api/webhooks";
import { DAY_S, dayOf } from "../../days/tokyo";
import { useTell } from "../kit/ask";
import { Refusal } from "../kit/Refusal";
import { startOfDay } from "../log/entry";
import { CHANGES } from "./links";

const DAYS_BACK = 7;

/** The day on which it began to fail, or a week ago. */
const firstDay = ({ failing_since }: WebhookItem): string =>
  dayOf(failing_since ?? Date.now() / 1000 - DAYS_BACK * DAY_S);

export function Replay({ webhook }: { webhook: WebhookItem }) {
  const { t } = useTranslation();
  const [day, setDay] = useState(() => firstDay(webhook));
  const sending = useTell(replayFailed, { changes: CHANGES });
  const since = startOfDay(day);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (since !== null) sending.mutate({ id: webhook.id, since });
  };
  return (
    <form className="part" onSubmit={send}>
      <h3>{t("webhooks.replay")}</h3>
      <div className="acts">
        <TextInput
          type="date"
          aria-label={t("webhooks.replaySince")}
          value={day}
          onChange={(event) => setDay(event.currentTarget.value)}
        />
        <Button
          type="submit"
          variant="default"
          disabled={since === null}
          loading={sending.isPending}
        >
          {t("webhooks.replayAll")}
        </Button>
      </div>
      <Refusal problem={sending.error} />
      {sending.data && (
        <p className="sub" role="status">
          {t("webhooks.replayed", { count: sending.data.replayed })}
        </p>
      )}
    </form>
  );
}
