// Beside an incident: the verdict, its note, who has it, the person's past and the case's course.

import { Button, Textarea } from "@mantine/core";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../api/http";
import { timeText } from "../board/age";
import { useStore } from "../board/hooks";
import { useList } from "../console/kit/list";
import { Refusal } from "../console/kit/Refusal";
import { Select } from "../console/kit/Select";
import { type Detail, NOTE_MAX, type Step, VERDICTS } from "./api";
import { isDisputed } from "./dispute";

export interface SideProps {
  readonly detail: Detail;
  readonly me: number;
  readonly may: boolean;
  readonly open: boolean;
  readonly note: string;
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly sending: boolean;
  readonly assigning: { readonly isPending: boolean; readonly error: Problem | null };
  readonly onNote: (note: string) => void;
  readonly onSay: (at: number) => void;
  readonly onGive: (to: number | null) => void;
}

export function Side(props: SideProps) {
  const { detail, note, field, onNote } = props;
  const { t } = useTranslation();
  return (
    <aside className="side" aria-label={t("review.judge")}>
      <Buttons {...props} />
      {isDisputed(detail.incident) && (
        <section className="objection">
          <h3>{t("review.disputeHead")}</h3>
          <p>{detail.incident.dispute}</p>
        </section>
      )}
      {detail.may_judge && (
        <Textarea
          ref={field}
          label={t("review.note")}
          aria-keyshortcuts="n"
          placeholder={t("review.notePlaceholder")}
          autosize
          minRows={3}
          maxRows={10}
          maxLength={NOTE_MAX}
          value={note}
          onChange={(event) => onNote(event.currentTarget.value)}
        />
      )}
      {props.open && detail.may_judge && <Assignee {...props} />}
      <Facts detail={detail} />
      {detail.may_judge && <Past detail={detail} />}
      <Course steps={detail.course} upAt={detail.goes_up_at ?? null} />
    </aside>
  );
}

function Buttons({ detail, may, sending, onSay }: SideProps) {
  const { t } = useTranslation();
  const { verdict } = detail.incident;
  if (!detail.may_judge) return <p className="sub">{t("review.ownCase")}</p>;
  return (
    <div className="judging">
      <fieldset className="verdicts" aria-label={t("review.judge")}>
        {VERDICTS.map((one, at) => (
          <Button
            key={one}
            variant="default"
            disabled={!may || sending}
            aria-pressed={verdict === one}
            aria-keyshortcuts={String(at + 1)}
            onClick={() => onSay(at)}
          >
            <span>
              <b>{t(`review.verdict.${one}`)}</b>&nbsp;<kbd>{at + 1}</kbd>
              <small className="t1 sub">{t(`review.meaning.${one}`)}</small>
            </span>
          </Button>
        ))}
      </fieldset>
      <p className="t1 sub">{t("review.erases")}</p>
    </div>
  );
}

function Assignee({ detail, me, may, assigning, onGive }: SideProps) {
  const { t } = useTranslation();
  const { assignee, assignee_name } = detail.incident;
  const cards = detail.assignable;
  const known = assignee == null || cards.some(({ id }) => id === assignee);
  return (
    <div className="assignee">
      <Select
        label={t("review.assignee")}
        disabled={!may || assigning.isPending}
        value={assignee == null ? "" : String(assignee)}
        onPick={(value) => onGive(value === "" ? null : Number(value))}
        options={[
          { value: "", label: t("review.nobody") },
          ...(known ? [] : [{ value: String(assignee), label: assignee_name ?? "" }]),
          ...cards.map(({ id, name }) => ({
            value: String(id),
            label: id === me ? t("review.mine", { name }) : name,
          })),
        ]}
      />
      {assignee === me ? (
        <Button variant="default" disabled={!may} onClick={() => onGive(null)}>
          {t("review.release")}
        </Button>
      ) : (
        <Button
          variant="default"
          disabled={!may || assigning.isPending}
          aria-keyshortcuts="a"
          onClick={() => onGive(me)}
        >
          {t("review.take")}&nbsp;<kbd>a</kbd>
        </Button>
      )}
      <Refusal problem={assigning.error} />
    </div>
  );
}

function Facts({ detail: { incident: one } }: { detail: Detail }) {
  const { t } = useTranslation();
  const store = useStore();
  const task = store.seat(one.member).task;
  return (
    <dl className="kv t1">
      <dt>{t("review.weight")}</dt>
      <dd>{t(`review.weights.${one.kind}`)}</dd>
      <dt>{t("review.device")}</dt>
      <dd>{one.device_name || one.device}</dd>
      {task && (
        <>
          <dt>{t("review.task")}</dt>
          <dd>{task}</dd>
        </>
      )}
      <dt>{t("review.number")}</dt>
      <dd className="num code">{one.id}</dd>
    </dl>
  );
}

function Past({ detail }: { detail: Detail }) {
  const { t } = useTranslation();
  return (
    <section className="past t1">
      <h3>{t("review.past", { name: detail.incident.name })}</h3>
      {detail.past.length === 0 && <p className="sub">{t("review.pastNone")}</p>}
      <dl>
        {detail.past.map(({ kind, verdict, count }) => (
          <div key={`${kind} ${verdict}`}>
            <dt>
              {t(`kind.${kind}`)} ·{" "}
              {verdict ? t(`review.verdict.${verdict}`) : t("review.unjudged")}
            </dt>
            <dd className="num">{t("review.pastCount", { n: count })}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Course({ steps, upAt }: { steps: readonly Step[]; upAt: number | null }) {
  const { t } = useTranslation();
  const { clock } = useStore();
  return (
    <section className="course-of t1">
      <h3>{t("review.course")}</h3>
      <ol>
        {steps.map((step) => (
          <li key={`${step.at} ${step.what} ${step.by ?? ""}`} data-what={step.what}>
            <time className="num" dateTime={new Date(step.at * 1000).toISOString()}>
              {timeText(step.at, clock.now())}
            </time>
            <Said step={step} />
          </li>
        ))}
        {upAt !== null && (
          <li className="sub" data-what="goes_up">
            <time className="num" dateTime={new Date(upAt * 1000).toISOString()}>
              {timeText(upAt, clock.now())}
            </time>
            <span>{t("review.willEscalate")}</span>
          </li>
        )}
      </ol>
    </section>
  );
}

function Said({ step }: { step: Step }) {
  const { t } = useTranslation();
  const list = useList();
  const by = step.by_name ?? t("review.somebody");
  const to = list(step.to ?? []);
  const self = step.what === "taken" && to === by;
  return (
    <span>
      {t(`review.step.${self ? "takenSelf" : step.what}`, {
        by,
        to,
        verdict: step.verdict ? t(`review.verdict.${step.verdict}`) : "",
        purpose: step.purpose ? t(`purposes.${step.purpose}`) : "",
      })}
      {step.text && <q className="said">{step.text}</q>}
    </span>
  );
}
