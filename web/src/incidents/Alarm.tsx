// A new incident interrupts whoever listens to the screen; sound and a notification of the desktop
// as the person chose. Nothing else on the page interrupts.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { IncidentNews } from "../api/wire";
import { isAlarm } from "../board/feed";
import { useStore } from "../board/hooks";
import { NOTICES } from "../notices/api";
import { channelsOf } from "./alarms";
import { notifications } from "./api";
import { type Burst, joined, leading, others } from "./burst";
import { Bursts, notify } from "./desktop";
import { ringFor, soundIsOn } from "./sound";

export const NOTIFICATIONS = ["account", "notifications"] as const;

const TOLD_AFTER_MS = 3_000; // a notice comes a second after the record has an opening

// The board hears of an opening first, and again when the record has it.
const NOTICED: readonly IncidentNews["phase"][] = ["opened", "recorded", "escalated"];

// Of this window, whichever page of it listens.
const BURSTS = new Bursts();

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
  const spoken = useRef<Burst>(undefined);
  useEffect(() => {
    let looking: number | undefined;
    const look = () => void queries.invalidateQueries({ queryKey: NOTICES });
    const callOf = ({ member, sighting: { id, kind } }: IncidentNews) => ({
      id,
      kind,
      member,
      name: store.card(member)?.name ?? "",
    });
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
      const what = news.phase === "escalated" ? "unanswered" : "opened";
      BURSTS.hear(news.phase, callOf(news), (burst, again) =>
        notify(inWords(t, what, burst), names(t, burst), burst, again),
      );
    };
    for (const news of unheard.current.splice(0)) call(news);
    const unhear = store.onNews((news) => {
      if (NOTICED.includes(news.phase)) {
        clearTimeout(looking);
        looking = window.setTimeout(look, TOLD_AFTER_MS);
      }
      if (isAlarm(news)) {
        spoken.current = joined(spoken.current, callOf(news), Date.now());
        setSaid(inWords(t, "alarm", spoken.current));
      }
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

function inWords(t: TFunction, what: "alarm" | "opened" | "unanswered", burst: Burst): string {
  const n = burst.calls.length;
  const kind = t(`kind.${leading(burst).kind}`);
  return t(`incidents.${n > 1 ? (`${what}Many` as const) : what}`, {
    n,
    kind,
    name: names(t, burst),
  });
}

/** Whom the gravest is about, and how many people the others are about. */
function names(t: TFunction, burst: Burst): string {
  const { name } = leading(burst);
  const n = others(burst);
  return n > 0 ? t("incidents.andOthers", { name, n }) : name;
}
