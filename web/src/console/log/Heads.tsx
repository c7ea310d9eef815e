// The signed heads of the tenant's chain: who keeps one can prove later that nothing was changed.

import { useTranslation } from "react-i18next";
import { heads } from "../../api/console";
import type { HeadItem } from "../../api/shapes";
import type { Schemas } from "../../api/wire";
import { Answered } from "../kit/Answered";
import { usePages } from "../kit/ask";
import { Empty } from "../kit/Empty";
import { type Column, Sheet } from "../kit/Sheet";
import { useMoment } from "../kit/when";

export default function Heads() {
  const { t } = useTranslation();
  const moment = useMoment();
  const asked = usePages<Schemas["Heads"], number>(["heads"], heads);
  const columns: Column<HeadItem>[] = [
    {
      name: "position",
      head: t("heads.position"),
      width: 96,
      phone: 72,
      figures: true,
      cell: ({ position }) => position,
    },
    {
      name: "at",
      head: t("heads.at"),
      width: 168,
      phone: 136,
      cell: ({ at }) => moment(Date.parse(at) / 1000),
    },
    { name: "link", head: t("heads.link"), cell: (row) => <Digest text={row.link} /> },
    {
      name: "signature",
      head: t("heads.signature"),
      wide: true,
      cell: (row) => <Digest text={row.signature} />,
    },
  ];
  return (
    <>
      <p className="lead">{t("heads.lead")}</p>
      <Answered asked={asked}>
        {() =>
          asked.rows.length === 0 ? (
            <Empty title={t("heads.none")}>
              <p>{t("heads.noneHint")}</p>
            </Empty>
          ) : (
            <Sheet
              label={t("page./log/heads")}
              columns={columns}
              rows={asked.rows}
              id={({ position }) => position}
              onEnd={asked.onEnd}
            />
          )
        }
      </Answered>
    </>
  );
}

function Digest({ text }: { text: string }) {
  return (
    <span className="code cut" title={text}>
      {text}
    </span>
  );
}
