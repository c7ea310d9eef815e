// What one agreed to, when, and taking it back: from then on nothing more is captured.

import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { charter, consent, consents } from "../../api/console";
import type { Charter, ConsentPurpose, Consents } from "../../api/shapes";
import { CharterText } from "../charter/CharterText";
import { Disclosure } from "../charter/Disclosure";
import { Answered } from "../kit/Answered";
import { useAsk, useTell } from "../kit/ask";
import { Confirm } from "../kit/Dialog";
import { Empty } from "../kit/Empty";
import { Refusal } from "../kit/Refusal";
import { useMoment } from "../kit/when";
import { ConsentMark } from "./ConsentMark";

export const CONSENTS = ["consents"] as const;
const CHANGES = [CONSENTS, ["charter"], ["policy"]] as const;

export default function OwnConsents() {
  const { t } = useTranslation();
  const text = useAsk(["charter"], charter);
  const given = useAsk(CONSENTS, consents);
  return (
    <Answered asked={text}>
      {({ current }) =>
        current ? (
          <div className="block two">
            <div className="stack">
              <CharterText charter={current} />
              <Disclosure />
            </div>
            <Answered asked={given}>{(mine) => <Given charter={current} mine={mine} />}</Answered>
          </div>
        ) : (
          <>
            <Empty title={t("charter.none")}>
              <p>{t("consents.noCharter")}</p>
            </Empty>
            <div className="block">
              <Disclosure />
            </div>
          </>
        )
      }
    </Answered>
  );
}

function Given({ charter: text, mine }: { charter: Charter; mine: Consents }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const [taking, setTaking] = useState<ConsentPurpose | "all" | null>(null);
  const sending = useTell(consent, { changes: CHANGES, onDone: () => setTaking(null) });
  const { version } = text;
  const say = (kind: "accepted" | "withdrawn", purpose: ConsentPurpose | "all") =>
    sending.mutate({
      kind,
      charter: version,
      ...(purpose !== "all" && { purposes: [purpose] }),
    });
  const open = mine.purposes.filter(({ covered }) => !covered);
  const covered = mine.purposes.filter((one) => one.covered);
  return (
    <section className="panel-like">
      <h2>{t("consents.yours")}</h2>
      <ul className="consents">
        {mine.purposes.map((one) => (
          <li key={one.purpose}>
            <div className="grow">
              <b>{t(`consents.purposes.${one.purpose}`)}</b>
              <p className="t1 sub">{t(`consents.hints.${one.purpose}`)}</p>
              <ConsentMark {...one} current={version} />
              {one.at && <span className="t1 sub num"> {moment(one.at)}</span>}
            </div>
            <Button
              variant="default"
              size="xs"
              aria-label={t(one.covered ? "consents.withdrawNamed" : "consents.acceptNamed", {
                purpose: t(`consents.purposes.${one.purpose}`),
              })}
              onClick={() => (one.covered ? setTaking(one.purpose) : say("accepted", one.purpose))}
            >
              {t(one.covered ? "consents.withdraw" : "consents.accept")}
            </Button>
          </li>
        ))}
      </ul>
      {!taking && <Refusal problem={sending.error} />}
      <div className="acts">
        {open.length > 1 && (
          <Button onClick={() => say("accepted", "all")}>{t("consents.acceptAll")}</Button>
        )}
        {covered.length > 1 && (
          <Button variant="default" className="danger" onClick={() => setTaking("all")}>
            {t("consents.withdrawAll")}
          </Button>
        )}
      </div>
      <History steps={mine.steps} />
      {taking && (
        <Confirm
          title={t("consents.sure")}
          text={t("consents.sureText")}
          submit={t("consents.withdraw")}
          sending={sending}
          onConfirm={() => say("withdrawn", taking)}
          onClose={() => setTaking(null)}
        />
      )}
    </section>
  );
}

function History({ steps }: { steps: Consents["steps"] }) {
  const { t } = useTranslation();
  const moment = useMoment();
  if (steps.length === 0) return null;
  return (
    <section className="part">
      <h3>{t("consents.history")}</h3>
      <ol className="history">
        {steps.map(({ purpose, kind, at, charter: version, device }) => (
          <li key={`${purpose} ${kind} ${at}`}>
            <span className="num sub">{moment(at)}</span>
            <span>{t(`consents.purposes.${purpose}`)}</span>
            <span>{t(`consents.${kind}`)}</span>
            <span className="sub t1">
              {[
                version && t("charter.version", { version }),
                t(device ? "consents.atPc" : "consents.here"),
              ]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
