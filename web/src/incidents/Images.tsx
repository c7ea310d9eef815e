// Camera and screen side by side. Nothing is loaded before a purpose is chosen; then the images are
// open for five minutes, and the person in them sees who looked and what for.

import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type Ref, type RefObject, useEffect, useImperativeHandle, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { charter, imageAddress } from "../api/console";
import type { Problem } from "../api/http";
import { type IncidentItem, PURPOSES, type Purpose } from "../api/wire";
import { secondText } from "../board/age";
import { useStore } from "../board/hooks";
import { INCIDENTS_QUERY } from "../board/record";
import { useAsk, useTell } from "../console/kit/ask";
import { Refusal } from "../console/kit/Refusal";
import { type Image, images, look } from "./api";
import { PURPOSE_KEYS } from "./keys";
import { useLeft } from "./useVerdicts";

const OPEN_S = 300;
const KB = 1000;
const LOOK_AGAIN_MS = 3_000; // an image follows its incident within seconds
const COMES_WITHIN_S = 60; // a device says at once which images there will be

export interface ImagesHandle {
  readonly choose: (at: number) => boolean;
  readonly toggle: () => boolean;
}

interface Look {
  readonly purpose: Purpose;
  readonly untilMs: number;
  readonly viewings: ReadonlyMap<string, number>;
}

export interface ImagesProps {
  readonly incident: IncidentItem;
  readonly mayLook: boolean;
  readonly ref: Ref<ImagesHandle>;
}

export function Images({ incident, mayLook, ref }: ImagesProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { clock } = useStore();
  const [open, setOpen] = useState<Look | null>(null);
  const [closed, setClosed] = useState(false);
  const gate = useRef<HTMLButtonElement>(null);
  const asked = useQuery({
    queryKey: [...INCIDENTS_QUERY, "images", incident.id],
    queryFn: () => images(incident.id),
    staleTime: 0,
    refetchInterval: ({ state }) =>
      state.data && !isThere(state.data.items, clock.live() - incident.seen_at)
        ? LOOK_AGAIN_MS
        : false,
  });
  const rules = useAsk(["charter"], charter);
  const allowed = rules.data?.current?.viewing_purposes;
  const purposes = rules.isPending
    ? []
    : PURPOSES.filter((one) => !allowed || allowed.includes(one));
  const found = [...(asked.data?.items ?? [])].sort(byKind);
  const stored = found.filter((one) => one.state === "stored").map(({ id }) => id);
  const looking = useTell(look);
  const { isPending, error } = looking;
  const refresh = () => void queries.invalidateQueries({ queryKey: INCIDENTS_QUERY });
  const opens = (ids: readonly string[], purpose: Purpose, untilMs: number) =>
    looking.mutate(
      { ids, purpose },
      {
        onSuccess: (viewings) => {
          setOpen((old) => ({
            purpose,
            untilMs,
            viewings: new Map([...(old?.viewings ?? []), ...viewings]),
          }));
          refresh();
        },
        onError: refresh, // what is not there any more says so
      },
    );
  const choose = (purpose: Purpose | undefined) => {
    if (!purpose || open || !mayLook || isPending || stored.length === 0) return false;
    setClosed(false);
    opens(stored, purpose, Date.now() + OPEN_S * 1000);
    return true;
  };
  const arrived = open ? stored.filter((id) => !open.viewings.has(id)) : [];
  const follow = useRef(() => {});
  follow.current = () => {
    if (open) opens(arrived, open.purpose, open.untilMs);
  };
  const coming = mayLook && !closed && !isPending && !error && arrived.length > 0;
  useEffect(() => {
    if (coming) follow.current(); // of the same incident, for the same purpose
  }, [coming]);
  const toggle = () => {
    if (open) setClosed((was) => !was);
    else if (gate.current) gate.current.focus();
    else return false;
    return true;
  };
  useImperativeHandle(ref, () => ({ choose: (at) => choose(purposes[at]), toggle }));
  return (
    <>
      {open ? (
        <Shown look={open} closed={closed} onToggle={toggle} onOver={() => setOpen(null)} />
      ) : (
        stored.length > 0 && (
          <Gate
            ref={gate}
            name={incident.name}
            purposes={purposes}
            known={!rules.isPending}
            disabled={!mayLook || isPending}
            onChoose={choose}
          />
        )
      )}
      <Refusal problem={error} />
      <div className="pictures" data-only={found.length === 1 || undefined}>
        {asked.error && !asked.data && (
          <Refusal problem={asked.error as Problem} onRetry={() => void asked.refetch()} />
        )}
        {found.length === 0 && asked.isSuccess && (
          <p className="sub">
            {t(
              isThere(found, clock.now() - incident.seen_at) ? "review.noImages" : "review.waiting",
            )}
          </p>
        )}
        {found.map((one) => (
          <Figure
            key={one.id}
            image={one}
            viewing={open && !closed ? (open.viewings.get(one.id) ?? null) : null}
            onAgain={() => setOpen(null)}
          />
        ))}
      </div>
    </>
  );
}

/** Nothing more is to come; what was seen `ageS` ago and has no image yet may still get one. */
const isThere = (found: readonly Image[], ageS: number): boolean =>
  found.length > 0 ? found.every((one) => one.state !== "pending") : ageS > COMES_WITHIN_S;

