// One person, as whoever is responsible for them may see them: today, the week, the month, devices,
// images and who looked. Everything here is on the person's own page, too.

import { useTranslation } from "react-i18next";
import { seatNow } from "../api/record";
import { SeenImages } from "../console/evidence/SeenImages";
import { Answered } from "../console/kit/Answered";
import { Empty } from "../console/kit/Empty";
import { ViewingSheet } from "../console/viewings/ViewingSheet";
import { AGAIN_MS, DayPanel, usePresence, useShown } from "../days/DayPanel";
import { Figures } from "../days/Figures";
import { LostLine } from "../days/LostLine";
import { useNow } from "../days/now";
import { Standing } from "../days/Standing";
import { DAY_S, dayOf, dayText, HOUR_S, later, mondayOf, startOf } from "../days/tokyo";
import { lostSince, useWatched } from "../days/watched";
import { Link } from "../shell/Link";
import { useParameter } from "../shell/place";
import { Devices } from "./Devices";
import { Month } from "./Month";
import "../i18n/days";
import "../styles/days/strip.css";
import "../styles/days/day.css";
import "../styles/days/month.css";

const IMAGES = 5;

export default function Person() {
  const { t } = useTranslation();
  const [named] = useParameter("member");
  const member = /^\d+$/.test(named) ? Number(named) : null;
  if (member === null)
    return (
      <Empty title={t("person.nobody")}>
        <p>{t("person.nobodyHint")}</p>
        <Link href="/">{t("place.board")}</Link>
      </Empty>
    );
  return <Of key={member} member={member} />;
}

function Of({ member }: { member: number }) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const hour = Math.floor(now / HOUR_S) * HOUR_S;
  const asked = usePresence(member, hour, hour + HOUR_S, false); // the name, and whether they left
  const seat = useWatched(["seat", member], () => seatNow(member), AGAIN_MS);
  const lost = lostSince(seat);
  return (
    <Answered asked={asked}>
      {({ name, left_at }) => (
        <div className="days-page" data-link={lost === null ? undefined : "lost"}>
          <LostLine since={lost} />
          <header className="who">
            <h2>{name}</h2>
            {left_at ? (
              <p className="standing sub">
                {t("person.left", { day: dayText(dayOf(left_at), i18n.language, dayOf(now)) })}
              </p>
            ) : (
              seat.data && <Standing told={seat.data} lost={lost} />
            )}
          </header>
          <DayPanel member={member} now={now} note={t("person.sameForThem")} />
          <Week member={member} now={now} />
          <div className="cols">
            <Month member={member} now={now} />
            {seat.data && <Devices told={seat.data} />}
          </div>
          <section className="day-panel newest" aria-label={t("place.evidence")}>
            <header>
              <h2>{t("place.evidence")}</h2>
              <span className="grow" />
              <Link href={`/evidence?member=${member}`}>{t("person.images")}</Link>
            </header>
            <SeenImages
              label={t("place.evidence")}
              member={member}
              most={IMAGES}
              none={t("person.noImages")}
            />
            <p className="in t1 sub">{t("person.imagesHint")}</p>
          </section>
          <section className="day-panel" aria-label={t("page./own/viewings")}>
            <header>
              <h2>{t("page./own/viewings")}</h2>
              <span className="grow" />
              <span className="t1 sub">{t("person.sameForThem")}</span>
            </header>
            <ViewingSheet
              label={t("page./own/viewings")}
              only={member}
              none={t("person.noViewings")}
            />
          </section>
        </div>
      )}
    </Answered>
  );
}

function Week({ member, now }: { member: number; now: number }) {
  const { t, i18n } = useTranslation();
  const { day, today } = useShown(now);
  const first = mondayOf(day);
  const last = later(first, 6);
  const asked = usePresence(member, startOf(first), startOf(first) + 7 * DAY_S, last >= today);
  const text = (one: string) => dayText(one, i18n.language, today);
  return (
    <section className="day-panel" aria-label={t("days.week")}>
      <header>
        <h2>{t("days.week")}</h2>
        <span className="t1 sub num">
          {text(first)} – {text(last)}
        </span>
        <span className="grow" />
        <span className="t1 sub aside">{t("days.fromMidnight")}</span>
      </header>
      <Answered asked={asked}>
        {({ figures }) => (
          <div aria-busy={asked.isPlaceholderData} className="then">
            <Figures figures={figures} />
          </div>
        )}
      </Answered>
    </section>
  );
}
