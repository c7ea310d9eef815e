// Where a person stands on the board, as a tile or as a row: position, state, focus and pointer.

import { type CSSProperties, type ReactNode, type RefObject, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { SeatView } from "../api/wire";
import { useStore } from "./hooks";
import { isUncertain } from "./label";

/** A change is marked for 200 ms (--mark); one that is older when its place is drawn is not news. */
const NEWS_MS = 300;
const WHOLE_PAD_PX = 6; // the frame of a name that shows whole
const WHOLE_RISE_PX = 2;

export interface PlaceProps {
  readonly member: number;
  readonly name: string;
  readonly at: Slot;
  readonly tabbable: boolean;
  readonly onEnter: (member: number) => void;
  readonly onOpen: (member: number) => void;
}

/** Where it stands in its group's list. */
export interface Slot {
  readonly left: string;
  readonly top: number;
  readonly width: string;
  readonly position: number;
  readonly of: number;
}

interface Shell extends PlaceProps {
  readonly kind: "tile" | "row";
  readonly seat: SeatView;
  /** Its content; the name's element takes the reference, for a name that is cut shows whole. */
  readonly children: (name: RefObject<HTMLSpanElement | null>) => ReactNode;
}

export function Place({
  kind,
  seat,
  member,
  name,
  at,
  tabbable,
  onEnter,
  onOpen,
  children,
}: Shell) {
  const mark = useNewsMark(member);
  const late = useStore().late.has(member);
  const whole = useWhole(name);
  return (
    <li
      className={kind}
      aria-posinset={at.position}
      aria-setsize={at.of}
      style={kind === "tile" ? { left: at.left, top: at.top, width: at.width } : { top: at.top }}
      data-member={member}
      data-label={seat.label}
      data-alert={seat.alert?.kind}
      data-s={seat.alert ? "incident" : seat.label}
      data-uncertain={isUncertain(seat.label) || undefined}
      data-late={late || undefined}
      data-mark={mark}
    >
      <button
        type="button"
        tabIndex={tabbable ? 0 : -1}
        onFocus={() => {
          whole.measure();
          onEnter(member);
        }}
        onClick={() => onOpen(member)}
      >
        {children(whole.label)}
        {late && <ToldLater />}
        {whole.shown}
      </button>
    </li>
  );
}

/** What the dotted line under the state says. */
function ToldLater() {
  return <span className="unseen">{useTranslation().t("board.toldLater")}</span>;
}

export function samePlace(before: PlaceProps, after: PlaceProps): boolean {
  return (
    before.member === after.member &&
    before.name === after.name &&
    before.tabbable === after.tabbable &&
    before.at.position === after.at.position &&
    before.at.of === after.at.of &&
    before.at.width === after.at.width &&
    before.at.left === after.at.left &&
    before.at.top === after.at.top
  );
}

interface Whole {
  readonly label: RefObject<HTMLSpanElement | null>;
  readonly measure: () => void;
  readonly shown: ReactNode;
}

/** Over the name, and to its left where the board would end before the name does. */
function over(name: HTMLElement): CSSProperties {
  const board = name.closest(".people")?.getBoundingClientRect().right ?? innerWidth;
  const ends = name.getBoundingClientRect().left + name.scrollWidth + 2 * WHOLE_PAD_PX;
  const top = name.offsetTop - WHOLE_RISE_PX;
  return ends > board ? { top, right: 0 } : { top, left: name.offsetLeft - WHOLE_PAD_PX };
}

/** A name that was cut shows whole while it has the focus. */
function useWhole(name: string): Whole {
  const label = useRef<HTMLSpanElement>(null);
  const [cut, setCut] = useState<CSSProperties | null>(null);
  const measure = () => {
    const at = label.current;
    setCut(at !== null && at.scrollWidth > at.clientWidth ? over(at) : null);
  };
  const shown = cut && (
    <span className="whole" aria-hidden="true" style={cut}>
      {name}
    </span>
  );
  return { label, measure, shown };
}

/** Alternates between two names so that a second change starts the mark anew. */
function useNewsMark(member: number): "a" | "b" | undefined {
  const change = useStore().changed(member);
  if (!change || performance.now() - change.atMs > NEWS_MS) return undefined;
  return change.times % 2 ? "a" : "b";
}
