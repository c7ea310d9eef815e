// The wall as a table, for who hears the page: how many are in each state, group by group.

import { useThrottledValue } from "@mantine/hooks";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { LABELS } from "../api/wire";
import type { Section } from "./arrange";
import type { Show } from "./filter";

const SHOWS: readonly Show[] = ["todo", ...LABELS];

const TELL_EVERY_MS = 1_000; // faster than that nobody hears it

export function WallTable({ sections }: { sections: readonly Section[] }) {
  const { t } = useTranslation();
  const told = useThrottledValue(sections, TELL_EVERY_MS);
  return (
    <div className="unseen wall-table">
      <table>
        <caption>{t("wall.table")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("filter.group")}</th>
            {SHOWS.map((show) => (
              <th key={show} scope="col">
                {t(`label.${show}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {told.map((section) => (
            <Line key={section.group} section={section} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Line = memo(function Line({ section }: { section: Section }) {
  const { t } = useTranslation();
  return (
    <tr>
      <th scope="row">{section.path.join(" › ") || t("board.noGroup")}</th>
      {SHOWS.map((show) => (
        <td key={show}>{section.counts[show]}</td>
      ))}
    </tr>
  );
});
