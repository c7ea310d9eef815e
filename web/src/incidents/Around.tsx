// What was around an incident: the person's presence an hour before and after, and what else happened.

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { IncidentItem } from "../api/wire";
import { timeText } from "../board/age";
import { Glyph } from "../board/Glyph";
import { useStore } from "../board/hooks";
import { Link } from "../shell/Link";
import { background } from "../strip/layers";
import { around } from "./api";

const HOUR_S = 3600;
const STRIP_PX = 40;
const TICKS = [0, 0.25, 0.5, 0.75] as const;
const LISTED_MAX = 6; // the rest on request: what follows must stay in reach
const WORD_FROM = 0.08; // of the width; a narrower stretch has its word in the title alone

export interface AroundProps {
  readonly incident: IncidentItem;
  readonly neighbours: readonly IncidentItem[];
}

export function Around({ incident, neighbours }: AroundProps) {
  const { t } = useTranslation();
  const away = (one: IncidentItem) => Math.abs(one.opened_at - incident.opened_at);
  const nearest = [...neighbours].sort((a, b) => away(a) - away(b));
  return (
    <section className="around" aria-label={t("review.around")}>
      <h3>{t("review.around")}</h3>
      <div>
        <Strip incident={incident} neighbours={neighbours} />
        {neighbours.length === 0 ? (
          <p className="t1 sub">{t("review.nothingAround")}</p>
        ) : (
          <Listed neighbours={nearest.slice(0, LISTED_MAX)} />
        )}
        {nearest.length > LISTED_MAX && (
          <details className="t1">
            <summary>{t("review.moreAround", { n: nearest.length - LISTED_MAX })}</summary>
            <Listed neighbours={nearest.slice(LISTED_MAX)} />
          </details>
        )}
      </div>
    </section>
  );
}

function Listed({ neighbours }: Pick<AroundProps, "neighbours">) {
  const { t } = useTranslation();
  const { clock } = useStore();
  return (
    <ul className="t1">
      {neighbours.map((one) => (
        <li key={one.id} data-near={one.id}>
          <Link href={addressOf(one.id)} data-s="incident">
            <Glyph tone="incident" size={10} /> {t(`kind.${one.kind}`)}
          </Link>
          <span className="num sub">{timeText(one.opened_at, clock.now())}</span>
          <span className="sub">
            {one.verdict ? t(`review.verdict.${one.verdict}`) : t("review.unjudged")}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** The same queue as now, with another one under review. */
function addressOf(id: string): string {
  const asked = new URLSearchParams(location.search);
  asked.set("incident", id);
  return `/incidents?${asked}`;
}

function Strip({ incident, neighbours }: AroundProps) {
  const { t } = useTranslation();
  const { clock } = useStore();
  const from = incident.opened_at - HOUR_S;
  const until = incident.seen_at + HOUR_S;
  const now = clock.now();
  const { data } = useQuery({
    queryKey: ["incidents", "around", incident.id],
    queryFn: () => around(incident.member, from, Math.min(until, now)),
  });
  if (!data) return null;
  const stretches = data.spans.map(({ at, to, label }) => ({ from: at, to, label }));
  const share = (at: number) => (at - from) / (until - from);
  const at = (when: number) => ({ left: `${100 * share(when)}%` });
  return (
    <div className="big-strip num t1" role="img" aria-label={spoken()}>
      <div
        className="blocks"
        style={{ background: background(stretches, { from, to: until, heightPx: STRIP_PX }) }}
      />
      {stretches.map(
        (one) =>
          share(one.to) - share(one.from) > WORD_FROM &&
          one.label !== "off" && (
            <b
              key={one.from}
              className="word"
              style={at((one.from + one.to) / 2)}
              data-s={one.label}
            >
              {t(`label.${one.label}`)}
            </b>
          ),
      )}
      {[...neighbours, incident].map((one) => (
        <span key={one.id} className="peak" data-s="incident" style={at(one.opened_at)}>
          <Glyph tone="incident" size={one === incident ? 16 : 10} />
        </span>
      ))}
      {TICKS.map((tick) => {
        const when = from + tick * (until - from);
        return (
          <span key={tick} className="tick-at" style={at(when)}>
            {timeText(when, when)}
          </span>
        );
      })}
      {now < until && (
        <span className="now" style={at(now)}>
          {t("review.now", { time: timeText(now, now) })}
        </span>
      )}
    </div>
  );

  function spoken(): string {
    const said = stretches.map(
      (one) => `${timeText(one.from, one.from)} ${t(`label.${one.label}`)}`,
    );
    return `${t("review.aroundStrip", { name: incident.name })}: ${said.join(", ")}`;
  }
}
