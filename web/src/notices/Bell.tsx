// The bell in the bar: how many notices one has not read, and the newest of them.

import { Button, Popover } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLatest } from "./reading";
import "../styles/notices.css";

const Panel = lazy(() => import("./Panel"));
const SHOWN_MAX = 99;

export function Bell() {
  const { t } = useTranslation();
  const { data } = useLatest();
  const [open, setOpen] = useState(false);
  const unread = data?.unread ?? 0;
  const shown = unread > SHOWN_MAX ? `${SHOWN_MAX}+` : `${unread}`;
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      position="bottom-end"
      width="min(400px, calc(100vw - 16px))"
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <Button
          variant="default"
          className="bell"
          aria-label={unread ? t("notices.bellUnread", { shown }) : t("notices.bell")}
          onClick={() => setOpen((was) => !was)}
        >
          <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
            <path
              d="M8 1.8a4.4 4.4 0 0 0-4.4 4.4v3L2.2 11.6h11.6L12.4 9.2v-3A4.4 4.4 0 0 0 8 1.8zM6.4 13.6a1.7 1.7 0 0 0 3.2 0"
              fill="none"
              stroke="currentColor"
              strokeWidth="1.4"
              strokeLinejoin="round"
            />
          </svg>
          {unread > 0 && <span className="unread num">{shown}</span>}
        </Button>
      </Popover.Target>
      <Popover.Dropdown data-own-keys className="notice-drop" aria-label={t("notices.title")} p={0}>
        <Suspense fallback={null}>
          <Panel onClose={() => setOpen(false)} />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
