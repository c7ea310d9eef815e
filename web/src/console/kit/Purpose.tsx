// Before an image of somebody else: what for. The person sees who looked, and why.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Purpose } from "../../api/wire";
import { useAllowedPurposes } from "../../live/purposes";
import { Dialog, Form, type Sending } from "./Dialog";
import { Select } from "./Select";

export interface PurposeDialogProps {
  readonly name: string;
  readonly sending: Sending;
  readonly onChoose: (purpose: Purpose) => void;
  readonly onClose: () => void;
}

export function PurposeDialog({ name, sending, onChoose, onClose }: PurposeDialogProps) {
  const { t } = useTranslation();
  const [purpose, setPurpose] = useState<Purpose | "">("");
  const purposes = useAllowedPurposes();
  return (
    <Dialog title={t("evidence.gate", { name })} onClose={onClose}>
      <Form
        sending={sending}
        submit={t("evidence.open")}
        ready={purpose !== ""}
        onSubmit={() => purpose !== "" && onChoose(purpose)}
        onCancel={onClose}
      >
        <p>{t("evidence.gateText", { name })}</p>
        <Select
          data-autofocus
          label={t("live.purpose")}
          value={purpose}
          onPick={setPurpose}
          options={[
            { value: "" as Purpose | "", label: t("live.choose") },
            ...purposes.map((value) => ({ value, label: t(`purposes.${value}`) })),
          ]}
        />
      </Form>
    </Dialog>
  );
}
