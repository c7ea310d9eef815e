// What was just judged, and how long that can be taken back; and what could not be said.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLink } from "../board/hooks";
import { type Given, useLeft, type Verdicts } from "./useVerdicts";

export function Toast({ verdicts }: { verdicts: Verdicts }) {
  const { t } = useTranslation();
  const { given, undone } = verdicts;
  return (
    <div className="toasts">
      <Failed verdicts={verdicts} />
      <div role="status">
        {given && <Undo key={given.untilMs} given={given} onUndo={verdicts.undo} />}
        {undone && !given && <span className="unseen">{t("review.undone")}</span>}
      </div>
    </div>
  );
}

/** Without an answer nobody knows whether the word has arrived: the queue tells once it is live. */
function Failed({ verdicts: { problem, forget } }: { verdicts: Verdicts }) {
  const { t } = useTranslation();
  const { phase } = useLink();
  if (!problem) return null;
  const silent = t(phase === "live" ? "review.unsureLive" : "review.unsure");
  return (
    <div className="refusal failed" role="alert">
      <p>{problem.status === 0 ? silent : problem.message}</p>
      <Button size="xs" variant="default" onClick={forget}>
        {t("review.understood")}
      </Button>
    </div>
  );
}

function Undo({ given, onUndo }: { given: Given; onUndo: () => void }) {
  const { t } = useTranslation();
  const left = useLeft(given.untilMs);
  const [first] = given.items;
  const verdict = t(`review.verdict.${given.verdict}`);
  return (
    <div className="toast">
      <span>
        {given.items.length === 1 && first
          ? t("review.judgedToast", { name: first.name, kind: t(`kind.${first.kind}`), verdict })
          : t("review.judgedMany", { n: given.items.length, verdict })}
      </span>
      <span className="num left" aria-hidden="true">
        {t("review.undoIn", { s: left })}
      </span>
      <Button size="xs" onClick={onUndo}>
        {t("review.undo")}&nbsp;<kbd>u</kbd>
      </Button>
    </div>
  );
}
