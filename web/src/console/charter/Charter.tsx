// The monitoring charter: nothing is captured until there is one; a new version takes notice.

import { Button, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { charter, publishCharter } from "../../api/console";
import type { NewCharter, Charter as Text } from "../../api/shapes";
import { PURPOSES } from "../../api/wire";
import { Answered } from "../kit/Answered";
import { useAsk, useTell } from "../kit/ask";
import { Form } from "../kit/Dialog";
import { Empty } from "../kit/Empty";
import { Tick } from "../kit/Tick";
import { useMoment } from "../kit/when";
import { CharterText } from "./CharterText";

const CHARTER = ["charter"] as const;

export default function Charter() {
  const { t } = useTranslation();
  const asked = useAsk(CHARTER, charter);
  const [writing, setWriting] = useState(false);
  const written = Boolean(asked.data?.current ?? asked.data?.coming);
  const write = (
    <Button variant={written ? "default" : "filled"} onClick={() => setWriting(true)}>
      {t(written ? "charter.renew" : "charter.write")}
    </Button>
  );
  return (
    <Answered asked={asked}>
      {({ current, coming }) =>
        writing ? (
          <div className="block">
            <Write from={coming ?? current ?? null} onDone={() => setWriting(false)} />
          </div>
        ) : current || coming ? (
          <div className="block">
            {coming && <Coming coming={coming} />}
            {current && <CharterText charter={current} />}
            {write}
          </div>
        ) : (
          <Empty title={t("charter.none")}>
            <p>{t("charter.noneHint")}</p>
            {write}
          </Empty>
        )
      }
    </Answered>
  );
}

function Coming({ coming }: { coming: Text }) {
  const { t } = useTranslation();
  const moment = useMoment();
  return (
    <section className="coming">
      <p className="note">{t("charter.coming", { time: moment(coming.effective_at) })}</p>
      <CharterText charter={coming} />
    </section>
  );
}

const FIELDS = ["purpose", "viewers", "rules"] as const;
const LINES = ["responsible", "contact"] as const;
const LETTERS_MAX = 10_000;

function Write({ from, onDone }: { from: Text | null; onDone: () => void }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState<NewCharter>(() => ({
    purpose: from?.purpose ?? "",
    responsible: from?.responsible ?? "",
    contact: from?.contact ?? "",
    rules: from?.rules ?? "",
    viewers: from?.viewers ?? "",
    audit_on: from?.audit_on ?? "",
    viewing_purposes: [...(from?.viewing_purposes ?? PURPOSES)],
  }));
  const [hurry, setHurry] = useState("");
  const sending = useTell(publishCharter, {
    changes: [CHARTER, ["consents"], ["policy"]],
    onDone,
  });
  const set = (change: Partial<NewCharter>) => setDraft((old) => ({ ...old, ...change }));
  const purposes = draft.viewing_purposes ?? [];
  const filled =
    [...FIELDS, ...LINES, "audit_on" as const].every((name) => draft[name].trim() !== "") &&
    purposes.length > 0;
  const early = from !== null && hurry.trim() !== "";
  return (
    <section className="panel-like">
      <h2>{t(from ? "charter.renew" : "charter.write")}</h2>
      <Form
        sending={sending}
        submit={t("charter.publish")}
        ready={filled}
        onCancel={onDone}
        onSubmit={() =>
          sending.mutate({
            ...draft,
            ...(early && { hurry, effective_at: Date.now() / 1000 }),
          })
        }
      >
        <p className="sub">{t(from ? "charter.againHint" : "charter.firstHint")}</p>
        {FIELDS.map((name) => (
          <Textarea
            key={name}
            label={t(`charter.${name}`)}
            description={t(`charter.${name}Hint`)}
            autosize
            minRows={2}
            maxLength={LETTERS_MAX}
            value={draft[name]}
            onChange={(event) => set({ [name]: event.currentTarget.value })}
          />
        ))}
        {LINES.map((name) => (
          <TextInput
            key={name}
            label={t(`charter.${name}`)}
            description={t(`charter.${name}Hint`)}
            value={draft[name]}
            onChange={(event) => set({ [name]: event.currentTarget.value })}
          />
        ))}
        <fieldset className="choices">
          <legend>{t("charter.viewingPurposes")}</legend>
          {PURPOSES.map((one) => (
            <Tick
              key={one}
              label={t(`purposes.${one}`)}
              checked={purposes.includes(one)}
              onTick={(on) =>
                set({
                  viewing_purposes: on ? [...purposes, one] : purposes.filter((it) => it !== one),
                })
              }
            />
          ))}
        </fieldset>
        <TextInput
          type="date"
          label={t("charter.audit_on")}
          description={t("charter.auditHint")}
          value={draft.audit_on}
          onChange={(event) => set({ audit_on: event.currentTarget.value })}
        />
        {from && (
          <TextInput
            label={t("charter.hurry")}
            description={t("charter.hurryHint")}
            value={hurry}
            onChange={(event) => setHurry(event.currentTarget.value)}
          />
        )}
      </Form>
    </section>
  );
}
