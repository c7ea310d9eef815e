// The bar of the time machine: which moment, how it is played, and the way back to now.

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { queried } from "../api/console";
import { call } from "../api/http";
import type { As } from "../api/record";
import { pressOf } from "../board/bindings";
import { Select } from "../console/kit/Select";
import { useNow } from "../days/now";
import { clockText, DAY_S, dayOf, dayText, HOUR_S, later, startOf } from "../days/tokyo";
import { useParameter } from "../shell/place";
import { momentName } from "./moment";
import { type Player, SPEEDS } from "./player";
import { usePlaying } from "./use";
import "../i18n/days";
import "../styles/days/past.css";

const MINUTE_S = 60;
const DAYS_BACK = 92;
const HOW: readonly As[] = ["known", "seen"];
const HOURS = [0, 3, 6, 9, 12, 15, 18, 21, 24];

export interface PastBarProps {
  readonly player: Player;
  readonly onClose: () => void;
}

export default function PastBar({ player, onClose }: PastBarProps) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const { time, speed, as, loading, failed, late } = usePlaying(player);
  const [, setAt] = useParameter("at");
  const today = dayOf(now);
  const day = dayOf(time);
  const title = t("past.title", { time: clockText(time) });
  useEffect(() => {
    document.title = `[${title}] zaiseki`;
  }, [title]);
  useEffect(() => {
    document.documentElement.dataset.time = "past";
    return () => {
      delete document.documentElement.dataset.time;
    };
  }, []);
  const standing = speed === null ? momentName(time) : null;
  useEffect(() => {
    if (standing) setAt(standing);
  }, [standing, setAt]);
  useKeys(player, onClose);
  return (
    <section className="past-bar" aria-label={title}>
      <div className="then">
        <b className="num">{title}</b>
        <span className="t1" role="status">
          {dayText(day, i18n.language, today)} · {t("past.notNow")}
          {loading && ` · ${t("past.loading")}`}
          {failed && ` · ${t("signIn.silent")}`}
          {late > 0 && ` · ${t("past.late", { count: late })}`}
        </span>
      </div>
      <Slider player={player} day={day} time={time} now={now} />
      <div className="acts">
        <input
          type="date"
          aria-label={t("past.date")}
          value={day}
          max={today}
          min={later(today, -DAYS_BACK)}
          onChange={({ currentTarget: { value } }) => {
            if (value) player.goTo(startOf(value) + (time - startOf(day)));
          }}
        />
        <Select
          aria-label={t("past.how")}
          value={as}
          onPick={(how) => player.see(how)}
          options={HOW.map((value) => ({ value, label: t(`past.${value}`) }))}
        />
        <Select
          aria-label={t("past.speed")}
          value={String(speed ?? "")}
          onPick={(value) => player.play(SPEEDS.find((one) => String(one) === value) ?? null)}
          options={[
            { value: "", label: t("past.stop") },
            ...SPEEDS.map((one) => ({ value: String(one), label: `${t("past.play")} ${one}×` })),
          ]}
        />
        <Button aria-label={t("past.stepBack")} onClick={() => player.goTo(time - MINUTE_S)}>
          −1 <kbd>←</kbd>
        </Button>
        <Button aria-label={t("past.stepOn")} onClick={() => player.goTo(time + MINUTE_S)}>
          +1 <kbd>→</kbd>
        </Button>
        <Button className="back" onClick={onClose}>
          {t("past.back")} <kbd>esc</kbd>
        </Button>
      </div>
    </section>
  );
}

function useKeys(player: Player, onClose: () => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { key, modified, typing, onTile } = pressOf(event);
      if (modified || typing || document.querySelector("[role=dialog]")) return;
      const { time } = player.state();
      if (key === "Escape") onClose();
      else if (key === "ArrowLeft" && !onTile) player.goTo(time - MINUTE_S);
      else if (key === "ArrowRight" && !onTile) player.goTo(time + MINUTE_S);
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    addEventListener("keydown", pressed, true);
    return () => removeEventListener("keydown", pressed, true);
  }, [player, onClose]);
}

interface SliderProps {
  readonly player: Player;
  readonly day: string;
  readonly time: number;
  readonly now: number;
}

interface PresentThen {
  readonly step_s: number;
  readonly people: number;
  readonly present: readonly number[];
}

/** The day, with how many were present; any of its minutes is one move away. */
function Slider({ player, day, time, now }: SliderProps) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ["counts", day],
    queryFn: () => call<PresentThen>("GET", queried("counts", { day })),
    retry: false,
  });
  const from = startOf(day);
  return (
    <div className="slider">
      {data && (
        <svg viewBox={`0 0 ${DAY_S} 100`} preserveAspectRatio="none" aria-hidden="true">
          <path d={area(data)} />
        </svg>
      )}
      <input
        type="range"
        aria-label={t("past.at")}
        aria-valuetext={clockText(time)}
        min={0}
        max={Math.floor((Math.min(now, from + DAY_S - 1) - from) / MINUTE_S)}
        style={{ width: `${(100 * Math.min(DAY_S, now - from)) / DAY_S}%` }}
        value={Math.floor((time - from) / MINUTE_S)}
        onChange={({ currentTarget }) => player.goTo(from + Number(currentTarget.value) * MINUTE_S)}
      />
      <div className="hours num t1" aria-hidden="true">
        {HOURS.map((hour) => (
          <span key={hour} style={{ left: `${(100 * hour * HOUR_S) / DAY_S}%` }}>
            {hour}:00
          </span>
        ))}
      </div>
    </div>
  );
}

function area({ step_s, people, present }: PresentThen): string {
  const steps = present.map((count, at) => {
    const high = 100 - (95 * count) / Math.max(1, people);
    return `L${at * step_s} ${high.toFixed(1)}H${(at + 1) * step_s}`;
  });
  return `M0 100${steps.join("")}V100Z`;
}
