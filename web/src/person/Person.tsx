// One person, as whoever is responsible for them may see them: today, the week, the month, devices,
// images and who looked. Everything here is on the person's own page, too.

import { useTranslation } from "react-i18next";
import { devices } from "../api/console";
import { Answered } from "../console/kit/Answered";
import { useAsk, useDesk } from "../console/kit/ask";
import { Empty } from "../console/kit/Empty";
import { useMoment } from "../console/kit/when";
import { ViewingSheet } from "../console/viewings/ViewingSheet";
import { DayPanel, useDay, usePresence } from "../days/DayPanel";
import { Figures } from "../days/Figures";
import { useNow } from "../days/now";
import { Standing } from "../days/Standing";
import { DAY_S, dayOf, dayText, HOUR_S, mondayOf, startOf } from "../days/tokyo";
import { Link } from "../shell/Link";
import { useParameter } from "../shell/place";
import { Month } from "./Month";
import "../i18n/days";
import "../styles/days/strip.css";
import "../styles/days/day.css";
import "../styles/days/month.css";

const WHOLE_LOG: readonly string[] = ["administrator", "auditor"];
const LATELY_S = 12 * HOUR_S;

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
  const { t } = useTranslation();
  const now = useNow();
  const { role } = useDesk().session.member;
  const hour = Math.floor(now / HOUR_S) * HOUR_S;
  const asked = usePresence(member, hour - LATELY_S, hour + HOUR_S, true);
  return (
    <Answered asked={asked}>
      {(told) => (
        <div className="days-page">
          <header className="who">
            <h2>{told.name}</h2>
            <Standing told={told} />
          </header>
          <DayPanel member={member} now={now} note={t("person.sameForThem")} />
          <Week member={member} now={now} />
          <div className="cols">
            <Month member={member} now={now} />
            <div className="stack">
              <Devices member={member} role={role} />
              <section className="day-panel">
                <header>
                  <h2>{t("place.evidence")}</h2>
                  <span className="grow" />
                  <Link href={`/evidence?member=${member}`}>{t("person.images")}</Link>
                </header>
                <p className="in t1 sub">{t("person.imagesHint")}</p>
              </section>
            </div>
          </div>
          {WHOLE_LOG.includes(role) && (
            <section className="day-panel">
              <header>
                <h2>{t("page./own/viewings")}</h2>
                <span className="grow" />
                <span className="t1 sub">{t("person.sameForThem")}</span>
              </header>
              <ViewingSheet
                label={t("page./own/viewings")}
                only={member}
                none={t("viewings.noneOwn")}
              />
            </section>
          )}
        </div>
      )}
    </Answered>
  );
}

function Week({ member, now }: { member: number; now: number }) {
  const { t, i18n } = useTranslation();
  const [day] = useDay(dayOf(now));
  const monday = startOf(mondayOf(day));
  const asked = usePresence(member, monday, monday + 7 * DAY_S, false);
  return (
    <section className="day-panel">
      <header>
        <h2>{t("days.week")}</h2>
        <span className="t1 sub num">{dayText(mondayOf(day), i18n.language, dayOf(now))} –</span>
      </header>
      <Answered asked={asked}>{({ figures }) => <Figures figures={figures} />}</Answered>
    </section>
  );
}

function Devices({ member, role }: { member: number; role: string }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const asked = useAsk(["devices"], devices, { enabled: role === "administrator" });
  const own = asked.data?.items.filter((one) => one.member === member && !one.revoked);
  if (!own) return null;
  return (
    <section className="day-panel">
      <header>
        <h2>{t("page./members/devices")}</h2>
        <span className="num sub">{own.length}</span>
      </header>
      {own.length === 0 && <p className="in sub">{t("person.noDevice")}</p>}
      <ul className="lines in">
        {own.map(({ id, name, created_at }) => (
          <li key={id}>
            <b className="grow cut">{name}</b>
            <span className="t1 sub num">{moment(created_at)}</span>
          </li>
        ))}
      </ul>
      <p className="in t1 sub">{t("person.devicesNote")}</p>
    </section>
  );
}
