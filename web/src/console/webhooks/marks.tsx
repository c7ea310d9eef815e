// How an endpoint and a delivery stand: a shape and a word, never a colour alone.

import { useTranslation } from "react-i18next";
import type { DeliveryItem } from "../../api/shapes";

const STATE_SHAPES: Readonly<Record<string, string>> = {
  active: "✓",
  failing: "▲",
  disabled: "×",
};

const STATUS_SHAPES: Readonly<Record<DeliveryItem["status"], string>> = {
  delivered: "✓",
  waiting: "…",
  failed: "▲",
};

export function StateWord({ state }: { state: string }) {
  const { t } = useTranslation();
  return (
    <Word bad={state === "failing"} shape={STATE_SHAPES[state] ?? ""}>
      {t(`webhooks.states.${state}`)}
    </Word>
  );
}

export function StatusWord({ status }: { status: DeliveryItem["status"] }) {
  const { t } = useTranslation();
  return (
    <Word bad={status === "failed"} shape={STATUS_SHAPES[status]}>
      {t(`webhooks.statuses.${status}`)}
    </Word>
  );
}

interface WordProps {
  readonly bad: boolean;
  readonly shape: string;
  readonly children: string;
}

function Word({ bad, shape, children }: WordProps) {
  return (
    <span className="luck-word" data-bad={bad || undefined}>
      <i aria-hidden="true">{shape}</i>
      {children}
    </span>
  );
}
