// Images as a list of what was taken: when, of what, why there is none; opened one by one.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/wire";
import { type Column, Sheet } from "../kit/Sheet";
import { useMoment } from "../kit/when";

export type Image = Schemas["EvidenceItem"];

export interface ImageSheetProps {
  readonly label: string;
  readonly rows: readonly Image[];
  /** Of several people. */
  readonly named: boolean;
  /** Whoever opens one is asked what for. */
  readonly asks?: boolean;
  readonly open: string | null;
  readonly onOpen: (image: Image) => void;
  readonly onEnd: () => void;
  /** Given where one may take away images of oneself. */
  readonly onErase?: ((image: Image) => void) | undefined;
}

const KB = 1000;

export function ImageSheet(props: ImageSheetProps) {
  const { label, rows, named, asks = false, open, onOpen, onEnd, onErase } = props;
  const { t } = useTranslation();
  const moment = useMoment();
  const columns: Column<Image>[] = [
    {
      name: "at",
      head: t("evidence.taken"),
      width: 168,
      phone: 140,
      cell: ({ taken_at }) => <span className="num">{moment(taken_at)}</span>,
    },
    ...(named
      ? [
          {
            name: "member",
            head: t("evidence.member"),
            cell: ({ name }: Image) => <span title={name}>{name}</span>,
          },
        ]
      : []),
    {
      name: "kind",
      head: t("evidence.kind"),
      width: 104,
      phone: named ? 0 : 56,
      cell: (row) => kindText(row, t),
    },
    {
      name: "cause",
      head: t("evidence.cause"),
      width: 120,
      wide: true,
      cell: ({ incident }) => t(incident ? "evidence.incident" : "evidence.periodic"),
    },
    {
      name: "state",
      head: t("evidence.state"),
      ...(named && { width: 240, phone: 0 }),
      cell: ({ state, reason, erased_at, size }) =>
        state === "stored" ? (
          <span className="num sub">{size ? `${Math.ceil(size / KB)} KB` : ""}</span>
        ) : (
          <span className="sub cut" title={reason ?? undefined}>
            {erased_at
              ? `${t(`evidence.erasedWhy.${reason}`, t("evidence.states.erased"))} ${moment(erased_at)}`
              : t(`evidence.states.${state}`)}
            {reason && !erased_at ? ` · ${t(`reason.${reason}`, { defaultValue: reason })}` : ""}
          </span>
        ),
    },
    {
      name: "act",
      head: t("kit.acts"),
      width: asks ? 168 : onErase ? 152 : 88,
      phone: asks ? 136 : onErase ? 132 : 72,
      cell: (row) => (
        <>
          {row.state === "stored" && (
            <Button
              variant="default"
              size="xs"
              aria-label={`${t(asks ? "evidence.see" : "incidents.show")} ${moment(row.taken_at)}`}
              onClick={() => onOpen(row)}
            >
              {t(asks ? "evidence.see" : "incidents.show")}
            </Button>
          )}
          {row.state !== "stored" && asks && (
            <span className="phone sub cut">{t(`evidence.states.${row.state}`)}</span>
          )}
          {onErase && mayErase(row) && (
            <Button
              variant="subtle"
              size="xs"
              aria-label={t("evidence.eraseNamed", { time: moment(row.taken_at) })}
              onClick={() => onErase(row)}
            >
              {t("evidence.erase")}
            </Button>
          )}
        </>
      ),
    },
  ];
  return (
    <Sheet
      label={label}
      columns={columns}
      rows={rows}
      id={({ id }) => id}
      open={open}
      onEnd={onEnd}
    />
  );
}

/** Of no incident, and there or still to come: the hub's own rule. */
const mayErase = ({ state, incident }: Image) =>
  !incident && (state === "stored" || state === "pending");

function kindText({ kind, screen }: Image, t: (key: string) => string): string {
  const word = t(`evidence.kinds.${kind}`);
  return kind === "screen" && screen ? `${word} ${screen + 1}` : word;
}
