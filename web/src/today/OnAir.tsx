// What is on at one's own PCs, as they say it themselves, and the pause that one asks them for.

import { Button, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type OwnDevice, ownDevices, pauseDevice, resumeDevice } from "../api/record";
import { Glyph } from "../board/Glyph";
import { Answered } from "../console/kit/Answered";
import { useTell } from "../console/kit/ask";
import { Refusal } from "../console/kit/Refusal";
import { Select } from "../console/kit/Select";
import { useNow } from "../days/now";
import { clockText } from "../days/tokyo";
import { lostSince, useWatched } from "../days/watched";
import { Link } from "../shell/Link";
import { bytesText, inOrder, signOf, TONES, untilText } from "./onair";

const DEVICES = ["account", "devices"] as const;
const AGAIN_MS = 5_000;
const LEVELS = ["off", "state_only", "incident_only", "periodic"] as const;

export function OnAir() {
  const { t } = useTranslation();
  const asked = useWatched(DEVICES, ownDevices, AGAIN_MS);
  const lost = lostSince(asked);
  const on = lost === null && asked.data?.items.some((device) => signOf(device) === "on");
  useTitle(on ? `● ${t("today.signs.on")}` : null);
  return (
    <Answered asked={asked}>
      {({ items }) =>
        items.length === 0 ? (
          <section className="day-panel">
            <header>
              <h2>{t("today.noDevice")}</h2>
            </header>
            <p className="in">
              {t("today.noDeviceHint")} <Link href="/pair">{t("menu.pair")}</Link>
            </p>
          </section>
        ) : (
          <Cards items={items} lost={lost} />
        )
      }
    </Answered>
  );
}

/** What is heard comes first; of those that never said anything a line is enough. */
function Cards({ items, lost }: { items: readonly OwnDevice[]; lost: number | null }) {
  const { t } = useTranslation();
  const { told, untold } = inOrder(items);
  return (
    <>
      {told.map((device) => (
        <Card key={device.id} device={device} lost={lost} />
      ))}
      {untold.length > 0 && (
        <section className="air silent" data-s="offline" aria-label={t("today.signs.untold")}>
          <p>
            <Glyph tone="offline" size={16} />
            <b>{t("today.signs.untold")}</b>
            {untold.map(({ id, name }) => (
              <span key={id} className="tag">
                {name}
              </span>
            ))}
            <span className="t1 sub">{t("today.hints.untold")}</span>
          </p>
        </section>
      )}
    </>
  );
}

