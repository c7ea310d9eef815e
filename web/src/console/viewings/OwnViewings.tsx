// Who looked at oneself, and why.

import { useTranslation } from "react-i18next";
import { useDesk } from "../kit/ask";
import { ViewingSheet } from "./ViewingSheet";

export default function OwnViewings() {
  const { t } = useTranslation();
  const { id } = useDesk().session.member;
  return (
    <>
      <p className="lead">{t("viewings.lead")}</p>
      <ViewingSheet label={t("page./own/viewings")} only={id} none={t("viewings.noneOwn")} />
    </>
  );
}
