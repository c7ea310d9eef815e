// Who agreed to what: read only, for nobody can agree for somebody else.

import { useState } from "react";
import { useTranslation } from "react-i18next";
import { memberConsents } from "../../api/console";
import type { ConsentPurpose, MemberConsent } from "../../api/shapes";
import { Answered } from "../kit/Answered";
import { useAsk } from "../kit/ask";
import { Empty } from "../kit/Empty";
import { type Column, Sheet } from "../kit/Sheet";
import { found } from "../kit/sorting";
import { Tools } from "../kit/Tools";

export const CONSENT_PURPOSES: readonly ConsentPurpose[] = [
  "capture",
  "evidence",
  "face_template",
  "live_view",
];

export default function MemberConsents() {
  const { t } = useTranslation();
  const asked = useAsk(["consents", "members"], memberConsents);
  const [text, setText] = useState("");
  const columns: Column<MemberConsent>[] = [
    {
      name: "name",
      head: t("members.name"),
      cell: ({ name }) => <span title={name}>{name}</span>,
      sort: ({ name }) => name,
    },
    ...CONSENT_PURPOSES.map((purpose) => ({
      name: purpose,
      head: t(`consents.purposes.${purpose}`),
      width: 168,
      phone: 56,
      cell: ({ purposes }: MemberConsent) => <Given yes={purposes.includes(purpose)} />,
      sort: ({ purposes }: MemberConsent) => (purposes.includes(purpose) ? 1 : 0),
    })),
  ];
  return (
    <>
      <Tools find={{ text, onText: setText }} placeholder={t("members.name")} />
      <Answered asked={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t("members.none")}>
              <p>{t("consents.noneHint")}</p>
            </Empty>
          ) : (
            <Sheet
              label={t("page./members/consents")}
              columns={columns}
              rows={found(items, text, ({ name }) => [name])}
              id={({ member }) => member}
              foot={t("consents.counted", {
                given: items.filter(({ purposes }) => purposes.includes("capture")).length,
                total: items.length,
              })}
            />
          )
        }
      </Answered>
    </>
  );
}

function Given({ yes }: { yes: boolean }) {
  const { t } = useTranslation();
  return (
    <span className="consent" data-state={yes ? "yes" : "no"}>
      <i aria-hidden="true">{yes ? "✓" : "–"}</i>
      <span className="word">{t(yes ? "consents.states.yes" : "consents.states.none")}</span>
    </span>
  );
}
