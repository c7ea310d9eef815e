// The devices behind a seat: what each says now, and since when nobody hears it.

import { useTranslation } from "react-i18next";
import type { SeatNow } from "../api/record";
import type { DeviceView } from "../api/wire";
import { timeText } from "../board/age";
import { Mark } from "../board/Glyph";
import type { Tone } from "../board/label";
import { useMoment } from "../console/kit/when";

export function Devices({ told }: { told: SeatNow }) {
  const { t } = useTranslation();
  const moment = useMoment();
  const says = new Map((told.seat.devices ?? []).map((one) => [one.id, one]));
  return (
    <section className="day-panel" aria-label={t("person.devices")}>
      <header>
        <h2>{t("person.devices")}</h2>
        <span className="num sub">{told.devices.length}</span>
      </header>
      {told.devices.length === 0 && <p className="in sub">{t("person.noDevice")}</p>}
      <ul className="lines in">
        {told.devices.map(({ id, name, kind, created_at }) => {
          const now = says.get(id);
          const tone = now ? toneOf(now) : "offline";
          return (
            <li key={id} className="one-device">
              <Mark tone={tone} word={t(`label.${tone}`)} />
              <span className="grow">
                <b className="cut" title={name}>
                  {name}
                </b>
                <span className="t1 sub">
                  {[
                    t(`person.kinds.${kind}`, { defaultValue: kind }),
                    now?.reason && t(`reason.${now.reason}`),
                    t("person.since", { time: moment(created_at) }),
                  ]
                    .filter(Boolean)
                    .join(" · ")}
                </span>
              </span>
              <span className="num t1 sub">
                {now && t("days.since", { time: timeText(now.since, told.at) })}
              </span>
            </li>
          );
        })}
      </ul>
      <p className="in t1 sub">{t("person.devicesNote")}</p>
    </section>
  );
}

/** What a device says, by the same shapes as a seat; its silence is not an absence. */
function toneOf({ link = "online", capture = "on", presence = "unknown" }: DeviceView): Tone {
  if (link === "offline") return "offline";
  if (link === "stale") return "unknown";
  return capture === "paused" ? "paused" : presence;
}
