// Enrolled faces: condition, images, state. No template and no picture leaves the hub.

import { Button } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { forgetEnrolment } from "../../api/console";
import type { Schemas } from "../../api/wire";
import { useTell } from "../kit/ask";
import { Confirm } from "../kit/Dialog";
import { type Column, Sheet } from "../kit/Sheet";
import { useMoment } from "../kit/when";

export type Enrolment = Schemas["EnrolmentItem"];

export const ENROLMENTS = ["enrolments"] as const;
export const APPROVAL = [...ENROLMENTS, "approval"] as const;

export interface FaceSheetProps {
  readonly label: string;
  readonly rows: readonly Enrolment[];
  readonly named: boolean;
  readonly mayForget: boolean;
  readonly decide?: (row: Enrolment) => ReactNode;
}

export function FaceSheet({ label, rows, named, mayForget, decide }: FaceSheetProps) {
  const { t } = useTranslation();
  const moment = useMoment();
  const [forgetting, setForgetting] = useState<Enrolment | null>(null);
  const sending = useTell(forgetEnrolment, {
    changes: [ENROLMENTS],
    onDone: () => setForgetting(null),
  });
  const columns: Column<Enrolment>[] = [
    ...(named
      ? [
          {
            name: "member",
            head: t("faces.member"),
            cell: ({ name }: Enrolment) => <span title={name}>{name}</span>,
            sort: ({ name }: Enrolment) => name,
          },
        ]
      : []),
    {
      name: "condition",
      head: t("faces.condition"),
      ...(named && { width: 104, phone: 0 }),
      cell: ({ condition }) => t(`faces.conditions.${condition}`),
    },
    {
      name: "images",
      head: t("faces.images"),
      width: 72,
      phone: named ? 0 : 48,
      figures: true,
      cell: ({ images }) => images,
      sort: ({ images }) => images,
    },
    {
      name: "created",
      head: t("faces.created"),
      width: 168,
      wide: true,
      cell: ({ created_at }) => <span className="num">{moment(created_at)}</span>,
      sort: ({ created_at }) => created_at,
    },
    {
      name: "state",
      head: t("faces.state"),
      width: 120,
      phone: 80,
      cell: ({ state }) => t(`faces.states.${state}`),
      sort: ({ state }) => state,
    },
    ...(decide
      ? [{ name: "decide", head: t("faces.decision"), width: 320, phone: 148, cell: decide }]
      : []),
    ...(mayForget
      ? [
          {
            name: "act",
            head: t("kit.acts"),
            width: 128,
            phone: named ? 0 : 72,
            cell: (row: Enrolment) => (
              <Button
                variant="default"
                size="xs"
                aria-label={t("faces.forgetNamed", { name: row.name })}
                onClick={() => setForgetting(row)}
              >
                {t("faces.forget")}
              </Button>
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      <Sheet label={label} columns={columns} rows={rows} id={({ id }) => id} />
      {forgetting && (
        <Confirm
          title={t("faces.sure", { name: forgetting.name })}
          text={t("faces.sureText")}
          submit={t("faces.forgetIt")}
          sending={sending}
          onConfirm={() => sending.mutate(forgetting.id)}
          onClose={() => setForgetting(null)}
        />
      )}
    </>
  );
}
