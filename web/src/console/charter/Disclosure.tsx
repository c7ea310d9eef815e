// To whom outside one's data is told: each receiver by its host, with what it hears of.

import { useTranslation } from "react-i18next";
import { disclosure } from "../../api/console";
import { Answered } from "../kit/Answered";
import { useAsk } from "../kit/ask";
import { useMoment } from "../kit/when";

export function Disclosure() {
  const { t } = useTranslation();
  const asked = useAsk(["disclosure"], disclosure);
  return (
    <section className="panel-like">
      <h2>{t("disclosure.title")}</h2>
      <Answered asked={asked}>
        {({ webhooks }) =>
          webhooks.length === 0 ? (
            <p className="sub">{t("disclosure.none")}</p>
          ) : (
            <>
              <p className="sub">{t("disclosure.intro")}</p>
              {webhooks.map((told) => (
                <Told key={`${told.host} ${told.since}`} {...told} />
              ))}
              <p className="sub t1">{t("disclosure.thin")}</p>
            </>
          )
        }
      </Answered>
    </section>
  );
}

interface ToldProps {
  readonly host: string;
  readonly since: number;
  readonly types: readonly { type: string; ja: string; en: string }[];
}

function Told({ host, since, types }: ToldProps) {
  const { t, i18n } = useTranslation();
  const moment = useMoment();
  const language = i18n.language === "en" ? "en" : "ja";
  return (
    <section className="part">
      <h3>{host}</h3>
      <p className="t1 sub num">{t("disclosure.since", { time: moment(since) })}</p>
      <ul>
        {types.map((one) => (
          <li key={one.type}>{one[language]}</li>
        ))}
      </ul>
    </section>
  );
}
