// The bar of the time machine: which moment, how it is played, and the way back to now.

import { Button } from "@mantine/core";
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { As } from "../api/record";
import { pressOf } from "../board/bindings";
import { Select } from "../console/kit/Select";
import { useNow } from "../days/now";
import { clockText, DAY_S, dayOf, dayText, later, startOf } from "../days/tokyo";
import { useParameter } from "../shell/place";
import { deedOf, paceAfter } from "./keys";
import { momentName } from "./moment";
import { DAYS_BACK, type Player, type Playing, SPEEDS, type Speed } from "./player";
import { usePlaying } from "./playing";
import { Slider } from "./Slider";
import "../i18n/days";
import "../styles/days/past.css";

const MINUTE_S = 60;
const HOW: readonly As[] = ["known", "seen"];
/** An hour in a minute: what happened can still be followed. */
const FIRST_PACE: Speed = 60;

export interface PastBarProps {
  readonly player: Player;
  readonly onClose: () => void;
}

export default function PastBar({ player, onClose }: PastBarProps) {
  const { t, i18n } = useTranslation();
  const now = useNow();
  const playing = usePlaying(player);
  const { time, shown, speed, loading } = playing;
  const [pace, setPace] = useState<Speed>(FIRST_PACE);
  const bar = useRef<HTMLElement>(null);
  const today = dayOf(now);
  const day = dayOf(shown ?? time);
  const title = t("past.title", { time: clockText(shown ?? time) });
  const toggle = () => player.play(speed === null ? pace : null);
  const take = (next: Speed) => {
    setPace(next);
    if (speed !== null) player.play(next);
  };
  usePaper(title);
  useHeight(bar);
  useAddress(playing);
  useKeys(player, { leave: onClose, toggle, pace: (steps) => take(paceAfter(pace, steps)) });
  return (
    <section
      className="past-bar"
      aria-label={title}
      ref={bar}
      data-unread={shown === null || undefined}
      data-failed={playing.failed !== null || undefined}
    >
      <div className="then" role={speed === null ? "status" : undefined}>
        <b className="num">{title}</b>
        <span className="t1">
          {dayText(day, i18n.language, today)} · {t("past.notNow")}
        </span>
      </div>
      <Slider
        day={dayOf(time)}
        time={time}
        moving={loading && time !== shown}
        now={now}
        earliest={now - DAYS_BACK * DAY_S}
        onMove={(to) => player.goTo(to)}
      />
      <div className="acts">
        <Button
          className="step"
          aria-label={t("past.stepBack")}
          onClick={() => player.goTo(time - MINUTE_S)}
        >
          −{t("past.minute", { n: 1 })} <kbd>←</kbd>
        </Button>
        <Button
          className="step"
          aria-label={t("past.stepOn")}
          onClick={() => player.goTo(time + MINUTE_S)}
        >
          +{t("past.minute", { n: 1 })} <kbd>→</kbd>
        </Button>
        <Button className="back" onClick={onClose}>
          {t("past.back")} <kbd>esc</kbd>
        </Button>
      </div>
      <div className="means">
        <Days player={player} time={time} today={today} />
        <span className="pair">
          <Button className="play" aria-pressed={speed !== null} onClick={toggle}>
            <PlayGlyph playing={speed !== null} />
            {t(speed === null ? "past.play" : "past.stop")} <kbd>space</kbd>
          </Button>
          <Select
            className="pace num"
            aria-label={t("past.speed")}
            value={String(pace)}
            onPick={(value) => take(SPEEDS.find((one) => String(one) === value) ?? pace)}
            options={SPEEDS.map((one) => ({ value: String(one), label: `${one}×` }))}
          />
        </span>
        <Select
          className="how"
          aria-label={t("past.how")}
          value={playing.as}
          onPick={(how) => player.see(how)}
          options={HOW.map((value) => ({ value, label: t(`past.${value}`) }))}
        />
        <Said player={player} playing={playing} edge={time < now - DAYS_BACK * DAY_S + MINUTE_S} />
      </div>
    </section>
  );
}

