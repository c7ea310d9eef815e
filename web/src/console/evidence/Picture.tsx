// One image, large; somebody else's closes by itself when the time for its purpose is over.

import { Button, Modal } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { imageAddress } from "../../api/console";
import { GiveBack } from "../../shell/GiveBack";
import { useMoment } from "../kit/when";
import type { Image } from "./ImageSheet";

const OPEN_S = 300;
const TICK_MS = 1_000;

export interface PictureProps {
  readonly image: Image;
  /** null: one's own, which stays open. */
  readonly viewing: number | null;
  readonly onClose: () => void;
}

export function Picture({ image, viewing, onClose }: PictureProps) {
  const { t } = useTranslation();
  const moment = useMoment();
  const [failed, setFailed] = useState(false);
  const title = `${image.name} · ${moment(image.taken_at)}`;
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={image.kind === "screen" ? "90%" : 720}
      centered
      overlayProps={{ backgroundOpacity: 0.3 }}
      closeButtonProps={{ "aria-label": t("detail.close") }}
      className="picture-dialog"
    >
      <GiveBack />
      {failed ? (
        <p className="refusal" role="alert">
          {t("evidence.failed")}
        </p>
      ) : (
        <img
          src={imageAddress(image.id, viewing)}
          alt={t("evidence.alt", { name: image.name, kind: t(`evidence.kinds.${image.kind}`) })}
          width={image.width ?? undefined}
          height={image.height ?? undefined}
          onError={() => setFailed(true)}
        />
      )}
      <footer className="buttons">
        {viewing !== null && <Left onOver={onClose} />}
        <Button data-autofocus onClick={onClose}>
          {t("live.close")}
        </Button>
      </footer>
    </Modal>
  );
}

function Left({ onOver }: { onOver: () => void }) {
  const { t } = useTranslation();
  const [left, setLeft] = useState(OPEN_S);
  useEffect(() => {
    const until = Date.now() + OPEN_S * 1000;
    const ticking = setInterval(
      () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000))),
      TICK_MS,
    );
    return () => clearInterval(ticking);
  }, []);
  useEffect(() => {
    if (left === 0) onOver();
  }, [left, onOver]);
  const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  return <span className="sub num t1">{t("evidence.left", { time })}</span>;
}
