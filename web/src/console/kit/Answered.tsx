// What an answer of the hub is drawn from: still asked for, refused, or there.

import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../../api/http";
import { Refusal } from "./Refusal";

export interface Asked {
  readonly error: unknown;
  readonly refetch: () => unknown;
}

export interface AnsweredProps<T> {
  readonly asked: Asked & { readonly data: T | undefined };
  readonly children: (answer: T) => ReactNode;
}

export function Answered<T>({ asked, children }: AnsweredProps<T>) {
  const { t } = useTranslation();
  if (asked.data !== undefined) return children(asked.data);
  if (asked.error)
    return (
      <div className="block">
        <Refusal problem={asked.error as Problem} onRetry={() => void asked.refetch()} />
      </div>
    );
  return (
    <p className="loading sub" role="status">
      {t("kit.loading")}
    </p>
  );
}
