// One incident under review: its images behind a purpose, why it was decided, what is around it,
// and beside it what people say and do.

import { Button } from "@mantine/core";
import { type Ref, useImperativeHandle, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { secondText, timeText } from "../board/age";
import { Glyph } from "../board/Glyph";
import { useLost, useStore } from "../board/hooks";
import { INCIDENTS_QUERY } from "../board/record";
import { Answered } from "../console/kit/Answered";
import { useAsk, useTell } from "../console/kit/ask";
import { Empty } from "../console/kit/Empty";
import { Around } from "./Around";
import { assign, type Detail, incident, VERDICTS } from "./api";
import { isDisputed, isOpen } from "./dispute";
import { Images, type ImagesHandle } from "./Images";
import type { Act } from "./keys";
import { Reasons } from "./Reasons";
import { Side } from "./Side";
import type { Verdicts } from "./useVerdicts";

export interface ReviewHandle {
  /** Whether the key meant something here. */
  readonly act: (act: Act) => boolean;
}

export interface ReviewProps {
  readonly id: string;
  /** Nothing is in the queue. */
  readonly empty: boolean;
  readonly me: number;
  /** Notes that were begun, by incident. */
  readonly drafts: Map<string, string>;
  readonly verdicts: Verdicts;
  readonly onStep: (by: number) => void;
  readonly onBack: (() => void) | null;
  readonly ref: Ref<ReviewHandle>;
}

export function Review({ id, empty, ref, ...props }: ReviewProps) {
  const { t } = useTranslation();
  const asked = useAsk([...INCIDENTS_QUERY, "one", id], () => incident(id), { enabled: id !== "" });
  if (id === "")
    return <section className="case">{!empty && <Empty title={t("review.pick")} />}</section>;
  return (
    <Answered asked={asked}>{(detail) => <Case ref={ref} detail={detail} {...props} />}</Answered>
  );
}

function Case(props: Omit<ReviewProps, "id" | "empty"> & { detail: Detail }) {
  const { detail, me, drafts, verdicts, onStep, onBack, ref } = props;
  const { t } = useTranslation();
  const one = detail.incident;
  const images = useRef<ImagesHandle>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const [note, setNote] = useState(drafts.get(one.id) ?? "");
  const lost = useLost();
  const assigning = useTell(assign, { changes: [INCIDENTS_QUERY] });
  const may = detail.may_judge && !lost;
  const say = (at: number) => {
    const verdict = VERDICTS[at];
    if (may && verdict) verdicts.say(one, verdict, note);
  };
  const write = (text: string) => {
    setNote(text);
    drafts.set(one.id, text);
  };
  const open = isOpen(one);
  const give = (to: number | null) => {
    if (may && open) assigning.mutate({ id: one.id, assignee: to });
  };
  useImperativeHandle(ref, () => ({
    act: (act) => {
      if (act.do === "verdict") say(act.at);
      else if (act.do === "take") give(me);
      else if (act.do === "note") field.current?.focus();
      else if (act.do === "purpose") return images.current?.choose(act.at) ?? false;
      else if (act.do === "space") return images.current?.toggle() ?? false;
      else return false;
      return true;
    },
  }));
  return (
    <>
      <section className="case" data-case={one.id} aria-label={t(`kind.${one.kind}`)}>
        <Head detail={detail} onStep={onStep} onBack={onBack} />
        {one.late && <p className="t1 sub">{t("review.late")}</p>}
        <Standing detail={detail} me={me} />
        <Images ref={images} incident={one} mayLook={!lost} />
        <Reasons incident={one} />
        <Around incident={one} neighbours={detail.neighbours} />
      </section>
      <Side
        detail={detail}
        me={me}
        may={may}
        open={open}
        note={note}
        field={field}
        sending={verdicts.sending}
        assigning={assigning}
        onNote={write}
        onSay={say}
        onGive={give}
      />
    </>
  );
}

/** What others have done about it already, and what the person says: above all that is looked at. */
function Standing({ detail: { incident: one }, me }: { detail: Detail; me: number }) {
  const { t } = useTranslation();
  const { clock } = useStore();
  const taken = isOpen(one) && one.assignee != null && one.assignee !== me;
  return (
    <div role="status" className="said-already">
      {isDisputed(one) && <p data-told="dispute">{t("review.waitsForAnswer")}</p>}
      {one.verdict && (
        <div data-told="verdict">
          <b>
            {t("review.judgedAs", {
              by: one.judged_by ?? t("review.somebody"),
              verdict: t(`review.verdict.${one.verdict}`),
              time: timeText(one.judged_at ?? one.opened_at, clock.now()),
            })}
          </b>
          {one.note && <q className="said">{one.note}</q>}
          <p className="t1 sub">{t("review.judgeAgain")}</p>
        </div>
      )}
      {taken && <p data-told="taken">{t("review.takenBy", { name: one.assignee_name })}</p>}
    </div>
  );
}

interface HeadProps {
  readonly detail: Detail;
  readonly onStep: (by: number) => void;
  readonly onBack: (() => void) | null;
}

function Head({ detail: { incident: one }, onStep, onBack }: HeadProps) {
  const { t } = useTranslation();
  const { clock } = useStore();
  const ended = one.ended_at;
  const count = one.count ?? 1;
  const seconds = Math.max(0, Math.round((ended ?? one.seen_at) - one.opened_at));
  const time =
    seconds < 60
      ? t("review.seconds", { s: seconds })
      : t("review.minutes", { m: Math.floor(seconds / 60), s: seconds % 60 });
  const from = `${timeText(one.opened_at, clock.now())}${secondText(one.opened_at).slice(-3)}`;
  return (
    <header className="head">
      {onBack && (
        <Button size="xs" variant="default" onClick={onBack}>
          ← {t("review.back")}
        </Button>
      )}
      <h2 data-s="incident">
        <Glyph tone="incident" size={16} />
        {t(`kind.${one.kind}`)}
      </h2>
      <span className="sub cut">{one.name}</span>
      <span className="num sub">
        {ended == null
          ? t("review.spanOngoing", { from, n: count })
          : t("review.span", { from, to: secondText(ended), time, n: count })}
      </span>
      <span className="grow" />
      {!onBack && (
        <span className="steps">
          <Button size="xs" variant="default" onClick={() => onStep(-1)}>
            {t("review.previous")}&nbsp;<kbd>k</kbd>
          </Button>
          <Button size="xs" variant="default" onClick={() => onStep(1)}>
            {t("review.next")}&nbsp;<kbd>j</kbd>
          </Button>
        </span>
      )}
    </header>
  );
}
