// One's own day: how boards show one, what is on at one's PCs, punches, the strip that others see,
// what was noticed, the images that are kept, and who looked.

import { useTranslation } from "react-i18next";
import { seatNow } from "../api/record";
import { OwnImages } from "../console/evidence/OwnImages";
import { useDesk } from "../console/kit/ask";
import { ViewingSheet } from "../console/viewings/ViewingSheet";
import { DayPanel } from "../days/DayPanel";
import { LostLine } from "../days/LostLine";
import { useNow } from "../days/now";
import { SeatTile } from "../days/SeatTile";
import { lostSince, useWatched } from "../days/watched";
import { Link } from "../shell/Link";
import { go } from "../shell/place";
import { Noticed } from "./Noticed";
import { OnAir } from "./OnAir";
import { Punches } from "./Punches";
import "../i18n/days";
import "../styles/days/strip.css";
import "../styles/days/day.css";
import "../styles/days/today.css";

const IMAGES = 5;
const AGAIN_MS = 5_000;

export default function Today() {
  const { t } = useTranslation();
  const { id, name } = useDesk().session.member;
  const now = useNow();
  const seat = useWatched(["seat", id], () => seatNow(id), AGAIN_MS);
  const lost = lostSince(seat);
  return (
    <div className="days-page own" data-link={lost === null ? undefined : "lost"}>
      <LostLine since={lost} />
      <div className="front">
        <section className="as-others" aria-label={t("today.tile")}>
          <h2 className="t1 sub">{t("today.tile")}</h2>
          {seat.data && (
            <SeatTile
              label={t("today.tile")}
              name={name}
              told={seat.data}
              lost={lost}
              onOpen={() => go("/")}
            />
          )}
        </section>
        <Punches />
      </div>
      <OnAir />
      <DayPanel member={id} now={now} note={t("today.sameForOthers")} />
      <Noticed member={id} now={now} />
      <section className="day-panel newest" aria-label={t("evidence.newest")}>
        <header>
          <h2>{t("evidence.newest")}</h2>
          <span className="grow" />
          <Link href="/own/evidence">{t("evidence.all")}</Link>
        </header>
        <OwnImages label={t("evidence.newest")} most={IMAGES} />
      </section>
      <section className="day-panel" aria-label={t("page./own/viewings")}>
        <header>
          <h2>{t("page./own/viewings")}</h2>
          <span className="grow" />
          <Link href="/own/viewings">{t("today.allViewings")}</Link>
        </header>
        <ViewingSheet label={t("page./own/viewings")} only={id} none={t("viewings.noneOwn")} />
      </section>
    </div>
  );
}
