// Sign-in: says what was wrong and what to do, also when nobody answers.

import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Problem, type SignedIn, signIn, signInStep, signInWays } from "../api/http";
import { GAVE_UP, passkeysWork, signInPasskey } from "../api/passkeys";
import type { NextStep, Ways } from "../api/shapes";
import type { SignIn as Attempt, Session } from "../api/wire";
import { Link } from "../shell/Link";
import { go } from "../shell/place";
import { Card } from "./Card";
import { PasswordField } from "./PasswordField";

const Step = lazy(() => import("./Step"));

export interface SignInProps {
  /** The name of a text that says why the page is here. */
  readonly note: string | null;
  readonly onSignedIn: (session: Session) => void;
}

/** Several companies share this hub. */
const SYSTEM_ID_NEEDED = "/problems/system-id-needed";

const EMPTY: Attempt = { login: "", password: "" };

/** The way back from the company's own sign-in says in the address how it went. */
function fromFragment(): URLSearchParams {
  return new URLSearchParams(location.hash.slice(1));
}

export default function SignIn({ note, onSignedIn }: SignInProps) {
  const { t, i18n } = useTranslation();
  const [fragment] = useState(fromFragment);
  const [step, setStep] = useState<NextStep | null>(null);
  const refused = fragment.get("refused");
  const begun = fragment.get("step");
  useEffect(() => {
    if (begun || refused) go("/", { replace: true });
    if (begun) void signInStep(begun).then(setStep, () => setStep(null));
  }, [begun, refused]);
  const answered = (answer: SignedIn) => {
    if (answer.step) return setStep(answer.step);
    const { member, tenant } = answer;
    if (member && tenant) onSignedIn({ member, tenant });
  };
  if (step)
    return (
      <Suspense fallback={null}>
        <Step key={step.token} step={step} onAnswer={answered} onAgain={() => setStep(null)} />
      </Suspense>
    );
  const known = refused && i18n.exists(`signIn.oidc.${refused}`);
  const lead = refused
    ? t(`signIn.oidc.${known ? refused : "provider"}`)
    : t(note ?? "signIn.lead");
  return <Password lead={lead} onAnswer={answered} />;
}

interface PasswordProps {
  readonly lead: string;
  readonly onAnswer: (answer: SignedIn) => void;
}

const TYPING_MS = 400;

function Password({ lead, onAnswer }: PasswordProps) {
  const { t } = useTranslation();
  const [who, setWho] = useState(EMPTY);
  const [tried, setTried] = useState(false);
  const attempt = useMutation<SignedIn, Problem, Attempt>({
    mutationFn: signIn,
    onSuccess: onAnswer,
  });
  const [systemId] = useDebouncedValue(who.system_id ?? "", TYPING_MS);
  const ways = useQuery<Ways, Problem>({
    queryKey: ["ways", systemId],
    queryFn: () => signInWays(systemId),
    retry: false,
    placeholderData: (before) => before,
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
    <Card title={t("signIn.title")} lead={lead}>
      <form onSubmit={submit} noValidate>
        {asksCompany && (
          <TextInput
            label={t("signIn.systemId")}
            name="system_id"
            autoFocus
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
        <PasswordField
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
        {ways.data?.passkeys && passkeysWork() && <ByPasskey onAnswer={onAnswer} />}
        {ways.data?.oidc && (
          <Button
            component="a"
            variant="default"
            href={`/api/v1/session/oidc?system_id=${encodeURIComponent(systemId)}`}
            fullWidth
          >
            {t("signIn.by", { label: ways.data.oidc.label })}
          </Button>
        )}
        <div className="others t1">
          {!asksCompany && (
            <button type="button" className="plain t1" onClick={() => set({ system_id: "" })}>
              {t("signIn.company")}
            </button>
          )}
          {ways.data?.mail && <Link href="/forgotten">{t("signIn.forgotten")}</Link>}
        </div>
      </form>
    </Card>
  );
}

function ByPasskey({ onAnswer }: { onAnswer: (answer: SignedIn) => void }) {
  const { t } = useTranslation();
  const asking = useMutation<SignedIn, Problem>({
    mutationFn: () => signInPasskey(null),
    onSuccess: onAnswer,
  });
  return (
    <>
      {asking.error && asking.error.type !== GAVE_UP && (
        <p className="refusal" role="alert">
          {asking.error.status === 0 ? t("signIn.silent") : asking.error.message}
        </p>
      )}
      <Button
        variant="default"
        loading={asking.isPending}
        onClick={() => asking.mutate()}
        fullWidth
      >
        {t("signIn.passkey")}
      </Button>
    </>
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
