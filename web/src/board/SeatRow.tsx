// One person as a row: everything that a tile says, side by side.

import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Alert, SeatView } from "../api/wire";
import { timeText } from "./age";
import { DayStrip } from "./DayStrip";
import { Glyph, Mark } from "./Glyph";
import { useFeed, useSeat, useStore } from "./hooks";
import { reasonOf } from "./label";
import { Place, type PlaceProps, samePlace } from "./Place";
import { When } from "./Tile";

const COLUMNS = ["state", "age", "name", "group", "task", "day", "alert"] as const;
const STRIP_PX = 10;

/** The words over the columns; each row says by itself what it is. */
export function RowHead() {
  const { t } = useTranslation();
  return (
    <div className="row-head" aria-hidden="true">
      {COLUMNS.map((column) => (
        <span key={column} className={`c-${column}`}>
          {t(`row.${column}`)}
        </span>
      ))}
    </div>
  );
}

export const SeatRow = memo(function SeatRow(props: PlaceProps) {
  const { member, name } = props;
  const { t } = useTranslation();
  const seat = useSeat(member);
  return (
    <Place kind="row" seat={seat} {...props}>
      {(label) => (
        <>
          <Mark tone={seat.label} word={t(`label.${seat.label}`)} />
          <span className="c-age">
            <When seat={seat} />
          </span>
          <span className="c-name name cut" ref={label}>
            {name}
          </span>
          <span className="c-group cut">
            <Groups member={member} />
          </span>
          <span className="c-task cut">{seat.label === "off" ? "" : (seat.task ?? "")}</span>
          <span className="c-day">
            <DayStrip member={member} heightPx={STRIP_PX} />
          </span>
          <span className="c-alert cut">
            {seat.alert ? <AlertTag alert={seat.alert} /> : <Reason seat={seat} />}
          </span>
        </>
      )}
    </Place>
  );
}, samePlace);

function Groups({ member }: { member: number }) {
  const store = useStore();
  const mine = store.card(member)?.groups ?? [];
  return mine.map((id) => store.groupName(id)).join(" · ");
}

function AlertTag({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const recorded = useFeed().get(alert.id)?.recorded ?? true;
  return (
    <span className="tag now" data-s="incident">
      <Glyph tone="incident" size={10} />
      {recorded ? t(`kind.${alert.kind}`) : t("board.recording")}
    </span>
  );
}

function Reason({ seat }: { seat: SeatView }) {
  const { t } = useTranslation();
  const { clock } = useStore();
  const reason = reasonOf(seat);
  if (!reason) return null;
  const silent = seat.label !== "offline" && seat.heard != null; // 切断 has it beside the state
  return (
    <span className="dim num">
      {t(`reason.${reason}`)}
      {silent && ` ${t("age.last", { time: timeText(seat.heard ?? 0, clock.now()) })}`}
    </span>
  );
}
