// Another password; one's other sessions end with it.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { setPassword } from "../../api/console";
import { PasswordField } from "../../session/PasswordField";
import { PASSWORD_MIN } from "../../session/passwords";
import { useTell } from "../kit/ask";
import { Form } from "../kit/Dialog";

export function Password({ login }: { login: string }) {
  const { t } = useTranslation();
  const [current, setCurrent] = useState("");
  const [password, setNew] = useState("");
  const sending = useTell(setPassword, {
    changes: [["sessions"], ["account"]],
    onDone: () => {
      setCurrent("");
      setNew("");
    },
  });
  const short = password !== "" && password.length < PASSWORD_MIN;
  return (
    <section className="panel-like">
      <h2>{t("password.title")}</h2>
      <Form
        sending={sending}
        submit={t("password.change")}
        ready={current !== "" && password.length >= PASSWORD_MIN}
        onSubmit={() => sending.mutate({ current, password })}
      >
        <input type="text" autoComplete="username" value={login} readOnly hidden />
        <PasswordField
          label={t("password.current")}
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordField
          label={t("password.new")}
          description={t("setup.passwordHint")}
          autoComplete="new-password"
          error={short ? t("setup.short") : undefined}
          value={password}
          onChange={(event) => setNew(event.currentTarget.value)}
        />
        {sending.isSuccess && password === "" && <p role="status">{t("password.done")}</p>}
      </Form>
    </section>
  );
}
