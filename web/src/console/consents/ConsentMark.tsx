// Whether somebody agreed: a sign and a word, never a colour alone.

import { useTranslation } from "react-i18next";

export interface ConsentMarkProps {
  readonly covered?: boolean;
  readonly charter?: number | null;
  readonly current: number;
}

export function ConsentMark({ covered, charter, current }: ConsentMarkProps) {
  const { t } = useTranslation();
  const old = charter != null && charter < current;
  const state = covered ? "yes" : old ? "old" : charter != null ? "out" : "no";
  return (
    <span className="consent" data-state={state}>
      <i aria-hidden="true">{SIGNS[state]}</i>
      <span>{t(`consents.states.${state}`)}</span>
      {charter != null && (
        <span className="dim num">{t("charter.version", { version: charter })}</span>
      )}
    </span>
  );
}

const SIGNS = { yes: "✓", old: "↻", no: "…", out: "×" } as const;
