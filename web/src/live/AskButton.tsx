// "Ask for a live view": beside a device that is there, for those who may ask.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLive } from "./hooks";
import type { Target } from "./view";

export function AskButton({ target }: { target: Target }) {
  const { t } = useTranslation();
  const live = useLive();
  if (!live?.may(target.member)) return null;
  return (
    <Button
      size="xs"
      variant="default"
      className="ask-live"
      onClick={() => live.desk.choose(target)}
    >
      {t("live.ask")}
    </Button>
  );
}
