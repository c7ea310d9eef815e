// Why it was decided: the rule, the votes of frames, the score against its threshold, the quality.

import { useTranslation } from "react-i18next";
import type { IncidentItem, Why } from "../api/wire";

const FRAMES_MAX = 24; // more are said in figures alone

export function Reasons({ incident: { kind, why } }: { incident: IncidentItem }) {
  const { t } = useTranslation();
  return (
    <dl className="reasons">
      <dt>{t("review.why")}</dt>
      <dd>
        <b>{t(`review.because.${kind}`)}</b>
      </dd>
      <dd className="res">
        {why?.of != null && why.votes != null && t("review.rule", { votes: why.votes, of: why.of })}
      </dd>
      {why ? <Figures why={why} /> : <NotTold />}
    </dl>
  );
}

function NotTold() {
  const { t } = useTranslation();
  return (
    <>
      <dt>{t("review.value")}</dt>
      <dd className="sub">{t("review.notTold")}</dd>
      <dd className="res" />
    </>
  );
}

function Figures({ why }: { why: Why }) {
  const { t } = useTranslation();
  const { votes, of, score, threshold, quality, hint } = why;
  return (
    <>
      {votes != null && of != null && (
        <>
          <dt>{t("review.votes")}</dt>
          <dd>{of <= FRAMES_MAX && <Frames votes={votes} of={of} />}</dd>
          <dd className="res num">{t("review.voted", { votes, rest: of - votes })}</dd>
        </>
      )}
      {score != null && threshold != null && (
        <>
          <dt>{t("review.value")}</dt>
          <dd>
            <Scale score={score} threshold={threshold} />
          </dd>
          <dd className="res">{t(`review.${score < threshold ? "lower" : "higher"}`)}</dd>
        </>
      )}
      {quality != null && (
        <>
          <dt>{t("review.quality")}</dt>
          <dd className="num">{t("review.qualityOf", { quality: quality.toFixed(2) })}</dd>
          <dd className="res" />
        </>
      )}
      {hint != null && (
        <>
          <dt>{t("review.hint")}</dt>
          <dd>{t(`incidents.hint.${hint}`)}</dd>
          <dd className="res" />
        </>
      )}
    </>
  );
}

function Frames({ votes, of }: { votes: number; of: number }) {
  const { t } = useTranslation();
  const frames = Array.from({ length: of }, (_, at) => at);
  return (
    <div className="frames" aria-hidden="true">
      {frames.map((at) => (
        <i key={at} data-for={at < votes || undefined}>
          {t(at < votes ? "review.for" : "review.against")}
        </i>
      ))}
    </div>
  );
}

/** Scores are -1..1 or 0..1; the scale shows 0..1, or from -1 where the score is below 0. */
function Scale({ score, threshold }: { score: number; threshold: number }) {
  const { t } = useTranslation();
  const least = Math.min(score, threshold) < 0 ? -1 : 0;
  const most = Math.max(1, score, threshold);
  const at = (value: number) => `${(100 * (value - least)) / (most - least)}%`;
  const [said, limit] = [score.toFixed(2), threshold.toFixed(2)];
  return (
    <div
      className="scale num"
      role="img"
      aria-label={t("review.scale", { score: said, threshold: limit })}
    >
      <span className="limit" style={{ left: at(threshold) }} />
      <span className="point" style={{ left: at(score) }} />
      <em
        className="hot"
        data-side={score < threshold ? "left" : "right"}
        style={{ left: at(score) }}
      >
        {t("review.valueAt", { score: said })}
      </em>
      <em data-side={score < threshold ? "right" : "left"} style={{ left: at(threshold) }}>
        {t("review.thresholdAt", { threshold: limit })}
      </em>
    </div>
  );
}
