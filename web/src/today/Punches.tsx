// One's own punches: one tap each, what fits now, and why something was refused or is not known.

import { Button, TextInput } from "@mantine/core";
import { useEffect, useId, useRef, useState } from "react";
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
  const taskRests = useRests(current ? "task_end" : "task_start");
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
              <PlaceButton
                key={place}
                kind={kind}
                likely={kind === likely(work)}
                busy={busy}
                onTap={tap}
              />
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
            <TapButton kind="task_end" rests={taskRests} busy={busy} onTap={tap} />
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
              aria-disabled={busy || undefined}
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

interface TapProps {
  readonly kind: PunchKind;
  readonly likely?: boolean;
  readonly busy: boolean;
  readonly onTap: (kind: PunchKind) => void;
}

/** A place whose button becomes another one after a tap, and rests then. */
function PlaceButton(props: TapProps) {
  return <TapButton {...props} rests={useRests(props.kind)} />;
}

function TapButton({ kind, likely = false, busy, rests, onTap }: TapProps & { rests: boolean }) {
  const { t } = useTranslation();
  return (
    <Button
      size="md"
      variant={likely ? "filled" : "default"}
      data-disabled={busy || undefined}
      data-rests={rests || undefined}
      aria-disabled={busy || rests || undefined}
      onClick={() => rests || onTap(kind)}
    >
      {t(`punch.kinds.${kind}`)}
    </Button>
  );
}

/** Whether a button is another one only since just now: a tap meant the one before. */
function useRests(kind: PunchKind): boolean {
  const [settled, setSettled] = useState(kind);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(kind), REST_MS);
    return () => clearTimeout(timer);
  }, [kind]);
  return settled !== kind;
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
