// Images of one person, or of all in one's scope: each is opened for a purpose, and they see it.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { evidence, openImage } from "../../api/console";
import type { Purpose } from "../../api/wire";
import { Answered } from "../kit/Answered";
import { useDesk, usePages, useTell } from "../kit/ask";
import { Empty } from "../kit/Empty";
import { PurposeDialog } from "../kit/Purpose";
import { type Image, ImageSheet } from "./ImageSheet";
import { Picture } from "./Picture";

export interface SeenImagesProps {
  readonly label: string;
  readonly member: number | null;
  readonly none: string;
  /** So many of the newest; all of them if it is left out. */
  readonly most?: number;
}

export function SeenImages({ label, member, none, most }: SeenImagesProps) {
  const { t } = useTranslation();
  const own = useDesk().session.member.id;
  const asked = usePages(["evidence", member], (cursor) => evidence(member, cursor));
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
      <Answered asked={asked}>
        {() =>
          asked.rows.length === 0 ? (
            <Empty title={t("evidence.none")}>
              <p>{none}</p>
            </Empty>
          ) : (
            <ImageSheet
              label={label}
              rows={most ? asked.rows.slice(0, most) : asked.rows}
              named={member === null || most === undefined}
              asks
              open={shown?.image.id ?? null}
              onOpen={see}
              onEnd={most ? NOTHING : asked.onEnd}
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

const NOTHING = () => {};
