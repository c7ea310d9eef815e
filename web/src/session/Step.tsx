// What is left between the right password and being signed in: a code, setting one up, a password.

import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type Problem,
  type SignedIn,
  signInCode,
  signInPassword,
  signInTotp,
  signInTotpConfirm,
} from "../api/http";
import { GAVE_UP, passkeysWork, signInPasskey } from "../api/passkeys";
import type { NewTotp, NextStep } from "../api/shapes";
import { Card } from "./Card";
import { CodeInput, isCode } from "./CodeInput";
import { PasswordField } from "./PasswordField";
import { PASSWORD_MIN } from "./passwords";
import { RecoveryCodes } from "./RecoveryCodes";
import { TotpSetUp } from "./TotpSetUp";

export interface StepProps {
  readonly step: NextStep;
  readonly onAnswer: (answer: SignedIn) => void;
  /** Begin again with the password. */
  readonly onAgain: () => void;
}

export default function Step(props: StepProps) {
  switch (props.step.need) {
    case "second_factor":
      return <SecondFactor {...props} />;
    case "set_up_second_factor":
      return <SetUp {...props} />;
    case "new_password":
      return <Renew {...props} />;
  }
}

interface FrameProps {
  readonly name: string;
  readonly problem: Problem | null;
  readonly onSubmit: () => void;
  readonly onAgain: () => void;
  readonly children: ReactNode;
}

function Frame({ name, problem, onSubmit, onAgain, children }: FrameProps) {
  const { t } = useTranslation();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  const told = problem && problem.type !== GAVE_UP ? problem : null;
  return (
    <Card title={t(`step.${name}`)} lead={t(`step.${name}Lead`)}>
      <form onSubmit={submit} noValidate>
        {children}
        {told && (
          <p className="refusal" role="alert">
            {told.status === 0 ? t("signIn.silent") : told.message}
          </p>
        )}
        <button type="button" className="plain t1" onClick={onAgain}>
          {t("step.again")}
        </button>
      </form>
    </Card>
  );
}

function SecondFactor({ step, onAnswer, onAgain }: StepProps) {
  const { t } = useTranslation();
  const ways = step.ways ?? [];
  const byCode = ways.includes("totp");
  const [recovery, setRecovery] = useState(!byCode && ways.includes("recovery"));
  const [code, setCode] = useState("");
  const sending = useMutation<SignedIn, Problem, string>({
    mutationFn: (typed) => signInCode({ step: step.token, code: typed }),
    onSuccess: onAnswer,
    onError: () => setCode(""),
  });
  const passkey = useMutation<SignedIn, Problem>({
    mutationFn: () => signInPasskey(step.token),
    onSuccess: onAnswer,
  });
  const ready = recovery ? code.trim() !== "" : isCode(code);
  return (
    <Frame
      name="second_factor"
      problem={sending.error ?? passkey.error}
      onSubmit={() => ready && sending.mutate(code)}
      onAgain={onAgain}
    >
      {(byCode || recovery) && (
        <>
          <CodeInput key={String(recovery)} code={code} onCode={setCode} recovery={recovery} />
          <Button type="submit" loading={sending.isPending} disabled={!ready} fullWidth>
            {t("signIn.submit")}
          </Button>
        </>
      )}
      {ways.includes("passkey") && passkeysWork() && (
        <Button
          variant="default"
          loading={passkey.isPending}
          onClick={() => passkey.mutate()}
          fullWidth
        >
          {t("signIn.passkey")}
        </Button>
      )}
      {ways.includes("recovery") && byCode && (
        <button
          type="button"
          className="plain t1"
          onClick={() => {
            setCode("");
            setRecovery(!recovery);
          }}
        >
          {t(recovery ? "step.useCode" : "step.useRecovery")}
        </button>
      )}
    </Frame>
  );
}

function SetUp({ step, onAnswer, onAgain }: StepProps) {
  const { t } = useTranslation();
  const totp = useQuery<NewTotp, Problem>({
    queryKey: ["totp", step.token],
    queryFn: () => signInTotp(step.token),
    retry: false,
    gcTime: 0,
  });
  const [code, setCode] = useState("");
  const sending = useMutation<
    { recovery_codes: string[]; answer: SignedIn },
    Problem,
    { step: string; code: string }
  >({ mutationFn: signInTotpConfirm });
  if (sending.data)
    return (
      <Card title={t("totp.recovery")} lead={t("totp.done")}>
        <RecoveryCodes
          codes={sending.data.recovery_codes}
          onKept={() => onAnswer(sending.data.answer)}
        />
      </Card>
    );
  return (
    <Frame
      name="set_up_second_factor"
      problem={totp.error ?? sending.error}
      onSubmit={() => isCode(code) && sending.mutate({ step: step.token, code })}
      onAgain={onAgain}
    >
      {totp.data && (
        <>
          <TotpSetUp totp={totp.data} code={code} onCode={setCode} />
          <Button type="submit" loading={sending.isPending} disabled={!isCode(code)} fullWidth>
            {t("totp.confirm")}
          </Button>
        </>
      )}
    </Frame>
  );
}

function Renew({ step, onAnswer, onAgain }: StepProps) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const sending = useMutation<SignedIn, Problem, { step: string; password: string }>({
    mutationFn: signInPassword,
    onSuccess: onAnswer,
  });
  const short = password.length < PASSWORD_MIN;
  return (
    <Frame
      name="new_password"
      problem={sending.error}
      onSubmit={() => !short && sending.mutate({ step: step.token, password })}
      onAgain={onAgain}
    >
      <input type="text" autoComplete="username" value={step.login} readOnly hidden />
      <PasswordField
        label={t("handed.password")}
        description={t("setup.passwordHint")}
        autoComplete="new-password"
        autoFocus
        value={password}
        error={password !== "" && short ? t("setup.short") : undefined}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" loading={sending.isPending} disabled={short} fullWidth>
        {t("handed.submit")}
      </Button>
    </Frame>
  );
}
