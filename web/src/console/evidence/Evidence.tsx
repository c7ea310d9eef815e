// Images of the people in one's scope: each is opened for a purpose, and the person sees it.

import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { members, oneMember } from "../../api/console";
import { useParameter } from "../../shell/place";
import { useAsk } from "../kit/ask";
import { Select } from "../kit/Select";
import { Tools } from "../kit/Tools";
import { SeenImages } from "./SeenImages";

export default function Evidence() {
  const { t } = useTranslation();
  const [member, setMember] = useParameter("member");
  const chosen = /^\d+$/.test(member) ? Number(member) : null;
  return (
    <>
      <Whose member={member} onMember={setMember} />
      <SeenImages label={t("page./evidence")} member={chosen} none={t("evidence.noneHint")} />
    </>
  );
}

const TYPING_MS = 250;

/** Whose images: among thousands, by a part of the name. */
function Whose({ member, onMember }: { member: string; onMember: (member: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text, TYPING_MS);
  const asked = useAsk(["members", "whose", q], () =>
    members({ q, role: "", group: "", state: "" }, null),
  );
  const chosen = useAsk(["members", "one", member], () => oneMember(Number(member)), {
    enabled: member !== "",
  });
  const found = asked.data?.items ?? [];
  const shown = chosen.data && member !== "" ? [chosen.data, ...found] : found;
  const choices = shown.filter(({ id }, at) => shown.findIndex((one) => one.id === id) === at);
  return (
    <Tools
      find={{ text, onText: setText }}
      placeholder={t("members.find")}
      filters={
        <Select
          aria-label={t("evidence.member")}
          value={member}
          onPick={onMember}
          options={[
            { value: "", label: t("evidence.everybody") },
            ...choices.map(({ id, name }) => ({ value: String(id), label: name })),
          ]}
        />
      }
    />
  );
}
