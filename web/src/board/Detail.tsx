// One person in detail: state, why, since when, devices, last contact, incidents. No image.

import { Drawer } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { DeviceView, SeatView } from "../api/wire";
import { dayOf } from "../days/tokyo";
import { CardHead, Course, useEntries } from "../incidents/Rail";
import { AskButton } from "../live/AskButton";
import { useLive, useView } from "../live/hooks";
import { GiveBack } from "../shell/GiveBack";
import { Link } from "../shell/Link";
import { timeText } from "./age";
import { tree } from "./arrange";
import { DayStrip } from "./DayStrip";
import { Mark } from "./Glyph";
import { useAgo, useLink, useSeat, useStore } from "./hooks";
import { initials, moment, reasonOf, type Tone } from "./label";
import { When } from "./Tile";
import { WhyLine } from "./Why";

const STRIP_PX = 16;
const SIZES = { rail: "100%", side: "min(400px, 50vw)", foot: "80%" };

export interface DetailProps {
  /** Whether the reader has the page on which incidents are judged. */
  readonly review: boolean;
  readonly member: number | null;
  /** In the place of what stands beside the people, so that no tile is covered; where nothing
   * does, over them at the side, and on a phone at the foot. */
  readonly at: "rail" | "side" | "foot";
  readonly onClose: () => void;
}

export default function Detail({ member, at, review, onClose }: DetailProps) {
  const { t } = useTranslation();
  const store = useStore();
  const watching = useView().stage !== "none"; // its dialog lies above and takes Escape first
  const name = member === null ? "" : (store.card(member)?.name ?? "");
  return (
    <Drawer.Root
      opened={member !== null}
      onClose={onClose}
      position={at === "foot" ? "bottom" : "right"}
      size={SIZES[at]}
      closeOnEscape={!watching}
      lockScroll={false}
      returnFocus={false}
      withinPortal={false}
      className="detail-frame"
      data-at={at}
    >
      {at === "foot" && <Drawer.Overlay backgroundOpacity={0.3} />}
      <Drawer.Content className="detail" aria-label={t("detail.title", { name })}>
        <GiveBack />
        {member !== null && <Person member={member} name={name} review={review} />}
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Person({ member, name, review }: Of & Pick<DetailProps, "review">) {
  const { t } = useTranslation();
  const live = useLive();
  const seat = useSeat(member);
  const { clock, past } = useStore();
  const then = past ? `&day=${dayOf(clock.now())}` : "";
  return (
    <>
      <header className="person">
        <span className="picture" aria-hidden="true">
          {initials(name)}
        </span>
        <div className="grow">
          <h2>{name}</h2>
          <Groups member={member} />
        </div>
        <Drawer.CloseButton aria-label={t("detail.close")} data-autofocus />
      </header>
      <AsOf />
      <p className="standing" data-uncertain={seat.label === "off" || undefined}>
        <Mark tone={seat.label} word={t(`label.${seat.label}`)} />
        <When seat={seat} />
      </p>
      <Facts seat={seat} />
      <Day member={member} />
      {(past || live?.may(member)) && (
        <p className="to-day">
          <Link href={`/people?member=${member}${then}`}>{t("detail.day")}</Link>
        </p>
      )}
      <Devices devices={seat.devices ?? []} member={member} name={name} />
      <Incidents member={member} review={review} />
    </>
  );
}

const TICKS_H = [8, 12, 16, 20]; // the strip's own hours

function Day({ member }: { member: number }) {
  return (
    <div className="today-strip" aria-hidden="true">
      <DayStrip member={member} heightPx={STRIP_PX} />
      <span className="num t1 dim">
        {TICKS_H.map((hour) => (
          <span key={hour}>{hour}:00</span>
        ))}
      </span>
    </div>
  );
}

/** While the line is lost, even the detail is of then. */
function AsOf() {
  const { t } = useTranslation();
  const { clock } = useStore();
  const { phase, lastNews } = useLink();
  if (phase !== "lost" || lastNews === null) return null;
  return <p className="note">{t("detail.asOf", { time: timeText(lastNews, clock.now()) })}</p>;
}

function Groups({ member }: { member: number }) {
  const store = useStore();
  const mine = new Set(store.card(member)?.groups);
  const paths = tree(store.groups()).filter(({ id }) => mine.has(id));
  return <p className="t1 sub">{paths.map(({ path }) => path.join(" › ")).join(" · ")}</p>;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="num">{children}</dd>
    </>
  );
}

function Facts({ seat }: { seat: SeatView }) {
  const { t } = useTranslation();
  const { clock } = useStore();
  const reason = reasonOf(seat);
  const at = moment(seat);
  return (
    <dl className="facts">
      {at > 0 && seat.label !== "offline" && (
        <Fact name={t("detail.began")}>{timeText(at, clock.now())}</Fact>
      )}
      {reason && <Fact name={t("detail.reason")}>{t(`reason.${reason}`)}</Fact>}
      {seat.task && <Fact name={t("detail.task")}>{seat.task}</Fact>}
      <Fact name={t("detail.work")}>{t(`work.${seat.work ?? "off"}`)}</Fact>
      {seat.heard != null && (
        <Fact name={t("detail.heard")}>
          <Heard at={seat.heard} />
        </Fact>
      )}
    </dl>
  );
}

function Heard({ at }: { at: number }) {
  const { clock } = useStore();
  const ago = useAgo(at);
  const time = timeText(at, clock.now());
  return time === ago ? time : `${time} (${ago})`;
}

interface Of {
  readonly member: number;
  readonly name: string;
}

function Devices({ devices, ...of }: { devices: readonly DeviceView[] } & Of) {
  const { t } = useTranslation();
  return (
    <section className="part">
      <h3>{t("detail.devices")}</h3>
      {devices.length === 0 && <p className="sub">{t("detail.noDevice")}</p>}
      {devices.map((device) => (
        <Device key={device.id} device={device} {...of} />
      ))}
    </section>
  );
}

/** What a device says, by the same shapes; its silence is not an absence. */
function toneOf({ link = "online", capture = "on", presence = "unknown" }: DeviceView): Tone {
  if (link === "offline") return "offline";
  return capture === "paused" ? "paused" : presence;
}

function Device({ device, member, name }: { device: DeviceView } & Of) {
  const { t } = useTranslation();
  const { clock } = useStore();
  const { id, since, link = "online", reason } = device;
  const tone = toneOf(device);
  return (
    <div className="device">
      <span>{t("detail.device", { id })}</span>
      <Mark tone={tone} word={t(`label.${tone}`)} />
      <span className="num t1 sub">{timeText(since, clock.now())}</span>
      <span className="t1 sub cut">
        {[link === "stale" && t(`link.${link}`), reason && t(`reason.${reason}`)]
          .filter(Boolean)
          .join(" · ")}
      </span>
      {link === "online" && <AskButton target={{ member, name, device: id }} />}
    </div>
  );
}

function Incidents({ member, review }: { member: number; review: boolean }) {
  const { t } = useTranslation();
  const mine = useEntries().filter((entry) => entry.member === member);
  if (mine.length === 0) return null;
  return (
    <section className="part">
      <h3>{t("detail.incidents")}</h3>
      {mine.map((entry) => (
        <article key={entry.id} className="card">
          <CardHead entry={entry} />
          <Course entry={entry} />
          {entry.why && <WhyLine why={entry.why} />}
          {review && entry.recorded && (
            <Link className="t1" href={`/incidents?incident=${entry.id}`}>
              {t("incidents.review")}
            </Link>
          )}
        </article>
      ))}
    </section>
  );
}
