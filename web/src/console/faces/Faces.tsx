// Faces that wait for approval first; approvers alone are warned of look-alikes.

import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { decideEnrolment, enrolments } from "../../api/console";
import { Answered } from "../kit/Answered";
import { useAsk, useDesk, useTell } from "../kit/ask";
import { Empty } from "../kit/Empty";
import { Refusal } from "../kit/Refusal";
import { found } from "../kit/sorting";
import { Tools } from "../kit/Tools";
import { ENROLMENTS, type Enrolment, FaceSheet } from "./FaceSheet";

const ALIKE = 0.5; // cosine; from here on the lowest level takes one person for the other

export default function Faces() {
  const { t } = useTranslation();
  const { id, role } = useDesk().session.member;
  const asked = useAsk(ENROLMENTS, enrolments);
  const [text, setText] = useState("");
  const sending = useTell(decideEnrolment, { changes: [ENROLMENTS] });
  const decide = (row: Enrolment) =>
    row.state === "pending" &&
    (row.member === id ? (
      <span className="sub t1 wraps">{t("faces.notOwn")}</span>
    ) : (
      <span className="decide">
        <Button
          size="xs"
          aria-label={t("faces.approveNamed", { name: row.name })}
          onClick={() => sending.mutate({ id: row.id, approve: true })}
        >
          {t("faces.approve")}
        </Button>
        <Button
          size="xs"
          variant="default"
          aria-label={t("faces.rejectNamed", { name: row.name })}
          onClick={() => sending.mutate({ id: row.id, approve: false })}
        >
          {t("faces.reject")}
        </Button>
        {(row.alike ?? 0) >= ALIKE && <b className="warns">{t("faces.alike")}</b>}
      </span>
    ));
  return (
    <>
      <Tools find={{ text, onText: setText }} placeholder={t("members.name")} />
      <Refusal problem={sending.error} />
      <Answered asked={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t("faces.none")}>
              <p>{t("faces.noneHint")}</p>
            </Empty>
          ) : (
            <FaceSheet
              label={t("page./members/faces")}
              rows={pendingFirst(found(items, text, ({ name }) => [name]))}
              named
              mayForget={role === "administrator"}
              decide={decide}
            />
          )
        }
      </Answered>
    </>
  );
}

export function pendingFirst(rows: readonly Enrolment[]): readonly Enrolment[] {
  return [
    ...rows.filter(({ state }) => state === "pending"),
    ...rows.filter(({ state }) => state !== "pending"),
  ];
}