function Card({ device, lost }: { device: OwnDevice; lost: number | null }) {
  const { t } = useTranslation();
  const sign = lost === null ? signOf(device) : "unheard";
  const { on_air: air, told_at } = device;
  return (
    <section className="air" data-s={TONES[sign]} aria-label={device.name}>
      <div className="what">
        <h2>
          <Glyph tone={TONES[sign]} size={16} />
          {t(`today.signs.${sign}`)}
          <span className="tag">{device.name}</span>
          {sign === "on" && <span className="tag">{t("today.onPc")}</span>}
          {air?.screen && sign === "on" && <span className="tag">{t("today.screen")}</span>}
        </h2>
        <p className="sub">
          {lost !== null
            ? t("today.lost", { time: clockText(lost) })
            : sign === "unheard"
              ? t("today.unheard", {
                  time: clockText(told_at ?? 0),
                  link: t(`link.${device.link}`),
                })
              : air?.quiet
                ? t(`today.quiet.${air.quiet}`)
                : air?.reason
                  ? t(`reason.${air.reason}`)
                  : t(`today.hints.${sign}`)}
        </p>
        {air && <Facts air={air} counting={sign !== "unheard"} />}
      </div>
      {device.live && air && lost === null && <Pause device={device} />}
      {air && (
        <ol className="ladder" aria-label={t("today.level")}>
          {LEVELS.map((level) => (
            <li key={level} aria-current={level === air.level || undefined}>
              <b>
                {level === air.level && "✓ "}
                {t(`today.levels.${level}`)}
              </b>
              <span>{t(`today.levelHints.${level}`)}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

type Air = NonNullable<OwnDevice["on_air"]>;

function Facts({ air, counting }: { air: Air; counting: boolean }) {
  const { t } = useTranslation();
  const now = useNow(SECOND_MS);
  const next = counting ? air.next_capture_at : null;
  return (
    <dl className="air-facts">
      <div>
        <dt>{t("today.next")}</dt>
        <dd className="num">{next ? untilText(next, now) : "–"}</dd>
      </div>
      <div>
        <dt>{t("today.sent")}</dt>
        <dd className="num">{bytesText(air.bytes_today ?? 0)}</dd>
        <dd className="t1 sub num">{t("today.sentImages", { count: air.images_today ?? 0 })}</dd>
      </div>
      <div>
        <dt>{t("today.waiting")}</dt>
        <dd className="num">{air.waiting ?? 0}</dd>
      </div>
      {(air.viewers ?? 0) > 0 && (
        <div>
          <dt>{t("today.viewers")}</dt>
          <dd className="num">{air.viewers}</dd>
        </div>
      )}
    </dl>
  );
}

const REASONS = ["delivery", "phone", "private", "other"] as const;
const MINUTES = ["15", "5", "30", "60"] as const;
const ANSWERS_WITHIN_MS = 5_000;
const SECOND_MS = 1_000;

function Pause({ device }: { device: OwnDevice }) {
  const { t } = useTranslation();
  const now = useNow(SECOND_MS);
  const [reason, setReason] = useState<(typeof REASONS)[number]>("delivery");
  const [other, setOther] = useState("");
  const [minutes, setMinutes] = useState<string>(MINUTES[0]);
  const [asked, setAsked] = useState<"pause" | "resume" | null>(null);
  const paused = device.on_air?.pause;
  const pausing = useTell(pauseDevice, { changes: [DEVICES], onDone: () => setAsked("pause") });
  const resuming = useTell(resumeDevice, { changes: [DEVICES], onDone: () => setAsked("resume") });
  const silent = useSilence(asked, Boolean(paused), () => setAsked(null));
  const word = reason === "other" ? other.trim() : t(`today.reasons.${reason}`);
  if (paused)
    return (
      <div className="act">
        <span className="t1 sub">{paused.reason}</span>
        {paused.until && (
          <b className="timer num">{t("today.left", { time: untilText(paused.until, now) })}</b>
        )}
        <Button loading={resuming.isPending} onClick={() => resuming.mutate(device.id)}>
          {t("today.resume")}
        </Button>
        <Refusal problem={resuming.error} />
        {silent && <p role="alert">{t("today.silent")}</p>}
      </div>
    );
  return (
    <form
      className="act"
      onSubmit={(event) => {
        event.preventDefault();
        pausing.mutate({ id: device.id, reason: word, minutes: Number(minutes) });
      }}
    >
      <Select
        label={t("today.why")}
        value={reason}
        onPick={setReason}
        options={REASONS.map((value) => ({ value, label: t(`today.reasons.${value}`) }))}
      />
      {reason === "other" && (
        <TextInput
          label={t("today.whyOther")}
          value={other}
          maxLength={60}
          onChange={(event) => setOther(event.currentTarget.value)}
        />
      )}
      <Select
        label={t("today.howLong")}
        value={minutes}
        onPick={setMinutes}
        options={MINUTES.map((value) => ({ value, label: t("age.minutes", { m: value }) }))}
      />
      <Button type="submit" loading={pausing.isPending} disabled={word === ""}>
        {t("today.pause")}
      </Button>
      <Refusal problem={pausing.error} />
      {silent && <p role="alert">{t("today.silent")}</p>}
    </form>
  );
}

/** Whether a device that was asked has not done it within the time that it should take. */
function useSilence(asked: string | null, paused: boolean, onDone: () => void): boolean {
  const [silent, setSilent] = useState(false);
  const done = asked === null || (asked === "pause") === paused;
  useEffect(() => {
    if (done) {
      setSilent(false);
      if (asked) onDone();
      return;
    }
    const timer = setTimeout(() => setSilent(true), ANSWERS_WITHIN_MS);
    return () => clearTimeout(timer);
  }, [asked, done, onDone]);
  return silent;
}

/** The tab says that the camera is on, whatever is in front of it. */
function useTitle(sign: string | null): void {
  useEffect(() => {
    if (!sign) return;
    const before = document.title;
    document.title = `${sign} · ${before}`;
    return () => {
      document.title = before;
    };
  }, [sign]);
}
