// The same word on several incidents that one has looked at, with the reason for it.

import { Button, TextInput } from "@mantine/core";
import { type RefObject, useState } from "react";
import { useTranslation } from "react-i18next";
import type { IncidentItem } from "../api/wire";
import { useLost } from "../board/hooks";
import { AT_ONCE_MAX, NOTE_MAX, VERDICTS } from "./api";
import type { Verdicts } from "./useVerdicts";

export interface BulkProps {
  readonly marked: readonly IncidentItem[];
  readonly field: RefObject<HTMLInputElement | null>;
  readonly verdicts: Verdicts;
  readonly onUnmark: () => void;
}

export function Bulk({ marked, field, verdicts, onUnmark }: BulkProps) {
  const { t } = useTranslation();
  const lost = useLost();
  const [note, setNote] = useState("");
  const head = t("review.marked", { n: marked.length });
  const ids = marked.map(({ id }) => id);
  const tooMany = ids.length > AT_ONCE_MAX;
  return (
    <fieldset className="bulk" aria-label={head}>
      <span className="line">
        <b className="num t1">{head}</b>
        <span className="grow" />
        <button type="button" className="plain t1" onClick={onUnmark}>
          {t("review.unmark")}
        </button>
      </span>
      <TextInput
        ref={field}
        size="xs"
        aria-label={t("review.bulkNote")}
        aria-keyshortcuts="b"
        placeholder={t("review.bulkNote")}
        maxLength={NOTE_MAX}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      {tooMany && <p className="t1">{t("review.bulkMost", { n: AT_ONCE_MAX })}</p>}
      <span className="line">
        {VERDICTS.map((verdict) => (
          <Button
            key={verdict}
            size="xs"
            variant="default"
            disabled={lost || tooMany || verdicts.sending}
            onClick={() => verdicts.sayOfAll(ids, verdict, note)}
          >
            {t(`review.verdict.${verdict}`)}
          </Button>
        ))}
      </span>
    </fieldset>
  );
}
