// All viewings of the tenant, for those who examine them.

import { useTranslation } from "react-i18next";
import { ViewingSheet } from "./ViewingSheet";

export default function Viewings() {
  const { t } = useTranslation();
  return (
    <ViewingSheet label={t("page./evidence/viewings")} only={null} none={t("viewings.noneHint")} />
  );
}
