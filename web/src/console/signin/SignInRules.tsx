// How members sign in: whether a second factor is asked for, and the company's own sign-in.

import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { removeOidc, setOidc, setSecondFactor, signInPolicy } from "../../api/console";
import type { Tagged } from "../../api/http";
import type { SignInPolicy } from "../../api/shapes";
import { PasswordField } from "../../session/PasswordField";
import { Answered } from "../kit/Answered";
import { useAsk, useTell } from "../kit/ask";
import { Confirm, Form } from "../kit/Dialog";
import { Refusal } from "../kit/Refusal";
import { Tick } from "../kit/Tick";

const RULES = ["sign-in-policy"] as const;

export default function SignInRules() {
  const asked = useAsk(RULES, signInPolicy);
  return (
    <div className="block">
      <Answered asked={asked}>
        {(rules) => (
          <>
            <SecondFactor rules={rules} />
            <Oidc key={JSON.stringify(rules.oidc)} rules={rules} />
          </>
        )}
      </Answered>
    </div>
  );
}

function SecondFactor({ rules }: { rules: Tagged<SignInPolicy> }) {
  const { t } = useTranslation();
  const sending = useTell(setSecondFactor, { changes: [RULES] });
  return (
    <section className="panel-like">
      <h2>{t("rules.secondFactor")}</h2>
      <Tick
        label={t("rules.required")}
        hint={t("rules.requiredHint")}
        checked={rules.second_factor === "required"}
        disabled={sending.isPending}
        onTick={(on) =>
          sending.mutate({ second_factor: on ? "required" : "optional", etag: rules.etag })
        }
      />
      <Refusal problem={sending.error} onReload={sending.reload} />
      <p className="t1 sub">{t(rules.mail ? "rules.mail" : "rules.noMail")}</p>
    </section>
  );
}

const FIELDS = ["label", "issuer", "client_id"] as const;

function Oidc({ rules }: { rules: Tagged<SignInPolicy> }) {
  const { t } = useTranslation();
  const { oidc } = rules;
  const [draft, setDraft] = useState({
    label: oidc?.label ?? "",
    issuer: oidc?.issuer ?? "",
    client_id: oidc?.client_id ?? "",
    client_secret: "",
  });
  const [removing, setRemoving] = useState(false);
  const sending = useTell(setOidc, { changes: [RULES] });
  const removal = useTell(removeOidc, { changes: [RULES], onDone: () => setRemoving(false) });
  return (
    <section className="panel-like">
      <h2>{t("rules.oidc")}</h2>
      <p className="sub">{t("rules.oidcHint")}</p>
      <dl className="facts">
        <dt>{t("rules.redirect")}</dt>
        <dd className="code wraps">{rules.redirect_uri}</dd>
      </dl>
      <Form
        sending={sending}
        submit={t("kit.save")}
        ready={Object.values(draft).every((value) => value !== "")}
        onSubmit={() => sending.mutate({ ...draft, etag: rules.etag })}
      >
        {FIELDS.map((field) => (
          <TextInput
            key={field}
            label={t(`rules.${field}`)}
            value={draft[field]}
            spellCheck={false}
            onChange={({ currentTarget: { value } }) =>
              setDraft((old) => ({ ...old, [field]: value }))
            }
          />
        ))}
        <PasswordField
          label={t("rules.client_secret")}
          description={oidc ? t("rules.secretAgain") : undefined}
          autoComplete="off"
          value={draft.client_secret}
          onChange={({ currentTarget: { value } }) =>
            setDraft((old) => ({ ...old, client_secret: value }))
          }
        />
      </Form>
      {oidc && (
        <Button variant="default" className="danger" onClick={() => setRemoving(true)}>
          {t("rules.removeOidc")}
        </Button>
      )}
      {removing && (
        <Confirm
          title={t("rules.removeOidc")}
          text={t("rules.removeOidcText")}
          submit={t("rules.removeIt")}
          sending={removal}
          onConfirm={() => removal.mutate(rules.etag)}
          onClose={() => setRemoving(false)}
        />
      )}
    </section>
  );
}
