// How many are in each state; every figure is a filter.

import { useTranslation } from "react-i18next";
import { LABELS } from "../api/wire";
import { timeText } from "./age";
import type { Counts as Figures } from "./arrange";
import type { Filter, Show } from "./filter";
import { Mark } from "./Glyph";
import { useArrangement, useLink, useStore } from "./hooks";
import { Spark } from "./Spark";

export interface CountsProps {
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
}

export function Counts({ filter, onFilter }: CountsProps) {
  const { t } = useTranslation();
  const { counts } = useArrangement();
  const shows: Show[] = [...LABELS.filter((label) => isWorthACell(label, counts, filter)), "todo"];
  return (
    <section className="counts" data-cells={shows.length} aria-label={t("board.counts")}>
      {shows.map((show) => (
        <button
          key={show}
          type="button"
          className="count"
          data-show={show}
          data-zero={counts[show] === 0 || undefined}
          aria-pressed={filter.show === show}
          onClick={() => onFilter({ ...filter, show: filter.show === show ? null : show })}
        >
          <Mark tone={show === "todo" ? "incident" : show} word={t(`label.${show}`)} />
          <span className="figure num">{counts[show].toLocaleString("en")}</span>
        </button>
      ))}
      <AsOf />
      <Spark />
    </section>
  );
}

/** 中抜け is rare: its cell comes with the first person. */
function isWorthACell(show: Show, counts: Figures, filter: Filter): boolean {
  return show !== "out" || counts.out > 0 || filter.show === "out";
}

function AsOf() {
  const { t } = useTranslation();
  const { clock } = useStore();
  const { phase, lastNews } = useLink();
  if (phase !== "lost" || lastNews === null) return null;
  return (
    <span className="as-of t1">{t("board.asOf", { time: timeText(lastNews, clock.now()) })}</span>
  );
}
