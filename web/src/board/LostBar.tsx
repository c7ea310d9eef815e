// Says before anything else that the board is not the present, and since when.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { secondText, timeText } from "./age";
import { Glyph } from "./Glyph";
import { useLink, useStore } from "./hooks";

export function LostBar({ onRetry }: { onRetry: () => void }) {
  const { t } = useTranslation();
  const { clock } = useStore();
  const { phase, lastNews, attempt, stopped } = useLink();
  if (phase !== "lost") return null;
  return (
    <div className="lost-bar" role="alert">
      <Glyph tone="offline" size={16} />
      <div className="said">
        <b>
          {lastNews === null
            ? t("lost.titleNever")
            : t("lost.title", { time: secondText(lastNews) })}
        </b>
        {stopped && <span className="t1">{t(`lost.${stopped}`)}</span>}
        {!stopped && lastNews !== null && (
          <span className="t1">{t("lost.hint", { time: timeText(lastNews, clock.now()) })}</span>
        )}
      </div>
      {stopped ? (
        <Button variant="outline" onClick={() => location.reload()}>
          {t("lost.reload")}
        </Button>
      ) : (
        <>
          <span className="t1 num" aria-live="off">
            {t("lost.attempt", { n: attempt })}
          </span>
          <Button variant="outline" onClick={onRetry}>
            {t("lost.now")}
          </Button>
        </>
      )}
    </div>
  );
}
