// A new incident interrupts whoever listens to the screen; sound and a notification of the desktop
// as the person chose. Nothing else on the page interrupts.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { IncidentNews } from "../api/wire";
import { isAlarm } from "../board/feed";
import { useStore } from "../board/hooks";
import { NOTICES } from "../notices/api";
import { go } from "../shell/place";
import { channelsOf } from "./alarms";
import { notifications } from "./api";
import { ringFor, soundIsOn } from "./sound";

export const NOTIFICATIONS = ["account", "notifications"] as const;

const TOLD_AFTER_MS = 3_000; // the board hears it first; a notice comes a second after the record has it

export interface AlarmProps {
  readonly me: number;
  /** Whether the page under it shows no incidents, so that even its reader must be told. */
  readonly alone?: boolean;
}

export function Alarm({ me, alone = false }: AlarmProps) {
  const { t } = useTranslation();
  const store = useStore();
  const [said, setSaid] = useState("");
  const { data: chosen } = useQuery({ queryKey: NOTIFICATIONS, queryFn: notifications });
  const queries = useQueryClient();
  const unheard = useRef<IncidentNews[]>([]); // came before it was known how to call
  useEffect(() => {
    let looking: number | undefined;
    const look = () => void queries.invalidateQueries({ queryKey: NOTICES });
    const call = (news: IncidentNews): void => {
      if (!chosen) {
        unheard.current.push(news);
        return;
      }
      const { kind, id } = news.sighting;
      const channels = channelsOf(news, chosen, me, store.clock.live());
      if (channels.includes("sound") && soundIsOn()) ringFor(id, kind);
      const reading = !alone && !document.hidden && document.hasFocus();
      if (reading || !channels.includes("desktop")) return;
      const key = news.phase === "escalated" ? "incidents.unanswered" : "incidents.opened";
      notify(t(key, { kind: t(`kind.${kind}`) }), store.card(news.member)?.name ?? "", id);
    };
    for (const news of unheard.current.splice(0)) call(news);
    const unhear = store.onNews((news) => {
      const name = store.card(news.member)?.name ?? "";
      if (news.phase === "opened" || news.phase === "escalated") {
        clearTimeout(looking);
        looking = window.setTimeout(look, TOLD_AFTER_MS);
      }
      if (isAlarm(news))
        setSaid(t("incidents.alarm", { kind: t(`kind.${news.sighting.kind}`), name }));
      call(news);
    });
    return () => {
      clearTimeout(looking);
      unhear();
    };
  }, [store, t, chosen, me, alone, queries]);
  return (
    <p className="unseen" role="alert" data-alarm>
      {said}
    </p>
  );
}

/** Where it is allowed; several tabs show it once. */
function notify(title: string, body: string, incident: string): void {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const shown = new Notification(title, { body, tag: incident });
  shown.onclick = () => {
    focus();
    go(`/incidents?incident=${incident}`);
    shown.close();
  };
}
