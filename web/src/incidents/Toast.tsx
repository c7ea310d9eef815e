// What was just judged, and how long that can be taken back.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Refusal } from "../console/kit/Refusal";
import { type Given, useLeft, type Verdicts } from "./useVerdicts";

export function Toast({ verdicts }: { verdicts: Verdicts }) {
  const { t } = useTranslation();
  const { given, undone, problem } = verdicts;
  return (
    <div className="toasts">
      {problem && <Refusal problem={problem} />}
      <div role="status">
        {given && <Undo key={given.untilMs} given={given} onUndo={verdicts.undo} />}
        {undone && !given && <span className="unseen">{t("review.undone")}</span>}
      </div>
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
