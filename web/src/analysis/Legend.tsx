// Which states are in a chart, by their words and shapes.

import { useTranslation } from "react-i18next";
import type { Figures } from "../api/record";
import { background } from "../strip/layers";
import { PARTS } from "./sums";

const HIGH_PX = 10;

export function Legend({ figures }: { figures: readonly Figures[] }) {
  const { t } = useTranslation();
  const there = PARTS.filter((part) => figures.some((one) => one[part] > 0));
  return (
    <span className="legend">
      {there.map((part) => (
        <span key={part}>
          <i
            className="swatch"
            style={{
              background: background([{ label: part, from: 0, to: 1 }], {
                from: 0,
                to: 1,
                heightPx: HIGH_PX,
              }),
            }}
          />
          {t(`label.${part}`)}
        </span>
      ))}
    </span>
  );
}
