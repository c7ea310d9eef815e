// What the camera noticed about oneself lately, what came of it, and one's own word against it.

import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/http";
import { disputeIncident } from "../api/record";
import type { IncidentItem, IncidentPage } from "../api/wire";
import { timeText } from "../board/age";
import { Glyph } from "../board/Glyph";
import { Answered } from "../console/kit/Answered";
import { useAsk, useTell } from "../console/kit/ask";
import { Dialog, Form } from "../console/kit/Dialog";

const ASKED = 50;
const SHOWN = 5; // at first
const TEXT_MAX = 1000;

export function Noticed({ member, now }: { member: number; now: number }) {
  const { t } = useTranslation();
  const asked = useAsk(["incidents", "own"], () =>
    call<IncidentPage>("GET", `incidents?member=${member}&limit=${ASKED}`),
  );
  const [all, setAll] = useState(false);
  const [against, setAgainst] = useState<IncidentItem | null>(null);
  return (
    <Answered asked={asked}>
      {({ items }) => (
        <section className="day-panel" aria-label={t("today.noticed")}>
          <header>
            <h2>{t("today.noticed")}</h2>
            <span className="num sub">{items.length}</span>
          </header>
          {items.length === 0 ? (
            <p className="in sub">{t("today.nothingNoticed")}</p>
          ) : (
            <ul className="noticed">
              {(all ? items : items.slice(0, SHOWN)).map((incident) => (
                <Row
                  key={incident.id}
                  incident={incident}
                  now={now}
                  onDispute={() => setAgainst(incident)}
                />
              ))}
            </ul>
          )}
          {!all && items.length > SHOWN && (
            <p className="in more">
              <Button variant="default" size="xs" onClick={() => setAll(true)}>
                {t("today.allNoticed", { count: items.length })}
              </Button>
            </p>
          )}
          {against && <Dispute incident={against} onClose={() => setAgainst(null)} />}
        </section>
      )}
    </Answered>
  );
}

interface RowProps {
  readonly incident: IncidentItem;
  readonly now: number;
  readonly onDispute: () => void;
}

function Row({ incident, now, onDispute }: RowProps) {
  const { t } = useTranslation();
  const { kind, opened_at, verdict, note, judged_by, judged_at, disputed_at, dispute } = incident;
  const waits = disputed_at != null && disputed_at > (judged_at ?? 0);
  return (
    <li>
      <div className="grow">
        <span data-s="incident" className="kind">
          <Glyph tone="incident" /> <b>{t(`kind.${kind}`)}</b>
        </span>{" "}
        <span className="num sub">{timeText(opened_at, now)}</span>
        <p className="t1 sub">
          {verdict
            ? [t(`verdicts.${verdict}`), judged_by, note && `「${note}」`]
                .filter(Boolean)
                .join(" · ")
            : t("today.notJudged")}
          {waits && ` · ${t("today.disputed")}${dispute ? `「${dispute}」` : ""}`}
        </p>
      </div>
      {!waits && (
        <Button
          variant="default"
          size="xs"
          aria-label={`${t("today.dispute")} ${t(`kind.${kind}`)} ${timeText(opened_at, now)}`}
          onClick={onDispute}
        >
          {t("today.dispute")}
        </Button>
      )}
    </li>
  );
}

function Dispute({ incident, onClose }: { incident: IncidentItem; onClose: () => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const sending = useTell(disputeIncident, { changes: [["incidents"]], onDone: onClose });
  return (
    <Dialog title={t("today.disputeTitle", { kind: t(`kind.${incident.kind}`) })} onClose={onClose}>
      <Form
        sending={sending}
        submit={t("today.disputeSend")}
        ready={text.trim() !== ""}
        onSubmit={() => sending.mutate({ id: incident.id, text: text.trim() })}
        onCancel={onClose}
      >
        <p>{t("today.disputeHint")}</p>
        <Textarea
          label={t("today.disputeText")}
          value={text}
          maxLength={TEXT_MAX}
          autosize
          minRows={3}
          data-autofocus
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </Form>
    </Dialog>
  );
}
