// Images of the people in one's scope: each is opened for a purpose, and the person sees it.

import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { evidence, members, oneMember, openImage } from "../../api/console";
import type { Purpose } from "../../api/wire";
import { useParameter } from "../../shell/place";
import { Answered } from "../kit/Answered";
import { useAsk, useDesk, usePages, useTell } from "../kit/ask";
import { Empty } from "../kit/Empty";
import { PurposeDialog } from "../kit/Purpose";
import { Select } from "../kit/Select";
import { Tools } from "../kit/Tools";
import { type Image, ImageSheet } from "./ImageSheet";
import { Picture } from "./Picture";

export default function Evidence() {
  const { t } = useTranslation();
  const own = useDesk().session.member.id;
  const [member, setMember] = useParameter("member");
  const chosen = /^\d+$/.test(member) ? Number(member) : null;
  const asked = usePages(["evidence", chosen], (cursor) => evidence(chosen, cursor));
  const [gate, setGate] = useState<Image | null>(null);
  const [shown, setShown] = useState<{ image: Image; viewing: number | null } | null>(null);
  const opening = useTell(openImage, { changes: [["viewings"]] });
  const see = (image: Image) => {
    if (image.member === own) return setShown({ image, viewing: null });
    opening.reset();
    setGate(image);
  };
  const choose = (purpose: Purpose) => {
    if (!gate) return;
    const image = gate;
    opening.mutate(
      { image: image.id, purpose },
      {
        onSuccess: ({ id }) => {
          setGate(null);
          setShown({ image, viewing: id });
        },
      },
    );
  };
  return (
    <>
      <Whose member={member} onMember={setMember} />
      <Answered asked={asked}>
        {() =>
          asked.rows.length === 0 ? (
            <Empty title={t("evidence.none")}>
              <p>{t("evidence.noneHint")}</p>
            </Empty>
          ) : (
            <ImageSheet
              label={t("page./evidence")}
              rows={asked.rows}
              named
              open={shown?.image.id ?? null}
              onOpen={see}
              onEnd={asked.onEnd}
            />
          )
        }
      </Answered>
      {gate && (
        <PurposeDialog
          name={gate.name}
          sending={opening}
          onChoose={choose}
          onClose={() => setGate(null)}
        />
      )}
      {shown && <Picture {...shown} onClose={() => setShown(null)} />}
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
