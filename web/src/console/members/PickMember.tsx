// Choosing one member among thousands: type a part of the name, then choose.

import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { members } from "../../api/console";
import { useAsk } from "../kit/ask";
import { Select } from "../kit/Select";

const TYPING_MS = 250;

export interface PickMemberProps {
  readonly label: string;
  readonly picked: number | null;
  readonly onPick: (member: number | null) => void;
}

export function PickMember({ label, picked, onPick }: PickMemberProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text, TYPING_MS);
  const asked = useAsk(["members", "picks", q], () =>
    members({ q, role: "", group: "", state: "active" }, null),
  );
  return (
    <div className="pick">
      <TextInput
        data-autofocus
        type="search"
        label={t("members.search", { label })}
        placeholder={t("members.find")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Select
        label={label}
        value={picked === null ? "" : String(picked)}
        onPick={(value) => onPick(value === "" ? null : Number(value))}
        options={[
          { value: "", label: t("live.choose") },
          ...(asked.data?.items ?? []).map(({ id, name, login }) => ({
            value: String(id),
            label: `${name} (${login})`,
          })),
        ]}
      />
    </div>
  );
}
