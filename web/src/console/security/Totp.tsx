// The authenticator app: setting it up, its recovery codes, and doing without it.

import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { confirmTotp, newRecoveryCodes, removeTotp, startTotp } from "../../api/console";
import type { Account, NewTotp } from "../../api/shapes";
import { isCode } from "../../session/CodeInput";
import { RecoveryCodes } from "../../session/RecoveryCodes";
import { TotpSetUp } from "../../session/TotpSetUp";
import { useTell } from "../kit/ask";
import { Confirm, Dialog, Form } from "../kit/Dialog";
import { Refusal } from "../kit/Refusal";

const CHANGES = [["account"], ["sessions"]] as const;

export function Totp({ own }: { own: Account }) {
  const { t } = useTranslation();
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [removing, setRemoving] = useState(false);
  const start = useTell(startTotp);
  const renewing = useTell(newRecoveryCodes, {
    changes: CHANGES,
    onDone: ({ recovery_codes }) => setCodes(recovery_codes),
  });
  const removal = useTell(removeTotp, { changes: CHANGES, onDone: () => setRemoving(false) });
  return (
    <section className="panel-like">
      <h2>{t("totp.title")}</h2>
      <p className="sub">{t(own.totp ? "totp.on" : "totp.off")}</p>
      {own.second_factor_required && <p className="note">{t("totp.required")}</p>}
      {own.totp && (
        <p className="sub num">{t("totp.left", { count: own.recovery_codes_left ?? 0 })}</p>
      )}
      <Refusal problem={start.error ?? renewing.error} />
      <div className="acts">
        {own.totp ? (
          <>
            <Button
              variant="default"
              loading={renewing.isPending}
              onClick={() => renewing.mutate(undefined)}
            >
              {t("totp.renew")}
            </Button>
            <Button variant="default" className="danger" onClick={() => setRemoving(true)}>
              {t("totp.remove")}
            </Button>
          </>
        ) : (
          <Button loading={start.isPending} onClick={() => start.mutate(undefined)}>
            {t("totp.start")}
          </Button>
        )}
      </div>
      {start.data && (
        <SetUp
          totp={start.data}
          onClose={start.reset}
          onDone={(made) => {
            start.reset();
            setCodes(made);
          }}
        />
      )}
      {codes && (
        <Dialog title={t("totp.recovery")} onClose={() => setCodes(null)}>
          <RecoveryCodes codes={codes} onKept={() => setCodes(null)} />
        </Dialog>
      )}
      {removing && (
        <Confirm
          title={t("totp.remove")}
          text={t("totp.removeText")}
          submit={t("totp.remove")}
          sending={removal}
          onConfirm={() => removal.mutate(undefined)}
          onClose={() => setRemoving(false)}
        />
      )}
    </section>
  );
}

interface SetUpProps {
  readonly totp: NewTotp;
  readonly onClose: () => void;
  readonly onDone: (codes: readonly string[]) => void;
}

function SetUp({ totp, onClose, onDone }: SetUpProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const sending = useTell(confirmTotp, {
    changes: CHANGES,
    onDone: ({ recovery_codes }) => onDone(recovery_codes),
  });
  return (
    <Dialog title={t("totp.start")} onClose={onClose}>
      <Form
        sending={sending}
        submit={t("totp.confirm")}
        ready={isCode(code)}
        onSubmit={() => sending.mutate(code)}
        onCancel={onClose}
      >
        <TotpSetUp totp={totp} code={code} onCode={setCode} />
      </Form>
    </Dialog>
  );
}
