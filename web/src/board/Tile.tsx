// One person at a glance: picture, name, state with age, and the line that matters most now.

import { memo, type ReactNode, type RefObject, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Alert, SeatView } from "../api/wire";
import { timeText } from "./age";
import { DayStrip } from "./DayStrip";
import { Glyph, Mark } from "./Glyph";
import { useAge, useAgo, useFeed, useSeat, useStore } from "./hooks";
import { initials, isUncertain, moment, reasonOf } from "./label";

/** A change is marked for 200 ms (--mark); one that is older when the tile is drawn is not news. */
const NEWS_MS = 300;
const STRIP_PX = 6; // --strip-h

export interface TileProps {
  readonly member: number;
  readonly name: string;
  readonly at: Slot;
  readonly tabbable: boolean;
  readonly onEnter: (member: number) => void;
  readonly onOpen: (member: number) => void;
}

/** Where the tile stands in its group's list. */
export interface Slot {
  readonly left: string;
  readonly top: number;
  readonly width: string;
  readonly position: number;
  readonly of: number;
}

export const Tile = memo(function Tile(props: TileProps) {
  const { member, name, at, tabbable, onEnter, onOpen } = props;
  const { t } = useTranslation();
  const seat = useSeat(member);
  const mark = useNewsMark(member);
  const whole = useWhole(name);
  return (
    <li
      className="tile"
      aria-posinset={at.position}
      aria-setsize={at.of}
      style={{ left: at.left, top: at.top, width: at.width }}
      data-member={member}
      data-label={seat.label}
      data-alert={seat.alert?.kind}
      data-s={seat.alert ? "incident" : seat.label}
      data-uncertain={isUncertain(seat.label) || undefined}
      data-mark={mark}
    >
      <button
        type="button"
        tabIndex={tabbable ? 0 : -1}
        onFocus={() => {
          whole.measure();
          onEnter(member);
        }}
        onClick={() => onOpen(member)}
      >
        <span className="picture" aria-hidden="true">
          {initials(name)}
        </span>
        <span className="name cut" ref={whole.label}>
          {name}
        </span>
        <span className="state">
          <Mark tone={seat.label} word={t(`label.${seat.label}`)} />
          <When seat={seat} />
        </span>
        {seat.alert ? <AlertLine alert={seat.alert} /> : <TaskLine seat={seat} />}
        {seat.alert && (
          <span className="corner">
            <Glyph tone="incident" />
          </span>
        )}
        <DayStrip member={member} heightPx={STRIP_PX} />
        {whole.shown}
      </button>
    </li>
  );
}, sameTile);

export function sameTile(before: TileProps, after: TileProps): boolean {
  return (
    before.member === after.member &&
    before.name === after.name &&
    before.tabbable === after.tabbable &&
    before.at.position === after.at.position &&
    before.at.of === after.at.of &&
    before.at.width === after.at.width &&
    before.at.left === after.at.left &&
    before.at.top === after.at.top
  );
}

interface Whole {
  readonly label: RefObject<HTMLSpanElement | null>;
  readonly measure: () => void;
  readonly shown: ReactNode;
}

/** A name that was cut shows whole while it has the focus. */
export function useWhole(name: string): Whole {
  const label = useRef<HTMLSpanElement>(null);
  const [cut, setCut] = useState(false);
  const measure = () => {
    const at = label.current;
    setCut(at !== null && at.scrollWidth > at.clientWidth);
  };
  const shown = cut && (
    <span className="whole" aria-hidden="true">
      {name}
    </span>
  );
  return { label, measure, shown };
}

/** Alternates between two names so that a second change starts the mark anew. */
export function useNewsMark(member: number): "a" | "b" | undefined {
  const change = useStore().changed(member);
  if (!change || performance.now() - change.atMs > NEWS_MS) return undefined;
  return change.times % 2 ? "a" : "b";
}

export function When({ seat }: { seat: SeatView }) {
  const at = moment(seat);
  if (at === 0 || seat.label === "off") return null;
  return (
    <span className="num cut">
      {seat.label === "offline" ? <LastHeard at={at} /> : <Age since={at} />}
    </span>
  );
}

function LastHeard({ at }: { at: number }) {
  const { t } = useTranslation();
  const { clock } = useStore();
  return t("age.last", { time: timeText(at, clock.now()) });
}

function Age({ since }: { since: number }) {
  return useAge(since);
}

function AlertLine({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const ago = useAgo(alert.at);
  const recorded = useFeed().get(alert.id)?.recorded ?? true;
  return (
    <span className="task">
      <Mark tone="incident" word={t(`kind.${alert.kind}`)} />
      <span className="ago">{recorded ? ago : t("board.recording")}</span>
    </span>
  );
}

function TaskLine({ seat }: { seat: SeatView }) {
  const { t } = useTranslation();
  const reason = reasonOf(seat);
  const task = seat.label === "off" ? null : seat.task;
  const line = reason ? t(`reason.${reason}`) : task;
  return line ? (
    <span className="task">
      <span className="cut">{line}</span>
    </span>
  ) : null;
}
