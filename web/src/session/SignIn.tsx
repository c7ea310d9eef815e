// Sign-in: says what was wrong and what to do, also when nobody answers.

import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Problem, signIn } from "../api/http";
import type { SignIn as Attempt, Session } from "../api/wire";
import { Card } from "./Card";

export interface SignInProps {
  /** The name of a text that says why the page is here. */
  readonly note: string | null;
  readonly onSignedIn: (session: Session) => void;
}

/** Several companies share this hub. */
const SYSTEM_ID_NEEDED = "/problems/system-id-needed";

const EMPTY: Attempt = { login: "", password: "" };

export default function SignIn({ note, onSignedIn }: SignInProps) {
  const { t } = useTranslation();
  const [who, setWho] = useState(EMPTY);
  const [tried, setTried] = useState(false);
  const attempt = useMutation<Session, Problem, Attempt>({
    mutationFn: signIn,
    onSuccess: onSignedIn,
  });
  const asksCompany = who.system_id != null || attempt.error?.type === SYSTEM_ID_NEEDED;
  const waitS = useCountdown(attempt.error);
  const missing = (value: string) => (tried && value === "" ? t("signIn.needed") : undefined);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (who.login !== "" && who.password !== "") attempt.mutate(who);
  };
  const set = (change: Partial<Attempt>) => setWho((old) => ({ ...old, ...change }));
  return (
    <Card title={t("signIn.title")} lead={t(note ?? "signIn.lead")}>
      <form onSubmit={submit} noValidate>
        {asksCompany && (
          <TextInput
            label={t("signIn.systemId")}
            name="system_id"
            value={who.system_id ?? ""}
            onChange={(event) => set({ system_id: event.currentTarget.value })}
          />
        )}
        <TextInput
          label={t("signIn.login")}
          name="login"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          value={who.login}
          error={missing(who.login)}
          onChange={(event) => set({ login: event.currentTarget.value })}
        />
        <PasswordInput
          label={t("signIn.password")}
          name="password"
          autoComplete="current-password"
          value={who.password}
          error={missing(who.password)}
          onChange={(event) => set({ password: event.currentTarget.value })}
        />
        {attempt.error && <Refusal problem={attempt.error} waitS={waitS} />}
        <Button type="submit" loading={attempt.isPending} disabled={waitS > 0} fullWidth>
          {t("signIn.submit")}
        </Button>
        {!asksCompany && (
          <button type="button" className="plain t1" onClick={() => set({ system_id: "" })}>
            {t("signIn.company")}
          </button>
        )}
      </form>
    </Card>
  );
}

function Refusal({ problem, waitS }: { problem: Problem; waitS: number }) {
  const { t } = useTranslation();
  if (problem.status === 429 && waitS === 0) return null;
  const text = () => {
    switch (problem.status) {
      case 0:
        return t("signIn.silent");
      case 401:
        return t("signIn.wrong");
      case 429:
        return waitS > LONG_S
          ? t("signIn.throttledLong", { m: Math.ceil(waitS / 60) })
          : t("signIn.throttled", { s: waitS });
      default:
        return t("signIn.failed", { detail: problem.message });
    }
  };
  return (
    <p className="refusal num" role="alert">
      {text()}
    </p>
  );
}

const LONG_S = 90; // longer waits are told in minutes
const THROTTLED_S = 30; // when the hub does not say how long

/** Seconds until the hub listens again after a refusal for too many tries. */
function useCountdown(problem: Problem | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (problem?.status !== 429) return setLeft(0);
    const until = Date.now() + (problem.retryAfterS ?? THROTTLED_S) * 1000;
    const tick = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tick();
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [problem]);
  return left;
}
