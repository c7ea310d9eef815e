// Beside a board of the past: what was open at that moment, and what happened before and after it.

import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { type Alert, KINDS } from "../api/wire";
import { timeText } from "../board/age";
import { Glyph, Mark } from "../board/Glyph";
import { useArrangement, useCard, useStore } from "../board/hooks";
import { clockText } from "../days/tokyo";
import { Link } from "../shell/Link";
import { type Line as Happened, WITHIN_S } from "./around";
import type { Player } from "./player";
import { useNear } from "./playing";
import "../i18n/days";

/** More cards than this nobody reads beside a board that can be filtered by them. */
const CARDS = 40;

export interface PastRailProps {
  readonly player: Player;
  readonly onOpen: (member: number) => void;
  /** Whether the reader has the page on which incidents are judged. */
  readonly review: boolean;
}

export default function PastRail(props: PastRailProps) {
  const store = useStore();
  const known = useSyncExternalStore(store.onBoard, store.known);
  if (!known) return null; // what was not read is not said to be nothing
  return (
    <>
      <OpenThen {...props} />
      <AroundIt {...props} />
    </>
  );
}

interface Open {
  readonly member: number;
  readonly name: string;
  readonly alert: Alert;
}

function OpenThen({ player, onOpen, review }: PastRailProps) {
  const { t } = useTranslation();
  const store = useStore();
  useArrangement();
  useNear(player); // it tells verdicts, too
  const time = useShownText(player);
  const open = [...store.members().values()]
    .flatMap(({ id, name }): Open[] => {
      const { alert } = store.seat(id);
      return alert ? [{ member: id, name, alert }] : [];
    })
    .sort(byGravity);
  return (
    <section className="open-then" aria-label={t("past.openThen", { time })}>
      <h2 className="rail-head">
        {t("past.openThen", { time })} <span className="num sub">{open.length}</span>
      </h2>
      {open.length === 0 && <p className="note">{t("past.noneOpen")}</p>}
      {open.length > 0 && (
        <div className="feed">
          {open.slice(0, CARDS).map((one) => (
            <Card key={one.member} player={player} one={one} onOpen={onOpen} review={review} />
          ))}
          {open.length > CARDS && (
            <p className="note num">{t("past.moreOpen", { n: open.length - CARDS })}</p>
          )}
        </div>
      )}
    </section>
  );
}

const byGravity = (a: Open, b: Open) =>
  KINDS.indexOf(a.alert.kind) - KINDS.indexOf(b.alert.kind) || b.alert.at - a.alert.at;

interface CardProps extends PastRailProps {
  readonly one: Open;
}

function Card({ player, one: { member, name, alert }, onOpen, review }: CardProps) {
  const { t } = useTranslation();
  const { clock } = useStore();
  const known = player.opening(alert.id);
  const say = (at: number) => timeText(at, clock.live());
  return (
    <article className="card" data-ongoing={alert.ongoing || undefined}>
      <header>
        <span className={alert.ongoing ? "tag now" : "tag"} data-s="incident">
          <Glyph tone="incident" size={10} /> {t(`kind.${alert.kind}`)}
        </span>
        <time className="num t1 sub">{say(alert.at)}</time>
      </header>
      <button type="button" className="who cut" onClick={() => onOpen(member)}>
        {name}
      </button>
      {known?.verdict && known.judged_at != null && (
        <span className="num t1 sub">
          {t("past.judged", {
            time: say(known.judged_at),
            name: known.judged_by ?? "",
            verdict: t(`verdicts.${known.verdict}`),
          })}
        </span>
      )}
      {known?.late && <span className="t1 sub">{t("board.toldLater")}</span>}
      {review && (
        <Link className="t1" href={`/incidents?incident=${alert.id}`}>
          {t("incidents.review")}
        </Link>
      )}
    </article>
  );
}

function AroundIt({ player, onOpen }: PastRailProps) {
  const { t } = useTranslation();
  const { before, after, time } = useNear(player);
  const around = useSyncExternalStore(player.subscribe, () => player.state().around);
  const shown = useShownText(player);
  const none = before.length + after.length === 0;
  return (
    <section className="moves around" aria-label={t("past.around")}>
      <h2 className="rail-head">{t("past.around")}</h2>
      {none && around === "read" && (
        <p className="note">{t("past.aroundNone", { n: Math.round(WITHIN_S / 60) })}</p>
      )}
      {none && around === "reading" && <p className="note">{t("past.loading", { time: shown })}</p>}
      {none && around === "unread" && <p className="note">{t("past.unread", { time: shown })}</p>}
      {!none && (
        <ol>
          {after.toReversed().map((line) => (
            <Line key={line.key} line={line} now={time} onOpen={onOpen} />
          ))}
          <li className="moment num" aria-current="time">
            {clockText(time)}
          </li>
          {before.map((line) => (
            <Line key={line.key} line={line} now={time} onOpen={onOpen} />
          ))}
        </ol>
      )}
    </section>
  );
}

interface LineProps {
  readonly line: Happened;
  readonly now: number;
  readonly onOpen: (member: number) => void;
}

function Line({ line: { member, at, label, kind, late }, now, onOpen }: LineProps) {
  const { t } = useTranslation();
  const name = useCard(member)?.name;
  if (!name) return null;
  return (
    <li data-later={at > now || undefined} data-late={late || undefined}>
      <time className="num">{timeText(at, now)}</time>
      {kind ? (
        <Mark tone="incident" word={t(`kind.${kind}`)} />
      ) : (
        label && <Mark tone={label} word={t(`label.${label}`)} />
      )}
      <button type="button" className="who cut" onClick={() => onOpen(member)}>
        {name}
      </button>
      {late && (
        <span className="came-later" title={t("board.toldLater")}>
          {t("past.lateMark")}
        </span>
      )}
    </li>
  );
}

/** Draws anew with the minute only. */
function useShownText(player: Player): string {
  return useSyncExternalStore(player.subscribe, () => {
    const { shown, time } = player.state();
    return clockText(shown ?? time);
  });
}
