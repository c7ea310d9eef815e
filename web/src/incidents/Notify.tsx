// Whether this browser calls, and how it sounds and looks.

import { Button, Popover } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "../board/hooks";
import { Tick } from "../console/kit/Tick";
import { Link } from "../shell/Link";
import { NOTIFICATIONS } from "./Alarm";
import { isQuiet } from "./alarms";
import { notifications } from "./api";
import { ring, soundIsOn, turnSound } from "./sound";

type Permission = NotificationPermission | "none";

const permission = (): Permission => ("Notification" in window ? Notification.permission : "none");

export function Notify() {
  const { t } = useTranslation();
  const { clock } = useStore();
  const { data: chosen } = useQuery({ queryKey: NOTIFICATIONS, queryFn: notifications });
  const [sound, setSound] = useState(soundIsOn);
  const [allowed, setAllowed] = useState(permission);
  const test = () => {
    if (sound) ring("impersonation");
    if (allowed === "granted")
      new Notification(t("review.notify.testTitle"), {
        body: t("review.notify.testBody"),
        tag: "zaiseki.test",
      });
  };
  return (
    <Popover
      position="bottom-end"
      width={304}
      trapFocus
      shadow="md"
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <Button size="xs" variant="default">
          {t("review.notify.open")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className="notify" aria-label={t("review.notify.title")}>
        <Tick
          label={t("review.notify.sound")}
          checked={sound}
          onTick={(on) => {
            turnSound(on);
            setSound(on);
          }}
        />
        <p className="t1">
          <b>{t("review.notify.desktop")}</b>{" "}
          {allowed === "default" ? (
            <Button
              size="xs"
              variant="default"
              onClick={() => void Notification.requestPermission().then(setAllowed)}
            >
              {t("review.notify.ask")}
            </Button>
          ) : (
            <span className="sub">{t(`review.notify.${allowed}`)}</span>
          )}
        </p>
        {chosen && isQuiet(chosen, clock.now()) && (
          <p className="t1 sub">
            {t("review.notify.quiet", { from: chosen.quiet_from, to: chosen.quiet_to })}
          </p>
        )}
        <p className="t1 sub">{t("review.notify.note")}</p>
        <div className="line">
          <Link href="/own">{t("review.notify.more")}</Link>
          <span className="grow" />
          <Button size="xs" onClick={test} disabled={!sound && allowed !== "granted"}>
            {t("review.notify.test")}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
