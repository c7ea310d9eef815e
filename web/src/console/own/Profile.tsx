// One's own name, mail address and language, and how one is told of incidents.

import { TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { account, setEmail, setLocale, setName } from "../../api/console";
import type { Account } from "../../api/shapes";
import { choose, LANGUAGE_CHOICES, type Language } from "../../i18n";
import { PushSwitch } from "../../push/PushSwitch";
import { Answered } from "../kit/Answered";
import { useAsk, useDesk, useTell } from "../kit/ask";
import { Form } from "../kit/Dialog";
import { Select } from "../kit/Select";
import { Notifications } from "./Notifications";

const ACCOUNT = ["account"] as const;
const CHANGES = [ACCOUNT, ["session"], ["members"]] as const;

export default function Profile() {
  const asked = useAsk(ACCOUNT, account);
  const { role } = useDesk().session.member;
  return (
    <div className="block">
      <Answered asked={asked}>
        {(own) => (
          <>
            <Edit key={`${own.name} ${own.locale}`} own={own} />
            <Mail key={own.email} email={own.email ?? ""} />
            {role !== "operator" && <Notifications />}
            {role !== "operator" && <PushSwitch />}
          </>
        )}
      </Answered>
    </div>
  );
}

interface Change {
  readonly name: string | null;
  readonly locale: Language | null;
}

async function change({ name, locale }: Change): Promise<void> {
  if (name !== null) await setName(name);
  if (locale !== null) await setLocale(locale);
}

function Edit({ own }: { own: Account }) {
  const { t } = useTranslation();
  const { role } = useDesk().session.member;
  const [name, setDraft] = useState(own.name);
  const [locale, setLanguage] = useState(own.locale as Language);
  const wanted: Change = {
    name: name === own.name ? null : name,
    locale: locale === own.locale ? null : locale,
  };
  const sending = useTell(change, { changes: CHANGES, onDone: () => choose(locale) });
  return (
    <section className="panel-like">
      <h2>{t("page./own")}</h2>
      <dl className="facts">
        <dt>{t("signIn.login")}</dt>
        <dd>{own.login}</dd>
        <dt>{t("members.role")}</dt>
        <dd>
          {t(`role.${role}`)} <span className="sub t1">{t(`roleHint.${role}`)}</span>
        </dd>
      </dl>
      <Form
        sending={sending}
        submit={t("kit.save")}
        ready={(wanted.name ?? wanted.locale) !== null && name.trim() !== ""}
        onSubmit={() => sending.mutate(wanted)}
      >
        <TextInput
          label={t("members.name")}
          value={name}
          maxLength={200}
          autoComplete="name"
          onChange={(event) => setDraft(event.currentTarget.value)}
        />
        <Select
          label={t("menu.language")}
          value={locale}
          onPick={setLanguage}
          options={LANGUAGE_CHOICES}
        />
      </Form>
    </section>
  );
}

const ADDRESS = /^\S+@\S+$/;

function Mail({ email }: { email: string }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(email);
  const sending = useTell(setEmail, { changes: [ACCOUNT] });
  return (
    <section className="panel-like">
      <h2>{t("own.email")}</h2>
      <Form
        sending={sending}
        submit={t("kit.save")}
        ready={typed !== email && (typed === "" || ADDRESS.test(typed))}
        onSubmit={() => sending.mutate(typed === "" ? null : typed)}
      >
        <TextInput
          type="email"
          label={t("own.email")}
          description={t("own.emailHint")}
          autoComplete="email"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      </Form>
    </section>
  );
}
