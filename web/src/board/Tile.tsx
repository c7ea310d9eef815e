// One person at a glance: picture, name, state with age, and the line that matters most now.

import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Alert, SeatView } from "../api/wire";
import { timeText } from "./age";
import { DayStrip } from "./DayStrip";
import { Glyph, Mark } from "./Glyph";
import { useAge, useAgo, useFeed, useSeat, useStore } from "./hooks";
import { initials, moment, reasonOf } from "./label";
import { Place, type PlaceProps, samePlace } from "./Place";

const STRIP_PX = 6; // --strip-h

export const Tile = memo(function Tile(props: PlaceProps) {
  const { member, name } = props;
  const { t } = useTranslation();
  const seat = useSeat(member);
  return (
    <Place kind="tile" seat={seat} {...props}>
      {(label) => (
        <>
          <span className="picture" aria-hidden="true">
            {initials(name)}
          </span>
          <span className="name cut" ref={label}>
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
        </>
      )}
    </Place>
  );
}, samePlace);

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
  const ago = useAgo(alert.at, true);
  const recorded = useFeed().get(alert.id)?.recorded ?? true;
  return (
    <span className="task">
      <Mark tone="incident" word={t(`kind.${alert.kind}`)} />
      <span className="ago num">{recorded ? ago : t("board.recording")}</span>
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
