// The dialog of a live view: say what for, wait for the answer, watch, end. One view at a time.

import { Button, Modal, NativeSelect } from "@mantine/core";
import { useEffect, useReducer, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Purpose } from "../api/wire";
import { GiveBack } from "../shell/GiveBack";
import { useLive, useStream, useView } from "./hooks";
import { useAllowedPurposes } from "./purposes";
import type { View } from "./view";
import "../styles/live.css";

export default function LiveDialog() {
  const { t } = useTranslation();
  const live = useLive();
  const view = useView();
  if (!live) return null;
  const name = "target" in view ? view.target.name : "";
  return (
    <Modal
      opened={view.stage !== "none"}
      onClose={live.desk.leave}
      title={t("live.title", { name })}
      size={view.stage === "connecting" || view.stage === "seen" ? 720 : 440}
      centered
      closeOnClickOutside={false}
      overlayProps={{ backgroundOpacity: 0.3 }}
      closeButtonProps={{ "aria-label": t("live.close") }}
      className="live"
      data-stage={view.stage}
    >
      <GiveBack />
      <Stage view={view} name={name} />
    </Modal>
  );
}

function Stage({ view, name }: { view: View; name: string }) {
  switch (view.stage) {
    case "none":
      return null;
    case "choosing":
      return <Choose name={name} />;
    case "asked":
      return <Wait view={view} name={name} />;
    case "connecting":
    case "seen":
      return <Watch view={view} name={name} />;
    case "over":
      return <Over view={view} />;
  }
}

function Choose({ name }: { name: string }) {
  const { t } = useTranslation();
  const live = useLive();
  const allowed = useAllowedPurposes();
  const [purpose, setPurpose] = useState<Purpose | "">("");
  const ask = (event: React.FormEvent) => {
    event.preventDefault();
    if (purpose !== "") live?.desk.ask(purpose);
  };
  return (
    <form onSubmit={ask}>
      <p>{t("live.rules", { name })}</p>
      <NativeSelect
        data-autofocus
        label={t("live.purpose")}
        value={purpose}
        onChange={({ currentTarget }) => setPurpose(currentTarget.value as Purpose | "")}
        data={[
          { value: "", label: t("live.choose"), disabled: true },
          ...allowed.map((value) => ({ value, label: t(`purposes.${value}`) })),
        ]}
      />
      <footer>
        <Button variant="default" onClick={live?.desk.leave}>
          {t("live.cancel")}
        </Button>
        <Button type="submit" disabled={purpose === ""}>
          {t("live.send")}
        </Button>
      </footer>
    </form>
  );
}

type Asked = Extract<View, { stage: "asked" }>;

function Wait({ view, name }: { view: Asked; name: string }) {
  const { t } = useTranslation();
  const live = useLive();
  const nowMs = useSeconds();
  const left = view.answerBy === null ? null : Math.ceil((view.answerBy - nowMs) / 1000);
  return (
    <div>
      <p role="status">{t("live.waiting", { name })}</p>
      <p className="sub">
        {t(`purposes.${view.purpose}`)}
        {left !== null && (
          <span className="num"> · {t("live.left", { s: Math.max(0, left) })}</span>
        )}
      </p>
      <footer>
        <Button variant="default" data-autofocus onClick={live?.desk.stop}>
          {t("live.cancel")}
        </Button>
      </footer>
    </div>
  );
}

type Watched = Extract<View, { stage: "connecting" | "seen" }>;

function Watch({ view, name }: { view: Watched; name: string }) {
  const { t } = useTranslation();
  const live = useLive();
  const stream = useStream();
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  return (
    <div>
      <video
        ref={video}
        autoPlay
        muted
        playsInline
        aria-label={t("live.picture", { name })}
        onPlaying={live?.desk.playing}
      />
      <p className="line">
        <span role="status">
          {view.stage === "seen" ? t("live.recorded") : t("live.connecting")}
        </span>
        {view.stage === "seen" && <Since ms={view.since} />}
      </p>
      <footer>
        <Button data-autofocus onClick={live?.desk.stop}>
          {t("live.end")}
        </Button>
      </footer>
    </div>
  );
}

function Since({ ms }: { ms: number }) {
  const { t } = useTranslation();
  const seconds = Math.max(0, Math.floor((useSeconds() - ms) / 1000));
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return <span className="num sub">{t("live.seen", { time })}</span>;
}

type Past = Extract<View, { stage: "over" }>;

function Over({ view }: { view: Past }) {
  const { t } = useTranslation();
  const live = useLive();
  return (
    <div>
      <p role="status">{t(`live.over.${view.reason}`)}</p>
      <footer>
        <Button variant="default" onClick={() => live?.desk.choose(view.target)}>
          {t("live.again")}
        </Button>
        <Button data-autofocus onClick={live?.desk.leave}>
          {t("live.close")}
        </Button>
      </footer>
    </div>
  );
}

function useSeconds(): number {
  const [, tick] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const ticking = setInterval(tick, 1_000);
    return () => clearInterval(ticking);
  }, []);
  return Date.now();
}
