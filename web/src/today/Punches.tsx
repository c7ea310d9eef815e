// One's own punches: one tap each, what fits now, and why something was refused or is not known.

import { Button, TextInput } from "@mantine/core";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../api/http";
import { newId } from "../api/ids";
import { ownPunches, type PunchKind, punch, type Tap } from "../api/record";
import type { Schemas } from "../api/wire";
import { timeText } from "../board/age";
import { Answered } from "../console/kit/Answered";
import { useTell } from "../console/kit/ask";
import { Refusal } from "../console/kit/Refusal";
import { useNow } from "../days/now";
import { clockText, lengthText } from "../days/tokyo";
import { useWatched } from "../days/watched";
import {
  fitting,
  likely,
  mayStartTask,
  PLACES,
  type Place,
  rested,
  taskNames,
  taskSince,
  worked,
} from "./punching";

const PUNCHES = ["punches"] as const;
const CHANGES = [PUNCHES, ["presence"], ["seat"], ["account"]] as const;
const AGAIN_MS = 30_000; // one may punch on another PC, too
const REST_MS = 1_000; // a second tap within it was meant for the button that stood there before
const BROKEN = 500; // from this status on nobody knows whether it was written

export function Punches() {
  const asked = useWatched(PUNCHES, ownPunches, AGAIN_MS);
  return (
    <Answered asked={asked}>
      {(today) => <Board today={today} onStale={() => void asked.refetch()} />}
    </Answered>
  );
}

/** Whether it is not known if the hub has written it: nobody answered, or it broke on the way. */
const isUnknown = ({ status }: Problem): boolean => status === 0 || status >= BROKEN;

function Board({ today, onStale }: { today: Schemas["Today"]; onStale: () => void }) {
  const { t } = useTranslation();
  const now = useNow();
  const { work, items, task: current } = today;
  const [task, setTask] = useState("");
  const known = useId();
  const telling = useTell(punch, { changes: CHANGES, onDone: () => setTask("") });
  const rests = useRest({
    ...Object.fromEntries(PLACES.map((place) => [place, fitting(work, place)])),
    task: current ? "task_end" : "task_start",
  });
  const { error, variables } = telling;
  const refused = error && !isUnknown(error) ? error : null;
  const unsent = error && isUnknown(error) ? variables : undefined;
  const stale = useRef(onStale);
  stale.current = onStale;
  useEffect(() => {
    if (refused) stale.current(); // it was punched elsewhere: what fits is another thing now
  }, [refused]);
  const busy = telling.isPending || unsent !== undefined;
  const tap = (kind: PunchKind, named?: string) => {
    if (!busy) telling.mutate({ id: newId(), kind, ...(named && { task: named }) });
  };
  const button = (place: Place | "task", kind: PunchKind) => ({
    size: "md" as const,
    "data-disabled": busy || undefined,
    "aria-disabled": busy || undefined,
    onClick: () => rests(place) || tap(kind),
  });
  const since = taskSince(items);
  return (
    <section className="day-panel" aria-label={t("punch.title")}>
      <header>
        <h2>{t("punch.title")}</h2>
        <Summary today={today} now={now} />
      </header>
      <div className="in punch-row">
        {PLACES.map((place) => {
          const kind = fitting(work, place);
          return (
            kind && (
              <Button
                key={place}
                variant={kind === likely(work) ? "filled" : "default"}
                {...button(place, kind)}
              >
                {t(`punch.kinds.${kind}`)}
              </Button>
            )
          );
        })}
        <span className="grow" />
        {current && (
          <div className="task">
            <span className="cut">
              <span className="sub">{t("punch.task")}</span> <b title={current}>{current}</b>{" "}
              {since !== null && (
                <span className="sub num">{t("age.from", { time: timeText(since, now) })}</span>
              )}
            </span>
            <Button variant="default" {...button("task", "task_end")}>
              {t("punch.kinds.task_end")}
            </Button>
          </div>
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
              list={known}
              onChange={(event) => setTask(event.currentTarget.value)}
            />
            <datalist id={known}>
              {taskNames(items).map((name) => (
                <option key={name} value={name} />
              ))}
            </datalist>
            <Button
              type="submit"
              size="md"
              variant="default"
              disabled={task.trim() === ""}
              data-disabled={busy || task.trim() === "" || undefined}
            >
              {t("punch.kinds.task_start")}
            </Button>
          </form>
        )}
      </div>
      <Refusal problem={refused} />
      {unsent && (
        <Unsent
          tap={unsent}
          onAgain={() => telling.mutate(unsent)}
          onLeave={() => {
            telling.reset();
            onStale();
          }}
        />
      )}
      <p className="in said t1" role="status">
        {telling.data &&
          !error &&
          t("punch.done", {
            time: clockText(telling.data.punch.at),
            kind: t(`punch.kinds.${telling.data.punch.kind}`),
          })}
      </p>
      {items.length > 0 && (
        <ol className="punched in t1 sub">
          {items.map(({ id, kind, at, task: named }) => (
            <li key={id}>
              <span className="num">{timeText(at, now)}</span> {t(`punch.kinds.${kind}`)}
              {named && ` ${named}`}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Summary({ today, now }: { today: Schemas["Today"]; now: number }) {
  const { t } = useTranslation();
  const { work, items } = today;
  const first = items.find(({ kind }) => kind === "start");
  const rest = rested(items, now);
  return (
    <span className="sub num">
      {t(`work.${work}`)}
      {first && ` · ${t("punch.began", { time: timeText(first.at, now) })}`}
      {first && ` · ${t("punch.worked", { time: lengthText(worked(items, now)) })}`}
      {rest > 0 && ` · ${t("punch.rested", { time: lengthText(rest) })}`}
    </span>
  );
}

interface UnsentProps {
  readonly tap: Tap;
  readonly onAgain: () => void;
  readonly onLeave: () => void;
}

/** The hub has it or not: sent again it is the same tap, so it is never there twice. */
function Unsent({ tap, onAgain, onLeave }: UnsentProps) {
  const { t } = useTranslation();
  return (
    <div className="refusal" role="alert">
      <p>{t("punch.unsent", { kind: t(`punch.kinds.${tap.kind}`) })}</p>
      <Button size="xs" onClick={onAgain}>
        {t("punch.again")}
      </Button>
      <Button variant="default" size="xs" onClick={onLeave}>
        {t("punch.leave")}
      </Button>
    </div>
  );
}

/** Whether the button of a place is another one only since just now: a tap meant the one before. */
function useRest(shown: Readonly<Record<string, PunchKind | undefined>>) {
  const until = useRef<Record<string, number>>({});
  const before = useRef(shown);
  useLayoutEffect(() => {
    for (const [place, kind] of Object.entries(shown)) {
      const was = before.current[place];
      if (was && kind && was !== kind) until.current[place] = performance.now() + REST_MS;
    }
    before.current = shown;
  });
  return (place: string): boolean => performance.now() < (until.current[place] ?? 0);
}
