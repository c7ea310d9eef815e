// A PC shows a code: its owner types it here, sees which PC it is, and says yes or no.

import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { answerPairing, pairing } from "../../api/console";
import { Link } from "../../shell/Link";
import { useParameter } from "../../shell/place";
import { Answered } from "../kit/Answered";
import { useAsk, useTell } from "../kit/ask";
import { Refusal } from "../kit/Refusal";
import { useMoment } from "../kit/when";
import { codeOf, isCode } from "./code";

export default function Pair() {
  const { t } = useTranslation();
  const [code, setCode] = useParameter("code");
  const [outcome, setOutcome] = useState<"paired" | "refused" | null>(null);
  return (
    <div className="block narrow">
      <h2>{t("page./pair")}</h2>
      {outcome ? (
        <Over outcome={outcome} />
      ) : isCode(code) ? (
        <Question code={codeOf(code)} onOther={() => setCode("")} onOver={setOutcome} />
      ) : (
        <AskCode onCode={setCode} />
      )}
    </div>
  );
}

function AskCode({ onCode }: { onCode: (code: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isCode(typed)) onCode(codeOf(typed));
  };
  return (
    <form className="form" onSubmit={submit}>
      <p>{t("pairing.lead")}</p>
      <code>{`zaiseki agent pair ${location.origin}`}</code>
      <TextInput
        label={t("pairing.code")}
        placeholder="WDJB-MJHT"
        className="code"
        value={typed}
        autoFocus
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <footer>
        <Button type="submit" disabled={!isCode(typed)}>
          {t("pairing.next")}
        </Button>
      </footer>
    </form>
  );
}

interface QuestionProps {
  readonly code: string;
  readonly onOther: () => void;
  readonly onOver: (outcome: "paired" | "refused") => void;
}

function Question({ code, onOther, onOver }: QuestionProps) {
  const { t } = useTranslation();
  const moment = useMoment();
  const asked = useAsk(["pairing", code], () => pairing(code));
  const [name, setName] = useState<string | null>(null);
  const sending = useTell(answerPairing, { changes: [["devices"]] });
  const say = (accept: boolean, called: string) =>
    sending.mutate(
      { code, accept, ...(accept && { name: called }) },
      { onSuccess: () => onOver(accept ? "paired" : "refused") },
    );
  return (
    <>
      <Answered asked={asked}>
        {(found) => {
          const called = name ?? found.name;
          return (
            <form
              className="form"
              onSubmit={(event) => {
                event.preventDefault();
                say(true, called);
              }}
            >
              <p>{t("pairing.question")}</p>
              <dl className="facts">
                <dt>{t("pairing.code")}</dt>
                <dd className="num">{code}</dd>
                <dt>{t("pairing.address")}</dt>
                <dd className="num">{found.address}</dd>
                <dt>{t("pairing.asked")}</dt>
                <dd className="num">{moment(found.created_at)}</dd>
              </dl>
              <p className="note">{t("pairing.warning")}</p>
              <TextInput
                label={t("devices.name")}
                value={called}
                maxLength={200}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <Refusal problem={sending.error} />
              <footer>
                <Button
                  variant="default"
                  disabled={sending.isPending}
                  onClick={() => say(false, called)}
                >
                  {t("pairing.refuse")}
                </Button>
                <Button type="submit" loading={sending.isPending} disabled={called.trim() === ""}>
                  {t("pairing.accept")}
                </Button>
              </footer>
            </form>
          );
        }}
      </Answered>
      <button type="button" className="plain t1" onClick={onOther}>
        {t("pairing.other")}
      </button>
    </>
  );
}

function Over({ outcome }: { outcome: "paired" | "refused" }) {
  const { t } = useTranslation();
  return (
    <>
      <p role="status">{t(`pairing.${outcome}`)}</p>
      <p>
        <Link href="/own/devices">{t("page./own/devices")}</Link>
      </p>
    </>
  );
}
