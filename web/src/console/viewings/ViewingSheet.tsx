// Who looked, at whom, when, what for and for how long.

import { useTranslation } from "react-i18next";
import { viewings } from "../../api/console";
import type { Schemas } from "../../api/wire";
import { Answered } from "../kit/Answered";
import { usePages } from "../kit/ask";
import { Empty } from "../kit/Empty";
import { type Column, Sheet } from "../kit/Sheet";
import { useMoment } from "../kit/when";

type Viewing = Schemas["ViewingItem"];

export interface ViewingSheetProps {
  readonly label: string;
  /** Of one person alone, whose name is then left out. */
  readonly only: number | null;
  readonly none: string;
}

export function ViewingSheet({ label, only, none }: ViewingSheetProps) {
  const { t } = useTranslation();
  const moment = useMoment();
  const asked = usePages(["viewings", only], (cursor) => viewings(only, cursor));
  const { rows } = asked;
  const columns: Column<Viewing>[] = [
    {
      name: "at",
      head: t("viewings.at"),
      width: 168,
      phone: 136,
      cell: ({ at }) => <span className="num">{moment(at)}</span>,
    },
    { name: "viewer", head: t("viewings.viewer"), cell: ({ viewer_name }) => viewer_name },
    ...(only === null
      ? [{ name: "member", head: t("viewings.member"), cell: (row: Viewing) => row.member_name }]
      : []),
    {
      name: "purpose",
      head: t("live.purpose"),
      width: 200,
      phone: 108,
      cell: ({ purpose }) => t(`purposes.${purpose}`, { defaultValue: purpose }),
    },
    {
      name: "kind",
      head: t("viewings.kind"),
      width: 200,
      phone: 0,
      cell: ({ kind, at, ended_at }) =>
        kind === "live" && ended_at
          ? t("viewings.liveFor", { m: Math.max(1, Math.round((ended_at - at) / 60)) })
          : t(`viewings.kinds.${kind}`),
    },
  ];
  return (
    <Answered asked={asked}>
      {() =>
        rows.length === 0 ? (
          <Empty title={t("viewings.none")}>
            <p>{none}</p>
          </Empty>
        ) : (
          <Sheet
            label={label}
            columns={columns}
            rows={rows}
            id={({ id }) => id}
            onEnd={asked.onEnd}
          />
        )
      }
    </Answered>
  );
}
