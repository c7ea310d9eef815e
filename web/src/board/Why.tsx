// Why an incident was decided: votes of frames, score against threshold, quality, and a hint, which
// decided nothing. No grade, no percent.

import { useTranslation } from "react-i18next";
import type { Why } from "../api/wire";

const BARS_MAX = 12; // more frames than this are said in figures only

const figure = (value: number): string => value.toFixed(2);

export function WhyLine({ why }: { why: Why }) {
  const { t } = useTranslation();
  const { votes, of, score, threshold, quality, hint } = why;
  return (
    <span className="why num t1">
      {votes != null && of != null && (
        <span className="voted">
          {of <= BARS_MAX && <VoteBar votes={votes} of={of} />}
          {t("incidents.votes", { votes, of })}
        </span>
      )}
      {score != null && threshold != null && (
        <span>
          {t(score < threshold ? "incidents.below" : "incidents.above", {
            score: figure(score),
            threshold: figure(threshold),
          })}
        </span>
      )}
      {quality != null && <span>{t("incidents.quality", { quality: figure(quality) })}</span>}
      {hint != null && <span>{t(`incidents.hint.${hint}`)}</span>}
    </span>
  );
}

export function VoteBar({ votes, of }: { votes: number; of: number }) {
  const frames = Array.from({ length: of }, (_, frame) => frame);
  return (
    <span className="votes" aria-hidden="true">
      {frames.map((frame) => (
        <i key={frame} data-for={frame < votes || undefined} />
      ))}
    </span>
  );
}
