// The word for the connection, in the bar above the board.

import { useTranslation } from "react-i18next";
import { secondText } from "./age";
import { Glyph } from "./Glyph";
import { useLink } from "./hooks";

export function LinkWord() {
  const { t } = useTranslation();
  const { phase, lastNews } = useLink();
  const word = phase === "lost" && lastNews === null ? "never" : phase;
  return (
    <span className="link num t1" role="status" data-phase={phase}>
      {phase === "lost" && <Glyph tone="offline" />}
      {t(`link.${word}`, { time: lastNews === null ? "" : secondText(lastNews) })}
    </span>
  );
}
