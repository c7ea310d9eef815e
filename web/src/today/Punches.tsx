// One's own punches: one tap each, what fits now, and why something was refused.

import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ownPunches, type PunchKind, punch } from "../api/record";
import { Answered } from "../console/kit/Answered";
import { useAsk, useTell } from "../console/kit/ask";
import { Refusal } from "../console/kit/Refusal";
import { useNow } from "../days/now";
import { clockText, lengthText } from "../days/tokyo";
import { mayStartTask, nextPunches, rested, taskSince, worked } from "./punching";

const PUNCHES = ["punches"] as const;
const CHANGES = [PUNCHES, ["presence"], ["account"]] as const;

export function Punches() {
  const { t } = useTranslation();
  const asked = useAsk(PUNCHES, ownPunches);
  const now = useNow();
  const [task, setTask] = useState("");
  const telling = useTell(punch, { changes: CHANGES, onDone: () => setTask("") });
  const tap = (kind: PunchKind, named?: string) =>
    telling.mutate({ kind, ...(named && { task: named }) });
  return (
    <Answered asked={asked}>
      {({ work, items, task: current }) => {
        const first = items.find(({ kind }) => kind === "start");
        const rest = rested(items, now);
        const since = taskSince(items);
        return (
          <section className="day-panel" aria-label={t("punch.title")}>
            <header>
              <h2>{t("punch.title")}</h2>
              <span className="sub num" role="status">
                {t(`work.${work}`)}
                {first && ` · ${t("punch.began", { time: clockText(first.at) })}`}
                {first && ` · ${t("punch.worked", { time: lengthText(worked(items, now)) })}`}
                {rest > 0 && ` · ${t("punch.rested", { time: lengthText(rest) })}`}
              </span>
            </header>
            <div className="in punch-row">
              {nextPunches(work).map((kind, at) => (
                <Button
                  key={kind}
                  size="md"
                  variant={at === 0 ? "filled" : "default"}
                  disabled={telling.isPending}
                  onClick={() => tap(kind)}
                >
                  {t(`punch.kinds.${kind}`)}
                </Button>
              ))}
              <span className="grow" />
              {current && (
                <>
                  <span className="sub">{t("punch.task")}</span>
                  <b className="cut">{current}</b>
                  {since !== null && (
                    <span className="sub num">{t("age.from", { time: clockText(since) })}</span>
                  )}
                  <Button
                    size="md"
                    variant="default"
                    disabled={telling.isPending}
                    onClick={() => tap("task_end")}
                  >
                    {t("punch.kinds.task_end")}
                  </Button>
                </>
              )}
              {!current && mayStartTask(work) && (
                <form
                  className="task"
                  onSubmit={(event) => {
                    event.preventDefault();
                    if (task.trim() !== "") tap("task_start", task.trim());
                  }}
                >
                  <TextInput
                    aria-label={t("punch.task")}
                    placeholder={t("punch.taskHint")}
                    value={task}
                    maxLength={200}
                    size="md"
                    onChange={(event) => setTask(event.currentTarget.value)}
                  />
                  <Button
                    type="submit"
                    size="md"
                    variant="default"
                    disabled={task.trim() === "" || telling.isPending}
                  >
                    {t("punch.kinds.task_start")}
                  </Button>
                </form>
              )}
            </div>
            <Refusal problem={telling.error} />
            {items.length > 0 && (
              <ol className="punched in t1 sub">
                {items.map(({ id, kind, at, task: named }) => (
                  <li key={id}>
                    <span className="num">{clockText(at)}</span> {t(`punch.kinds.${kind}`)}
                    {named && ` ${named}`}
                  </li>
                ))}
              </ol>
            )}
          </section>
        );
      }}
    </Answered>
  );
}
