// The way from the board as it is now to the board as it was.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** Its words, or on a narrow screen a sign. */
export function SeePast({ narrow, onOpen }: { narrow: boolean; onOpen: () => void }) {
  const { t } = useTranslation();
  return (
    <Button
      variant="default"
      className="see-past"
      aria-label={narrow ? t("board.seePast") : undefined}
      aria-keyshortcuts="t"
      rightSection={!narrow && <kbd>t</kbd>}
      onClick={onOpen}
    >
      {narrow ? <Back /> : t("board.seePast")}
    </Button>
  );
}

/** A clock that goes back. */
function Back() {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path
        d="M2.6 5.2A6 6 0 1 1 2 8M2.2 2v3.4h3.4M8 4.6V8l2.4 1.6"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
      />
    </svg>
  );
}
