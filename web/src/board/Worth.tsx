// Beside the wall: the names of those worth a look, the gravest first.

import { useThrottledValue } from "@mantine/hooks";
import { memo, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Mark } from "./Glyph";
import { useAgo, useArrangement, useSeat, useStore } from "./hooks";
import { isWorthALook, rank } from "./ranks";
import { When } from "./Tile";

/** More names than that are no list to look at: the rows have them all. */
const AT_MOST = 200;
const TELL_EVERY_MS = 1_000; // faster than that nobody reads it

export function Worth({ onOpen }: { onOpen: (member: number) => void }) {
  const { t } = useTranslation();
  const members = useWorth();
  const more = members.length - AT_MOST;
  return (
    <>
      <h2 className="rail-head">
        {t("wall.worth")} <span className="num sub">{members.length.toLocaleString("en")}</span>
      </h2>
      {members.length === 0 && <p className="note">{t("wall.nobody")}</p>}
      <ul className="departures">
        {members.slice(0, AT_MOST).map((member) => (
          <Person key={member} member={member} onOpen={onOpen} />
        ))}
      </ul>
      {more > 0 && <p className="note">{t("wall.more", { count: more })}</p>}
    </>
  );
}

/** Their order waits, too, while the pointer or the focus is on the board. */
function useWorth(): readonly number[] {
  const store = useStore();
  const arrangement = useThrottledValue(useArrangement(), TELL_EVERY_MS);
  const last = useRef<readonly number[]>([]);
  return useMemo(() => {
    const all = arrangement.sections.flatMap(({ members }) => members);
    const worth = all.filter((member) => isWorthALook(store.seat(member)));
    const now = store.clock.now();
    const was = store.still() ? new Map(last.current.map((member, at) => [member, at])) : null;
    const keys = worth.map((member) => {
      const seat = store.seat(member);
      const since = seat.alert ? -seat.alert.at : seat.since;
      return {
        member,
        was: was?.get(member) ?? Number.POSITIVE_INFINITY,
        rank: rank(seat, now),
        since,
      };
    });
    const kept = (a: number, b: number) => (a === b ? 0 : a - b);
    keys.sort((a, b) => kept(a.was, b.was) || a.rank - b.rank || a.since - b.since);
    last.current = keys.map(({ member }) => member);
    return last.current;
  }, [arrangement, store]);
}

const Person = memo(function Person(props: { member: number; onOpen: (member: number) => void }) {
  const { member, onOpen } = props;
  const { t } = useTranslation();
  const store = useStore();
  const seat = useSeat(member);
  const { alert } = seat;
  return (
    <li data-s={alert ? "incident" : seat.label} data-alert={alert?.kind}>
      {alert ? (
        <Mark tone="incident" word={t(`kind.${alert.kind}`)} />
      ) : (
        <Mark tone={seat.label} word={t(`label.${seat.label}`)} />
      )}
      <button type="button" className="who cut" onClick={() => onOpen(member)}>
        {store.card(member)?.name}
      </button>
      {alert ? <Ago at={alert.at} /> : <When seat={seat} />}
    </li>
  );
});

function Ago({ at }: { at: number }) {
  return <span className="num t1">{useAgo(at)}</span>;
}
