// One person as a row: everything that a tile says, side by side.

import { memo } from "react";
import { useTranslation } from "react-i18next";
import type { Alert, SeatView } from "../api/wire";
import { DayStrip } from "./DayStrip";
import { Glyph, Mark } from "./Glyph";
import { useAgo, useFeed, useSeat, useStore } from "./hooks";
import { isUncertain, reasonOf } from "./label";
import { sameTile, type TileProps, useNewsMark, useWhole, When } from "./Tile";

const COLUMNS = ["state", "age", "name", "group", "task", "heard", "day", "alert"] as const;
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

export const SeatRow = memo(function SeatRow(props: TileProps) {
  const { member, name, at, tabbable, onEnter, onOpen } = props;
  const { t } = useTranslation();
  const seat = useSeat(member);
  const mark = useNewsMark(member);
  const whole = useWhole(name);
  return (
    <li
      className="row"
      aria-posinset={at.position}
      aria-setsize={at.of}
      style={{ top: at.top }}
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
        <Mark tone={seat.label} word={t(`label.${seat.label}`)} />
        <span className="c-age">
          <When seat={seat} />
        </span>
        <span className="c-name name cut" ref={whole.label}>
          {name}
        </span>
        <span className="c-group cut">
          <Groups member={member} />
        </span>
        <span className="c-task cut">{seat.label === "off" ? "" : (seat.task ?? "")}</span>
        <span className="c-heard num cut">{seat.heard != null && <Heard at={seat.heard} />}</span>
        <span className="c-day">
          <DayStrip member={member} heightPx={STRIP_PX} />
        </span>
        <span className="c-alert cut">
          {seat.alert ? <AlertTag alert={seat.alert} /> : <Reason seat={seat} />}
        </span>
        {whole.shown}
      </button>
    </li>
  );
}, sameTile);

function Groups({ member }: { member: number }) {
  const store = useStore();
  const mine = store.card(member)?.groups ?? [];
  return mine.map((id) => store.groupName(id)).join(" · ");
}

function Heard({ at }: { at: number }) {
  return useAgo(at);
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
  const reason = reasonOf(seat);
  return reason ? <span className="dim">{t(`reason.${reason}`)}</span> : null;
}
