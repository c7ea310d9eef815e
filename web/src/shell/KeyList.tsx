// The list of a page's keys.

import { Modal } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { GiveBack } from "./GiveBack";

export interface KeyListProps {
  readonly title: string;
  readonly keys: readonly { readonly keys: readonly string[]; readonly name: string }[];
  readonly onClose: () => void;
}

export default function KeyList({ title, keys: shown, onClose }: KeyListProps) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={400}
      centered
      overlayProps={{ backgroundOpacity: 0.3 }}
      closeButtonProps={{ "aria-label": t("detail.close") }}
    >
      <GiveBack />
      <dl className="keys">
        {shown.map(({ keys, name }) => (
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
