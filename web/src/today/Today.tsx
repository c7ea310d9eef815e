// One's own day: what is on at one's PCs, punches, the strip that others see, what was noticed, the
// images that are kept, and who looked.

import { useTranslation } from "react-i18next";
import { OwnImages } from "../console/evidence/OwnImages";
import { useDesk } from "../console/kit/ask";
import { ViewingSheet } from "../console/viewings/ViewingSheet";
import { DayPanel } from "../days/DayPanel";
import { useNow } from "../days/now";
import { Link } from "../shell/Link";
import { Noticed } from "./Noticed";
import { OnAir } from "./OnAir";
import { Punches } from "./Punches";
import "../i18n/days";
import "../styles/days/strip.css";
import "../styles/days/day.css";
import "../styles/days/today.css";

const IMAGES = 5;

export default function Today() {
  const { t } = useTranslation();
  const { id } = useDesk().session.member;
  const now = useNow();
  return (
    <div className="days-page own">
      <OnAir now={now} />
      <Punches />
      <DayPanel member={id} now={now} note={t("today.sameForOthers")} />
      <Noticed member={id} now={now} />
      <section className="day-panel">
        <header>
          <h2>{t("evidence.newest")}</h2>
          <span className="grow" />
          <Link href="/own/evidence">{t("evidence.all")}</Link>
        </header>
        <OwnImages label={t("evidence.newest")} most={IMAGES} />
      </section>
      <section className="day-panel">
        <header>
          <h2>{t("page./own/viewings")}</h2>
        </header>
        <ViewingSheet label={t("page./own/viewings")} only={id} none={t("viewings.noneOwn")} />
      </section>
    </div>
  );
}
