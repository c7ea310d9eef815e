// The list of the page's keys.

import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { SHOWN } from "./keys";

export function Help({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("review.keys.title")}
      size={400}
      centered
      overlayProps={{ backgroundOpacity: 0.3 }}
      closeButtonProps={{ "aria-label": t("detail.close") }}
    >
      <dl className="keys">
        {SHOWN.map(({ keys, name }) => (
          <div key={name}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(name)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
