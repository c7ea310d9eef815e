// One's own enrolled faces; new ones are taken at one's own PC.

import { useTranslation } from "react-i18next";
import { approval, enrolments } from "../../api/console";
import { Answered } from "../kit/Answered";
import { useAsk, useDesk } from "../kit/ask";
import { Empty } from "../kit/Empty";
import { APPROVAL, ENROLMENTS, FaceSheet } from "./FaceSheet";

export default function OwnFaces() {
  const { t } = useTranslation();
  const { id } = useDesk().session.member;
  const asked = useAsk(ENROLMENTS, enrolments);
  const approver = useAsk(APPROVAL, approval).data?.by;
  return (
    <>
      <p className="lead">
        {t("faces.lead")} {approver && t(`approval.${approver}Hint`)}
      </p>
      <Answered asked={asked}>
        {({ items }) => {
          const mine = items.filter(({ member }) => member === id);
          return mine.length === 0 ? (
            <Empty title={t("faces.noneOwn")}>
              <p>{t("faces.noneOwnHint")}</p>
              <code>zaiseki agent enrol</code>
            </Empty>
          ) : (
            <FaceSheet label={t("page./own/faces")} rows={mine} named={false} mayForget />
          );
        }}
      </Answered>
    </>
  );
}
