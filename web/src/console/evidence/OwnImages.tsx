// Images of oneself, as others may see them; where the company allows it, some can be taken away.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { eraseImage, evidence, policy } from "../../api/console";
import { Answered } from "../kit/Answered";
import { useAsk, useDesk, usePages, useTell } from "../kit/ask";
import { Confirm } from "../kit/Dialog";
import { Empty } from "../kit/Empty";
import { useMoment } from "../kit/when";
import { type Image, ImageSheet } from "./ImageSheet";
import { Picture } from "./Picture";

export interface OwnImagesProps {
  readonly label: string;
  /** So many of the newest; all of them if it is left out. */
  readonly most?: number;
}

export function OwnImages({ label, most }: OwnImagesProps) {
  const { t } = useTranslation();
  const moment = useMoment();
  const own = useDesk().session.member.id;
  const asked = usePages(["evidence", own], (cursor) => evidence(own, cursor));
  const rules = useAsk(["policy"], policy);
  const [shown, setShown] = useState<Image | null>(null);
  const [leaving, setLeaving] = useState<Image | null>(null);
  const erasing = useTell(eraseImage, {
    changes: [["evidence"]],
    onDone: () => setLeaving(null),
  });
  const allowed = rules.data?.erase_own ?? false;
  const ask = (image: Image) => {
    erasing.reset();
    setLeaving(image);
  };
  return (
    <>
      <Answered asked={asked}>
        {() =>
          asked.rows.length === 0 ? (
            <Empty title={t("evidence.noneOwn")}>
              <p>{t("evidence.noneOwnHint")}</p>
            </Empty>
          ) : (
            <ImageSheet
              label={label}
              rows={most ? asked.rows.slice(0, most) : asked.rows}
              named={false}
              open={shown?.id ?? null}
              onOpen={setShown}
              onEnd={most ? NOTHING : asked.onEnd}
              onErase={allowed ? ask : undefined}
            />
          )
        }
      </Answered>
      {shown && <Picture image={shown} viewing={null} onClose={() => setShown(null)} />}
      {leaving && (
        <Confirm
          title={t("evidence.eraseTitle", { time: moment(leaving.taken_at) })}
          text={t("evidence.eraseText")}
          submit={t("evidence.erase")}
          sending={erasing}
          onConfirm={() => erasing.mutate(leaving.id)}
          onClose={() => setLeaving(null)}
        />
      )}
    </>
  );
}

const NOTHING = () => {};
