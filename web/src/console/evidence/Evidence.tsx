// Images of the people in one's scope: each is opened for a purpose, and the person sees it.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { evidence, members, openImage } from "../../api/console";
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
      <Tools filters={<Whose member={member} onMember={setMember} />} />
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

function Whose(props: { member: string; onMember: (member: string) => void }) {
  const { t } = useTranslation();
  const asked = useAsk(["members", "whose"], () =>
    members({ q: "", role: "", group: "", state: "" }, null),
  );
  return (
    <Select
      aria-label={t("evidence.member")}
      value={props.member}
      onPick={props.onMember}
      options={[
        { value: "", label: t("evidence.everybody") },
        ...(asked.data?.items ?? []).map(({ id, name }) => ({ value: String(id), label: name })),
      ]}
    />
  );
}
