// The hub did not answer the first question of the page.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Card } from "./Card";

export default function Unreachable({ onRetry }: { onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <Card title={t("lost.titleNever")} lead={t("signIn.silent")}>
      <Button onClick={onRetry}>{t("signIn.tryAgain")}</Button>
    </Card>
  );
}
