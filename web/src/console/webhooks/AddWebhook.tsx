// A new endpoint: what it is to get, then its secret, which is shown once.

import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { addWebhook } from "../../api/webhooks";
import type { Branch } from "../../board/arrange";
import { useTell } from "../kit/ask";
import { Dialog, Form } from "../kit/Dialog";
import { CHANGES } from "./links";
import { Secrets } from "./Secrets";
import { isComplete, NOTHING, told, WebhookFields } from "./WebhookFields";

export interface AddWebhookProps {
  readonly branches: readonly Branch[];
  /** Networks that this hub may reach although they are not public. */
  readonly allowed: readonly string[];
  readonly onClose: () => void;
  readonly onOpen: (id: number) => void;
}

export function AddWebhook({ branches, allowed, onClose, onOpen }: AddWebhookProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(NOTHING);
  const sending = useTell(addWebhook, { changes: CHANGES });
  const { data: added } = sending;
  return (
    <Dialog title={t("webhooks.add")} onClose={onClose} size={560}>
      {added ? (
        <>
          <Secrets told={added} />
          <footer className="buttons">
            <Button variant="default" onClick={onClose}>
              {t("live.close")}
            </Button>
            <Button data-autofocus onClick={() => onOpen(added.id)}>
              {t("webhooks.goOn")}
            </Button>
          </footer>
        </>
      ) : (
        <Form
          sending={sending}
          submit={t("webhooks.addIt")}
          ready={isComplete(draft)}
          onSubmit={() => sending.mutate(told(draft))}
          onCancel={onClose}
        >
          <WebhookFields draft={draft} branches={branches} onChange={setDraft} first />
          {allowed.length > 0 && (
            <p className="t1 sub">{t("webhooks.allowed", { networks: allowed.join(", ") })}</p>
          )}
        </Form>
      )}
    </Dialog>
  );
}
