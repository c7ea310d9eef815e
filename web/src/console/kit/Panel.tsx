// What stands beside a table: one thing in detail, with what can be done to it at the foot.

import { Drawer } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { GiveBack } from "../../shell/GiveBack";

export interface PanelProps {
  readonly opened: boolean;
  readonly title: string;
  readonly sub?: string | undefined;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Panel({ opened, title, sub, onClose, children }: PanelProps) {
  const { t } = useTranslation();
  return (
    <Drawer.Root
      opened={opened}
      onClose={onClose}
      position="right"
      size={400}
      lockScroll={false}
      returnFocus
      className="panel-frame"
    >
      <Drawer.Content className="panel" aria-label={title}>
        <GiveBack />
        <div className="head">
          <h2 className="cut" title={title}>
            {title}
          </h2>
          {sub && <span className="t1 sub">{sub}</span>}
          <span className="grow" />
          <Drawer.CloseButton aria-label={t("detail.close")} />
        </div>
        {children}
      </Drawer.Content>
    </Drawer.Root>
  );
}
