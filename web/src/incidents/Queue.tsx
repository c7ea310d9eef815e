// The queue: the gravest first and then who waits longest; what enters moves nothing that is read.

import { Button, SegmentedControl } from "@mantine/core";
import { type RefObject, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../api/http";
import { type IncidentItem, KINDS, type Kind } from "../api/wire";
import { Empty } from "../console/kit/Empty";
import { Refusal } from "../console/kit/Refusal";
import { Select } from "../console/kit/Select";
import type { Show } from "./api";
import { Bulk } from "./Bulk";
import { Notify } from "./Notify";
import { Row } from "./Row";
import { isTaken, type ListState, SHOWS } from "./useQueue";
import { useSteady } from "./useSteady";
import type { Verdicts } from "./useVerdicts";

const HEADER_PX = 84; // it stays above the rows

export interface QueueProps {
  readonly list: ListState;
  readonly asked: {
    readonly rows: readonly IncidentItem[];
    readonly isPending: boolean;
    readonly problem: Problem | null;
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly refetch: () => unknown;
    readonly fetchNextPage: () => unknown;
  };
  readonly counts: Readonly<Partial<Record<Show, number | undefined>>>;
  readonly me: number;
  readonly current: string;
  readonly marked: readonly IncidentItem[];
  readonly filter: RefObject<HTMLSelectElement | null>;
  readonly bulk: RefObject<HTMLInputElement | null>;
  readonly verdicts: Verdicts;
  readonly onOpen: (id: string) => void;
  readonly onMark: (id: string) => void;
  readonly onUnmark: () => void;
}

export function Queue(props: QueueProps) {
  const { list, asked, counts, me, marked } = props;
  const { t } = useTranslation();
  const { rows } = asked;
  const waiting = list.show === "open" ? rows.filter((row) => !isTaken(row, me)) : rows;
  const others = list.show === "open" ? rows.filter((row) => isTaken(row, me)) : [];
  const box = useRef<HTMLElement>(null);
  const { fresh, seeFresh } = useSteady(box, HEADER_PX, `${list.show} ${list.kind}`);
  const name = (show: Show) => {
    const count = counts[show];
    return `${t(`review.tab.${show}`)}${count === undefined ? "" : ` ${count}`}`;
  };
  return (
    <section ref={box} className="queue" aria-label={t("review.queue")}>
      <header>
        <SegmentedControl
          size="xs"
          fullWidth
          transitionDuration={0}
          className="num"
          aria-label={t("review.show")}
          value={list.show}
          onChange={(value) => list.setShow(value as Show)}
          data={SHOWS.map((value) => ({ value, label: name(value) }))}
        />
        <div className="line">
          <Select
            ref={props.filter}
            size="xs"
            aria-label={t("review.kind")}
            aria-keyshortcuts="/"
            value={list.kind}
            onPick={list.setKind}
            options={[
              { value: "" as Kind | "", label: t("review.everyKind") },
              ...KINDS.map((value) => ({ value, label: t(`kind.${value}`) })),
            ]}
          />
          <span className="grow" />
          <Notify />
        </div>
        {fresh > 0 && (
          <Button size="xs" className="fresh" onClick={seeFresh}>
            {t("incidents.fresh", { count: fresh })} ↑
          </Button>
        )}
      </header>
      <Part
        head={t(`review.${list.show === "judged" ? "judgedHead" : "unanswered"}`)}
        rows={waiting}
        {...props}
      />
      {others.length > 0 && <Part head={t("review.taken")} rows={others} {...props} />}
      {asked.problem && <Refusal problem={asked.problem} onRetry={() => void asked.refetch()} />}
      {rows.length === 0 && !asked.isPending && !asked.problem && (
        <Empty title={t(`review.none.${list.kind === "" ? list.show : "kind"}`)}>
          <p>{t(`review.noneHint.${list.kind === "" ? list.show : "kind"}`)}</p>
        </Empty>
      )}
      {asked.hasNextPage && <More box={box} asked={asked} />}
      {rows.length > 0 && list.show !== "judged" && (
        <p className="foot t1 dim">{t("review.bulkHint")}</p>
      )}
      {marked.length > 0 && (
        <Bulk
          marked={marked}
          field={props.bulk}
          verdicts={props.verdicts}
          onUnmark={props.onUnmark}
        />
      )}
    </section>
  );
}

function Part({
  head,
  rows,
  list,
  current,
  marked,
  onOpen,
  onMark,
}: QueueProps & { head: string; rows: readonly IncidentItem[] }) {
  if (rows.length === 0) return null;
  return (
    <>
      <h2>{head}</h2>
      <ul>
        {rows.map((row) => (
          <Row
            key={row.id}
            row={row}
            judged={list.show === "judged"}
            here={current === row.id}
            marked={marked.some(({ id }) => id === row.id)}
            onOpen={onOpen}
            onMark={onMark}
          />
        ))}
      </ul>
    </>
  );
}

const AHEAD = "600px"; // of scrolling: the next page is there before its place is reached

/** The next page comes by itself when its place comes near; the button is for whoever waits. */
function More({ box, asked }: Pick<QueueProps, "asked"> & { box: RefObject<HTMLElement | null> }) {
  const { t } = useTranslation();
  const foot = useRef<HTMLParagraphElement>(null);
  const next = useRef(asked.fetchNextPage);
  const { isFetchingNextPage: coming } = asked;
  useEffect(() => {
    next.current = asked.fetchNextPage;
  });
  useEffect(() => {
    if (!foot.current || coming) return;
    const scrolls = box.current && getComputedStyle(box.current).overflowY === "auto";
    const root = scrolls ? box.current : null;
    const seen = new IntersectionObserver(
      (entries) => entries.some((one) => one.isIntersecting) && next.current(),
      { root, rootMargin: `0px 0px ${AHEAD} 0px` },
    );
    seen.observe(foot.current);
    return () => seen.disconnect();
  }, [box, coming]);
  return (
    <p className="foot" ref={foot}>
      <Button size="xs" variant="default" onClick={() => void asked.fetchNextPage()}>
        {t("review.more")}
      </Button>
    </p>
  );
}
