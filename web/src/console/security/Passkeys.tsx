// Passkeys: a name for each, the browser's own question for a new one.

import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { addPasskey, passkeyOptions, removePasskey } from "../../api/console";
import { GAVE_UP, newCredential, passkeysWork } from "../../api/passkeys";
import type { Account, Passkey } from "../../api/shapes";
import { useTell } from "../kit/ask";
import { Confirm, Dialog, Form } from "../kit/Dialog";
import { useMoment } from "../kit/when";

const CHANGES = [["account"]] as const;

async function make(name: string): Promise<{ id: number }> {
  const { ceremony, options } = await passkeyOptions();
  return addPasskey({ ceremony, name, credential: await newCredential(options) });
}

export function Passkeys({ own }: { own: Account }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<Passkey | null>(null);
  const removal = useTell(removePasskey, { changes: CHANGES, onDone: () => setRemoving(null) });
  const passkeys = own.passkeys ?? [];
  return (
    <section className="panel-like">
      <h2>{t("passkeys.title")}</h2>
      <p className="sub">{t("passkeys.lead")}</p>
      <ul className="lines">
        {passkeys.map((passkey) => (
          <li key={passkey.id}>
            <span className="grow cut">
              <b title={passkey.name}>{passkey.name}</b>
              <br />
              <span className="t1 sub num">
                {passkey.used_at
                  ? t("passkeys.used", { time: moment(passkey.used_at) })
                  : t("passkeys.made", { time: moment(passkey.created_at) })}
              </span>
            </span>
            <Button
              variant="default"
              size="xs"
              aria-label={t("passkeys.removeNamed", { name: passkey.name })}
              onClick={() => setRemoving(passkey)}
            >
              {t("passkeys.remove")}
            </Button>
          </li>
        ))}
      </ul>
      <div className="acts">
        {passkeysWork() ? (
          <Button variant="default" onClick={() => setAdding(true)}>
            {t("passkeys.add")}
          </Button>
        ) : (
          <p className="t1 sub">{t("passkeys.notHere")}</p>
        )}
      </div>
      {adding && <Add onClose={() => setAdding(false)} />}
      {removing && (
        <Confirm
          title={t("passkeys.sure", { name: removing.name })}
          text={t("passkeys.sureText")}
          submit={t("passkeys.remove")}
          sending={removal}
          onConfirm={() => removal.mutate(removing.id)}
          onClose={() => setRemoving(null)}
        />
      )}
    </section>
  );
}

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const sending = useTell(make, { changes: CHANGES, onDone: onClose });
  const gaveUp = sending.error?.type === GAVE_UP;
  return (
    <Dialog title={t("passkeys.add")} onClose={onClose}>
      <Form
        sending={gaveUp ? { isPending: false, error: null } : sending}
        submit={t("passkeys.addIt")}
        ready={name.trim() !== ""}
        onSubmit={() => sending.mutate(name)}
        onCancel={onClose}
      >
        <TextInput
          data-autofocus
          label={t("passkeys.name")}
          description={t("passkeys.nameHint")}
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {gaveUp && <p role="status">{t("passkeys.gaveUp")}</p>}
      </Form>
    </Dialog>
  );
}
