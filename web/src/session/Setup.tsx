// First set-up: the company and its first administrator, through a link that works once.

import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Problem, setUp, setupIsOpen } from "../api/http";
import type { FirstAdministrator, Session } from "../api/wire";
import { Card } from "./Card";
import { PasswordField } from "./PasswordField";
import { PASSWORD_MIN } from "./passwords";

export interface SetupProps {
  readonly token: string;
  /** null: the person goes on without having set anything up. */
  readonly onDone: (session: Session | null) => void;
}

export default function Setup({ token, onDone }: SetupProps) {
  const { t } = useTranslation();
  const open = useQuery<unknown, Problem>({
    queryKey: ["setup", token],
    queryFn: () => setupIsOpen(token),
    retry: false,
  });
  if (open.isPending) return null;
  if (open.isError && open.error.status !== 0) return <Spent onDone={() => onDone(null)} />;
  return (
    <Card title={t("setup.title")} lead={open.isError ? t("signIn.silent") : t("setup.lead")}>
      {open.isError ? (
        <Button onClick={() => void open.refetch()}>{t("signIn.tryAgain")}</Button>
      ) : (
        <First token={token} onDone={onDone} />
      )}
    </Card>
  );
}

function Spent({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <Card title={t("setup.spent")} lead={t("setup.spentHint")}>
      <Button variant="default" onClick={onDone}>
        {t("setup.toSignIn")}
      </Button>
    </Card>
  );
}

const FIELDS = ["company", "name", "login"] as const;
const COMPLETE = { company: "organization", name: "name", login: "username" } as const;

function First({ token, onDone }: SetupProps) {
  const { t } = useTranslation();
  const [tried, setTried] = useState(false);
  const [first, setFirst] = useState({ company: "", name: "", login: "", password: "" });
  const sending = useMutation<Session, Problem, FirstAdministrator>({
    mutationFn: setUp,
    onSuccess: onDone,
  });
  const short = first.password.length < PASSWORD_MIN;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!short && FIELDS.every((field) => first[field] !== "")) sending.mutate({ token, ...first });
  };
  return (
    <form onSubmit={submit} noValidate>
      {FIELDS.map((field, at) => (
        <TextInput
          key={field}
          name={field}
          label={t(`setup.${field}`)}
          autoComplete={COMPLETE[field]}
          autoFocus={at === 0}
          value={first[field]}
          error={tried && first[field] === "" ? t("signIn.needed") : undefined}
          onChange={({ currentTarget: { value } }) =>
            setFirst((old) => ({ ...old, [field]: value }))
          }
        />
      ))}
      <PasswordField
        name="password"
        label={t("setup.password")}
        description={t("setup.passwordHint")}
        autoComplete="new-password"
        value={first.password}
        error={tried && short ? t("setup.short") : undefined}
        onChange={({ currentTarget: { value } }) =>
          setFirst((old) => ({ ...old, password: value }))
        }
      />
      {sending.error && (
        <p className="refusal" role="alert">
          {sending.error.status === 0
            ? t("signIn.silent")
            : t("setup.refused", { detail: sending.error.message })}
        </p>
      )}
      <Button type="submit" loading={sending.isPending} fullWidth>
        {t("setup.submit")}
      </Button>
    </form>
  );
}