function Days({ player, time, today }: { player: Player; time: number; today: string }) {
  const { t } = useTranslation();
  const day = dayOf(time);
  const earliest = later(today, -DAYS_BACK);
  const turn = (to: string) => player.goTo(startOf(to) + (time - startOf(day)));
  return (
    <span className="pair">
      <Button
        className="turn"
        aria-label={t("past.dayBack")}
        disabled={day <= earliest}
        onClick={() => turn(later(day, -1))}
      >
        ‹
      </Button>
      <input
        type="date"
        aria-label={t("past.date")}
        value={day}
        max={today}
        min={earliest}
        onChange={({ currentTarget: { value } }) => value && turn(value)}
      />
      <Button
        className="turn"
        aria-label={t("past.dayOn")}
        disabled={day >= today}
        onClick={() => turn(later(day, 1))}
      >
        ›
      </Button>
    </span>
  );
}

/** What there is to say of the moment: that it could not be read, or that parts came in later. */
function Said({ player, playing, edge }: { player: Player; playing: Playing; edge: boolean }) {
  const { t } = useTranslation();
  const { time, failed, loading, late } = playing;
  const wanted = clockText(time);
  if (failed !== null)
    return (
      <span className="said failed" role="alert">
        {t("past.unread", { time: wanted })} {failed || t("past.silent")}
        <Button size="xs" onClick={() => player.again()}>
          {t("past.again")}
        </Button>
      </span>
    );
  return (
    <span className="said t1">
      {late > 0 && (
        <span className="told-later num">
          <i aria-hidden="true" /> {t("past.late", { count: late })}
        </span>
      )}
      {edge && <span>{t("past.rangeEnd", { days: DAYS_BACK })}</span>}
      {loading && <span className="num waiting">{t("past.loading", { time: wanted })}</span>}
    </span>
  );
}

function PlayGlyph({ playing }: { playing: boolean }) {
  return (
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      <path d={playing ? "M2 1.5h3v9H2zM7 1.5h3v9H7z" : "M2.5 1v10l8-5z"} fill="currentColor" />
    </svg>
  );
}

/** The whole page is on another paper, and its window says so. */
function usePaper(title: string): void {
  useEffect(() => {
    document.title = `[${title}] zaiseki`;
  }, [title]);
  useEffect(() => {
    document.documentElement.dataset.time = "past";
    return () => {
      delete document.documentElement.dataset.time;
    };
  }, []);
}

/** What stays at the head of the page while it scrolls has to know how high the bar is. */
function useHeight(bar: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const root = document.documentElement;
    const watch = new ResizeObserver(([entry]) => {
      const high = entry?.borderBoxSize[0]?.blockSize;
      if (high !== undefined) root.style.setProperty("--past-h", `${Math.round(high)}px`);
    });
    if (bar.current) watch.observe(bar.current);
    return () => {
      watch.disconnect();
      root.style.removeProperty("--past-h");
    };
  }, [bar]);
}

/** The address names the moment on which the board stands. */
function useAddress({ time, speed, over }: Playing): void {
  const [, setAt] = useParameter("at");
  const standing = speed === null && !over ? momentName(time) : null;
  useEffect(() => {
    if (standing) setAt(standing);
  }, [standing, setAt]);
}

interface Deeds {
  readonly leave: () => void;
  readonly toggle: () => void;
  readonly pace: (steps: 1 | -1) => void;
}

function useKeys(player: Player, deeds: Deeds): void {
  const latest = useRef(deeds);
  latest.current = deeds;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (document.querySelector("[role=dialog]")) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      const deed = deedOf(pressOf(event), {
        shift: event.shiftKey,
        inBar: target?.closest(".past-bar") != null,
        onSlider: target?.matches("input[type=range]") ?? false,
        onControl: target?.closest("button, a, summary, select, [role=option]") != null,
      });
      if (deed === null) return;
      switch (deed.do) {
        case "leave":
          latest.current.leave();
          break;
        case "play":
          latest.current.toggle();
          break;
        case "pace":
          latest.current.pace(deed.steps);
          break;
        case "step":
          player.goTo(player.state().time + deed.seconds);
      }
      event.preventDefault();
      event.stopPropagation();
    };
    addEventListener("keydown", pressed, true);
    return () => removeEventListener("keydown", pressed, true);
  }, [player]);
}
