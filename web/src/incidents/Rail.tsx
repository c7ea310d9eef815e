// The incidents beside the board: newest above, nothing that is being read moves.

import { Button } from "@mantine/core";
import { type RefObject, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { timeText } from "../board/age";
import { type Entry, newestFirst } from "../board/feed";
import { Glyph } from "../board/Glyph";
import { useAgo, useCard, useFeed, useLink, useLost, useStore } from "../board/hooks";
import type { RecordPages } from "../board/record";
import { WhyLine } from "../board/Why";
import { Link } from "../shell/Link";

export interface IncidentsProps {
  readonly record: RecordPages;
  readonly onOpen: (member: number) => void;
  /** Whether the reader has the page on which incidents are judged. */
  readonly review: boolean;
}

export function Incidents({ record, onOpen, review }: IncidentsProps) {
  const { t } = useTranslation();
  const entries = useEntries();
  const lost = useLost();
  const list = useRef<HTMLDivElement>(null);
  const ongoing = entries.filter((entry) => entry.ongoing).length;
  const { fresh, seeFresh } = useSteadyScroll(list, entries);
  return (
    <>
      <h2 className="rail-head">
        {t("incidents.title")}
        {ongoing > 0 && !lost && (
          <span className="num t1 sub">{t("incidents.ongoingNow", { count: ongoing })}</span>
        )}
        {fresh > 0 && (
          <Button size="xs" className="fresh" onClick={seeFresh}>
            {t("incidents.fresh", { count: fresh })} ↑
          </Button>
        )}
      </h2>
      <div
        className="feed"
        ref={list}
        role="log"
        aria-live="polite"
        aria-label={t("incidents.title")}
      >
        {lost && <p className="note">{t("incidents.lost")}</p>}
        {record.failed && (
          <div className="note">
            <p>{t("incidents.unread")}</p>
            <Button size="xs" variant="default" onClick={record.again}>
              {t("incidents.again")}
            </Button>
          </div>
        )}
        {entries.length === 0 && !lost && !record.failed && (
          <p className="note">{t("incidents.none")}</p>
        )}
        {entries.map((entry) => (
          <Card key={entry.id} entry={entry} onOpen={onOpen} review={review} />
        ))}
        {record.more && (
          <div className="note">
            <Button size="xs" variant="default" onClick={record.more}>
              {t("incidents.more")}
            </Button>
          </div>
        )}
      </div>
    </>
  );
}

export function useEntries(): readonly Entry[] {
  const feed = useFeed();
  return useMemo(() => newestFirst(feed), [feed]);
}

interface CardProps extends Pick<IncidentsProps, "onOpen" | "review"> {
  readonly entry: Entry;
}

function Card({ entry, onOpen, review }: CardProps) {
  const { t } = useTranslation();
  const name = useCard(entry.member)?.name;
  return (
    <article className="card" data-incident={entry.id} data-ongoing={entry.ongoing || undefined}>
      <CardHead entry={entry} />
      {name ? (
        <button type="button" className="who cut" onClick={() => onOpen(entry.member)}>
          {name}
        </button>
      ) : (
        <span className="who dim">{t("incidents.gone")}</span>
      )}
      <Course entry={entry} />
      {entry.why && <WhyLine why={entry.why} />}
      {review && entry.recorded && (
        <Link className="t1" href={`/incidents?incident=${entry.id}`}>
          {t("incidents.review")}
        </Link>
      )}
    </article>
  );
}

/** Kind and time, in the rail and in a person's detail. */
export function CardHead({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const { clock } = useStore();
  const ago = useAgo(entry.openedAt);
  const time = timeText(entry.openedAt, clock.now());
  return (
    <header>
      <span className={entry.ongoing ? "tag now" : "tag"} data-s="incident">
        <Glyph tone="incident" size={10} />
        {t(`kind.${entry.kind}`)}
      </span>
      <span className="num t1 sub">{time === ago ? time : `${time} · ${ago}`}</span>
    </header>
  );
}

/** How it went: still going on or until when, how often, late, not yet in the record. */
export function Course({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const { clock, past } = useStore();
  const { phase, lastNews } = useLink();
  const told = past ? clock.now() : phase === "lost" ? lastNews : null;
  const still =
    told === null
      ? t("incidents.ongoing")
      : t("incidents.ongoingThen", { time: timeText(told, clock.now()) });
  const said = [
    entry.ongoing ? still : t("incidents.ended", { time: timeText(entry.seenAt, clock.now()) }),
    entry.count > 1 && t("incidents.times", { n: entry.count }),
    entry.late && t("incidents.late"),
  ].filter(Boolean);
  return (
    <span className="course num t1 sub">
      {said.join(" · ")}
      {!entry.recorded && <span className="tag recording">{t("incidents.recording")}</span>}
    </span>
  );
}

/** What is being read stays where it is when something enters above; the button leads to it. */
function useSteadyScroll(list: RefObject<HTMLDivElement | null>, entries: readonly Entry[]) {
  const top = entries[0]?.id;
  const last = useRef({ top, height: 0, count: entries.length });
  const [fresh, setFresh] = useState(0);
  useLayoutEffect(() => {
    const box = list.current;
    if (!box) return;
    const before = last.current;
    if (top !== before.top && box.scrollTop > 0) {
      box.scrollTop += box.scrollHeight - before.height;
      setFresh((count) => count + Math.max(1, entries.length - before.count));
    }
    last.current = { top, height: box.scrollHeight, count: entries.length };
  }, [list, top, entries]);
  useLayoutEffect(() => {
    const box = list.current;
    const arrived = () => box?.scrollTop === 0 && setFresh(0);
    box?.addEventListener("scroll", arrived, { passive: true });
    return () => box?.removeEventListener("scroll", arrived);
  }, [list]);
  return { fresh, seeFresh: () => list.current?.scrollTo({ top: 0 }) };
}
