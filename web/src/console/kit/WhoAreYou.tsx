// Before something that matters: the password, or a code, of the person who is signed in.

import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { account, confirmAccount } from "../../api/console";
import { PasswordField } from "../../session/PasswordField";
import { useAsk, useTell } from "./ask";
import { Dialog, Form } from "./Dialog";

export function WhoAreYou({ then, onClose }: { then: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const known = useAsk(["account"], account);
  const byCode = known.data !== undefined && !known.data.password;
  const sending = useTell(confirmAccount, {
    changes: [["account"]],
    onDone: () => {
      onClose();
      then();
    },
  });
  const field = {
    "data-autofocus": true,
    label: t(byCode ? "signIn.code" : "signIn.password"),
    value: typed,
    onChange: (event: { currentTarget: { value: string } }) => setTyped(event.currentTarget.value),
  };
  return (
    <Dialog title={t("kit.confirmTitle")} onClose={onClose}>
      <Form
        sending={sending}
        submit={t("kit.confirm")}
        ready={typed !== ""}
        onSubmit={() => sending.mutate(byCode ? { code: typed } : { password: typed })}
        onCancel={onClose}
      >
        <p>{t("kit.confirmHint")}</p>
        {byCode ? (
          <TextInput {...field} autoComplete="one-time-code" />
        ) : (
          <PasswordField {...field} autoComplete="current-password" />
        )}
      </Form>
    </Dialog>
  );
}
