// A forgotten password: a link by mail. Whether there is such an account is told to nobody.

import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { forgotPassword, type Problem } from "../api/http";
import { Card } from "./Card";
import type { Note } from "./note";

export default function Forgotten({ onDone }: { onDone: (note: Note | null) => void }) {
  const { t } = useTranslation();
  const [login, setLogin] = useState("");
  const [systemId, setSystemId] = useState("");
  const sending = useMutation<void, Problem, { login: string; system_id?: string }>({
    mutationFn: forgotPassword,
    onSuccess: () => onDone("signIn.asked"),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (login !== "") sending.mutate({ login, ...(systemId !== "" && { system_id: systemId }) });
  };
  return (
    <Card title={t("forgotten.title")} lead={t("forgotten.lead")}>
      <form onSubmit={submit} noValidate>
        <TextInput
          label={t("signIn.login")}
          name="login"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
        />
        <TextInput
          label={t("forgotten.systemId")}
          name="system_id"
          value={systemId}
          onChange={(event) => setSystemId(event.currentTarget.value)}
        />
        {sending.error && (
          <p className="refusal" role="alert">
            {sending.error.status === 0 ? t("signIn.silent") : sending.error.message}
          </p>
        )}
        <Button type="submit" loading={sending.isPending} disabled={login === ""} fullWidth>
          {t("forgotten.submit")}
        </Button>
        <button type="button" className="plain t1" onClick={() => onDone(null)}>
          {t("forgotten.back")}
        </button>
      </form>
    </Card>
  );
}
