// What the hub refused, in the reader's words: the cause, and the way out where there is one.

import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { CHANGED_MEANWHILE, type Problem } from "../../api/http";

export interface RefusalProps {
  readonly problem: Problem | null;
  readonly onRetry?: () => void;
  /** Read again what somebody else has changed meanwhile. */
  readonly onReload?: (() => void) | undefined;
}

/** Under a form; it comes into view with what can be done about it. */
export function Refusal({ problem, onRetry, onReload }: RefusalProps) {
  const { t } = useTranslation();
  const shown = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problem) shown.current?.scrollIntoView?.({ block: "nearest" });
  }, [problem]);
  if (!problem) return null;
  return (
    <div ref={shown} className="refusal" role="alert">
      <p>{problem.status === 0 ? t("signIn.silent") : problem.message}</p>
      {onRetry && (
        <Button variant="default" size="xs" onClick={onRetry}>
          {t("signIn.tryAgain")}
        </Button>
      )}
      {onReload && problem.type === CHANGED_MEANWHILE && (
        <Button variant="default" size="xs" onClick={onReload}>
          {t("kit.showCurrent")}
        </Button>
      )}
    </div>
  );
}
