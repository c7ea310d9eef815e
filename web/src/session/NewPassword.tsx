// Through a mailed or handed link: an invitation or a reset, both end with a password of one's own.

import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { linkState, type Problem, takeLink } from "../api/http";
import type { LinkState } from "../api/shapes";
import { Card } from "./Card";
import type { Note } from "./note";
import { PasswordField } from "./PasswordField";
import { PASSWORD_MIN } from "./passwords";

export interface NewPasswordProps {
  readonly token: string;
  readonly onDone: (note: Note | null) => void;
}

export default function NewPassword({ token, onDone }: NewPasswordProps) {
  const { t } = useTranslation();
  const open = useQuery<LinkState, Problem>({
    queryKey: ["link", token],
    queryFn: () => linkState(token),
    retry: false,
  });
  if (open.isPending) return null;
  if (open.isError)
    return (
      <Card
        title={t("handed.spent")}
        lead={open.error.status === 0 ? t("signIn.silent") : t("handed.spentHint")}
      >
        <Button variant="default" onClick={() => onDone(null)}>
          {t("setup.toSignIn")}
        </Button>
      </Card>
    );
  const { kind, name, tenant } = open.data;
  return (
    <Card title={t(`handed.${kind}`)} lead={t(`handed.${kind}Lead`, { name, tenant })}>
      <Choose token={token} login={open.data.login} onDone={onDone} />
    </Card>
  );
}

function Choose({ token, login, onDone }: NewPasswordProps & { login: string }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const sending = useMutation<void, Problem, { token: string; password: string }>({
    mutationFn: takeLink,
    onSuccess: () => onDone("signIn.ready"),
  });
  const short = password.length < PASSWORD_MIN;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!short) sending.mutate({ token, password });
  };
  return (
    <form onSubmit={submit} noValidate>
      <div className="known">
        <span className="t1 sub">{t("signIn.login")}</span>
        <b>{login}</b>
      </div>
      <input type="text" autoComplete="username" value={login} readOnly hidden />
      <PasswordField
        label={t("handed.password")}
        description={t("setup.passwordHint")}
        autoComplete="new-password"
        autoFocus
        value={password}
        error={tried && short ? t("setup.short") : undefined}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      {sending.error && (
        <p className="refusal" role="alert">
          {sending.error.status === 0 ? t("signIn.silent") : sending.error.message}
        </p>
      )}
      <Button type="submit" loading={sending.isPending} fullWidth>
        {t("handed.submit")}
      </Button>
    </form>
  );
}
