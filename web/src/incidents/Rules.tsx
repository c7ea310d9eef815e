// After how long an incident that nobody answers is told upwards.

import { NumberInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Answered } from "../console/kit/Answered";
import { useAsk, useTell } from "../console/kit/ask";
import { Form } from "../console/kit/Dialog";
import { Tick } from "../console/kit/Tick";
import { type Escalation, escalation, setEscalation } from "./api";
import "../i18n/incidents";

const RULES = ["escalation"] as const;
const USUAL_MIN = 15;
const MOST_MIN = 1440;

export default function Rules() {
  const asked = useAsk(RULES, escalation);
  return (
    <div className="block">
      <Answered asked={asked}>
        {(rules) => <Edit key={JSON.stringify(rules)} rules={rules} />}
      </Answered>
    </div>
  );
}

function Edit({ rules }: { rules: Escalation }) {
  const { t } = useTranslation();
  const [after, setAfter] = useState(rules.after_min);
  const sending = useTell(setEscalation, { changes: [RULES] });
  const right = after === null || (Number.isInteger(after) && after >= 1 && after <= MOST_MIN);
  return (
    <section className="panel-like">
      <h2>{t("review.rules.title")}</h2>
      <Form
        sending={sending}
        submit={t("kit.save")}
        ready={right && after !== rules.after_min}
        onSubmit={() => sending.mutate({ after_min: after })}
      >
        <Tick
          label={t("review.rules.on")}
          hint={t(after === null ? "review.rules.off" : "review.rules.lead")}
          checked={after !== null}
          onTick={(on) => setAfter(on ? USUAL_MIN : null)}
        />
        {after !== null && (
          <NumberInput
            label={t("review.rules.minutes")}
            error={right ? undefined : t("review.rules.range")}
            hideControls
            allowDecimal={false}
            allowNegative={false}
            value={after}
            onChange={(value) => setAfter(Number(value))}
          />
        )}
      </Form>
    </section>
  );
}
