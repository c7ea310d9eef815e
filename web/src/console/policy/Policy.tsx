// What the tenant lets its agents do: the widest evidence level, its interval, how sure is sure.

import { NumberInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { approval, policy, setApproval, setPolicy } from "../../api/console";
import type { Schemas } from "../../api/wire";
import { APPROVAL, ENROLMENTS } from "../faces/FaceSheet";
import { Answered } from "../kit/Answered";
import { useAsk, useTell } from "../kit/ask";
import { Form } from "../kit/Dialog";
import { Select } from "../kit/Select";
import { Tick } from "../kit/Tick";
import { LEVELS } from "./levels";

type Rules = Schemas["NewPolicy"];

const POLICY = ["policy"] as const;
const OWN_CHOICE = "own";
const SURE = ["low", "mid", "high"] as const;
const INTERVAL_MIN_S = 30;
const INTERVAL_MAX_S = 86_400;
const INTERVAL_S = 192;

export default function Policy() {
  const asked = useAsk(POLICY, policy);
  return (
    <div className="block">
      <Answered asked={asked}>
        {({ tenant, erase_own, etag }) => {
          const rules = { ...tenant, erase_own };
          return <Edit key={JSON.stringify(rules)} rules={rules} etag={etag} />;
        }}
      </Answered>
      <Approval />
    </div>
  );
}

function Edit({ rules, etag }: { rules: Rules; etag: string }) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(rules);
  const sending = useTell(setPolicy, { changes: [POLICY, ["groups"]] });
  const set = (change: Partial<Rules>) => setDraft((old) => ({ ...old, ...change }));
  const { evidence = "incident_only", interval_s = INTERVAL_S, level } = draft;
  const minutes = Math.round((interval_s / 60) * 10) / 10;
  const inRange = interval_s >= INTERVAL_MIN_S && interval_s <= INTERVAL_MAX_S;
  return (
    <section className="panel-like">
      <h2>{t("page./settings/policy")}</h2>
      <Form
        sending={sending}
        submit={t("kit.save")}
        ready={JSON.stringify(draft) !== JSON.stringify(rules) && inRange}
        onSubmit={() => sending.mutate({ ...draft, etag })}
      >
        <fieldset className="choices">
          <legend>{t("policy.evidence")}</legend>
          {LEVELS.map((one) => (
            <label key={one}>
              <input
                type="radio"
                name="evidence"
                checked={evidence === one}
                onChange={() => set({ evidence: one })}
              />
              <span>
                <b>{t(`level.${one}`)}</b>
                <span className="t1 sub">{t(`levelHint.${one}`, { minutes })}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {evidence === "periodic" && (
          <NumberInput
            label={t("policy.interval")}
            description={t("policy.intervalHint", {
              count: Math.floor((8 * 3600) / Math.max(1, interval_s)),
            })}
            error={inRange ? undefined : t("policy.intervalRange")}
            hideControls
            allowDecimal={false}
            allowNegative={false}
            value={interval_s}
            onChange={(value) => set({ interval_s: Number(value) })}
          />
        )}
        <Select
          label={t("policy.sure")}
          description={t("policy.sureHint")}
          value={level ?? OWN_CHOICE}
          onPick={(value) => set({ level: value === OWN_CHOICE ? null : value })}
          options={[
            { value: OWN_CHOICE as string, label: t("policy.ownChoice") },
            ...SURE.map((one) => ({ value: one as string, label: t(`policy.levels.${one}`) })),
          ]}
        />
        <Tick
          label={t("policy.challenge")}
          hint={t("policy.challengeHint")}
          checked={draft.challenge ?? false}
          onTick={(challenge) => set({ challenge })}
        />
        <Tick
          label={t("policy.hint")}
          hint={t("policy.hintHint")}
          checked={draft.hint ?? false}
          onTick={(hint) => set({ hint })}
        />
        <Tick
          label={t("policy.eraseOwn")}
          hint={t("policy.eraseOwnHint")}
          checked={draft.erase_own ?? false}
          onTick={(erase_own) => set({ erase_own })}
        />
      </Form>
    </section>
  );
}

type Approver = Schemas["Approval"]["by"];

const APPROVERS: readonly Approver[] = ["supervisor", "self"];

function Approval() {
  const { t } = useTranslation();
  const asked = useAsk(APPROVAL, approval);
  return (
    <section className="panel-like">
      <h2>{t("approval.title")}</h2>
      <Answered asked={asked}>
        {({ by, etag }) => <Approver key={by} now={by} etag={etag} />}
      </Answered>
    </section>
  );
}

function Approver({ now, etag }: { now: Approver; etag: string }) {
  const { t } = useTranslation();
  const [by, setBy] = useState(now);
  const sending = useTell(setApproval, { changes: [ENROLMENTS] });
  return (
    <Form
      sending={sending}
      submit={t("kit.save")}
      ready={by !== now}
      onSubmit={() => sending.mutate({ by, etag })}
    >
      <Select
        label={t("approval.by")}
        description={t(`approval.${by}Hint`)}
        value={by}
        onPick={setBy}
        options={APPROVERS.map((one) => ({ value: one, label: t(`approval.${one}`) }))}
      />
    </Form>
  );
}