const byKind = (a: Image, b: Image) =>
  Number(a.kind === "screen") - Number(b.kind === "screen") ||
  (a.screen ?? 0) - (b.screen ?? 0) ||
  a.taken_at - b.taken_at;

interface GateProps {
  readonly ref: RefObject<HTMLButtonElement | null>;
  readonly name: string;
  readonly purposes: readonly Purpose[];
  readonly known: boolean;
  readonly disabled: boolean;
  readonly onChoose: (purpose: Purpose) => void;
}

function Gate({ ref: first, name, purposes, known, disabled, onChoose }: GateProps) {
  const { t } = useTranslation();
  const ready = purposes.length > 0;
  useEffect(() => {
    const nowhere = document.activeElement === document.body;
    if (ready && nowhere) first.current?.focus({ preventScroll: true });
  }, [ready, first]);
  if (known && !ready) return <p className="gate">{t("review.noPurpose")}</p>;
  return (
    <fieldset className="gate" aria-label={t("review.gate")}>
      <b className="asked">{t("review.gate")}</b>
      {purposes.map((purpose, at) => (
        <Button
          key={purpose}
          ref={at === 0 ? first : undefined}
          variant="default"
          disabled={disabled}
          aria-keyshortcuts={PURPOSE_KEYS[at]}
          onClick={() => onChoose(purpose)}
        >
          {t(`purposes.${purpose}`)}&nbsp;<kbd>{PURPOSE_KEYS[at]}</kbd>
        </Button>
      ))}
      <span className="t1 sub said">{t("review.gateNote", { name })}</span>
    </fieldset>
  );
}

interface ShownProps {
  readonly look: Look;
  readonly closed: boolean;
  readonly onToggle: () => void;
  readonly onOver: () => void;
}

function Shown({ look, closed, onToggle, onOver }: ShownProps) {
  const { t } = useTranslation();
  const left = useLeft(look.untilMs);
  useEffect(() => {
    if (left === 0) onOver();
  }, [left, onOver]);
  const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  return (
    <div className="viewed t1" data-closed={closed || undefined}>
      <b>{t(closed ? "review.closed" : "review.shown")}</b>
      <span>{t("review.shownFor", { purpose: t(`purposes.${look.purpose}`) })}</span>
      <span className="grow" />
      <span className="num">{t("review.left", { time })}</span>
      <Button size="xs" variant="default" aria-keyshortcuts="Space" onClick={onToggle}>
        {t(closed ? "review.reopen" : "review.close")}&nbsp;<kbd>space</kbd>
      </Button>
    </div>
  );
}

interface FigureProps {
  readonly image: Image;
  readonly viewing: number | null;
  readonly onAgain: () => void;
}

function Figure({ image, viewing, onAgain }: FigureProps) {
  const { t } = useTranslation();
  const [failed, setFailed] = useState(0); // the look at which it could not be drawn
  const what = t(`review.${image.kind}`) + (image.screen ? ` ${image.screen + 1}` : "");
  const size = image.width && image.height ? `${image.width}×${image.height}` : "";
  return (
    <figure data-kind={image.kind} data-image={image.id}>
      <div className="frame">
        {image.state !== "stored" ? (
          <WhyNot image={image} what={what} />
        ) : viewing === null ? (
          <Blurred kind={image.kind} label={t("review.blurred", { what })} />
        ) : failed === viewing ? (
          <div className="refusal" role="alert">
            <p>{t("review.failed")}</p>
            <Button size="xs" variant="default" onClick={onAgain}>
              {t("review.lookAgain")}
            </Button>
          </div>
        ) : (
          <img
            src={imageAddress(image.id, viewing)}
            alt={t("review.picture", { name: image.name, what })}
            onError={() => setFailed(viewing)}
          />
        )}
      </div>
      <figcaption>
        {what} {size}
        <span className="num">
          {secondText(image.taken_at)}
          {image.size != null && ` · ${Math.ceil(image.size / KB)} kB`}
        </span>
      </figcaption>
    </figure>
  );
}

function WhyNot({ image: { state, reason }, what }: { image: Image; what: string }) {
  const { t } = useTranslation();
  const said = t(`review.states.${state}`);
  if (state === "pending") return <p className="t1 sub">{t("review.coming", { what })}</p>;
  if (state === "erased" && reason)
    return (
      <p className="t1 sub">
        {t("review.noPicture", { what, why: t(`evidence.erasedWhy.${reason}`, said) })}
      </p>
    );
  const known =
    reason && t(`reason.${reason}`, t(`review.lacks.${reason}`, t("review.lacks.refused")));
  const why = known ? `${said} · ${known}` : said;
  return <p className="t1 sub">{t("review.noPicture", { what, why })}</p>;
}

/** Shapes of anybody and anything: the image itself is not here yet. */
function Blurred({ kind, label }: { kind: Image["kind"]; label: string }) {
  return (
    <svg
      className="blurred"
      viewBox="0 0 160 120"
      preserveAspectRatio="xMidYMid slice"
      role="img"
      aria-label={label}
    >
      {kind === "camera" ? (
        <>
          <circle cx="80" cy="48" r="24" />
          <path d="M24 120c0-32 24-44 56-44s56 12 56 44z" />
        </>
      ) : (
        <>
          <path d="M0 0h160v14H0zM0 14h34v106H0z" />
          <path d="M44 26h50v6H44zM44 42h96v4H44zM44 54h96v4H44zM44 66h96v4H44zM44 78h70v4H44z" />
        </>
      )}
    </svg>
  );
}
