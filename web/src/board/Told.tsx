// Who it is: the wall itself has no names. The one at the cursor is told, and the one under the pointer.

import { type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSeat, useStore } from "./hooks";
import { cellOf, type Plan, type WallBlock } from "./plan";
import { When } from "./Tile";

const BELOW_PX = 2; // its cell
const SETTLED_MS = 150; // without a step of the scroll

export interface ToldProps {
  readonly id: string;
  readonly frame: RefObject<HTMLElement | null>;
  readonly plan: Plan;
  readonly cell: number;
  /** The wall, and how far from its left its groups begin. */
  readonly widePx: number;
  readonly besidePx: number;
  readonly cursor: number | null;
  /** Counts up when the cursor was moved otherwise than by the pointer. */
  readonly summons: number;
  /** Who stands at a point of the window. */
  readonly find: (at: Point) => number | null;
}

export interface Point {
  readonly clientX: number;
  readonly clientY: number;
}

export function Told(props: ToldProps) {
  const { id, frame, plan, cell, widePx, besidePx, cursor, summons, find } = props;
  const under = useUnder(frame, summons, find);
  const at = (member: number | null) =>
    member === null
      ? undefined
      : plan.blocks.find(({ section }) => section.members.includes(member));
  const [home, over] = [at(cursor), at(under)];
  const place = { cell, widePx, besidePx };
  return (
    <>
      {cursor !== null && home && home !== over && (
        <Name key={cursor} id={id} member={cursor} block={home} {...place} />
      )}
      {under !== null && over && (
        <Name
          key={`under ${under}`}
          id={home === over ? id : undefined}
          member={under}
          block={over}
          {...place}
        />
      )}
    </>
  );
}

interface NameProps {
  readonly id: string | undefined;
  readonly member: number;
  readonly block: WallBlock;
  readonly cell: number;
  readonly widePx: number;
  readonly besidePx: number;
}

function Name({ id, member, block, cell, widePx, besidePx }: NameProps) {
  const { t } = useTranslation();
  const store = useStore();
  const seat = useSeat(member);
  const at = cellOf(block, cell, member);
  if (!at) return null;
  const leftPx = at.leftPx + besidePx;
  const towardsLeft = at.leftPx - block.leftPx > block.widthPx / 2;
  return (
    <span
      id={id}
      className="told"
      role="status"
      style={{
        top: at.topPx + cell + BELOW_PX,
        ...(towardsLeft ? { right: widePx - leftPx - cell } : { left: leftPx }),
      }}
    >
      <b>{store.card(member)?.name}</b>
      {seat.alert ? t(`kind.${seat.alert.kind}`) : t(`label.${seat.label}`)}
      <When seat={seat} />
    </span>
  );
}

/** Who is under the pointer. While the page scrolls, nobody is: names would only flicker by. */
function useUnder(
  frame: RefObject<HTMLElement | null>,
  summons: number,
  find: ToldProps["find"],
): number | null {
  const [under, setUnder] = useState<number | null>(null);
  const at = useRef<Point>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: who walks by keys has left the pointer
  useEffect(() => {
    at.current = null;
    setUnder(null);
  }, [summons]);
  useEffect(() => {
    const wall = frame.current;
    if (!wall) return;
    let settled = 0;
    const tell = () => setUnder(at.current && find(at.current));
    const moved = ({ clientX, clientY }: PointerEvent) => {
      at.current = { clientX, clientY };
      if (settled === 0) tell();
    };
    const left = () => {
      at.current = null;
      setUnder(null);
    };
    const scrolled = () => {
      setUnder(null);
      clearTimeout(settled);
      settled = window.setTimeout(() => {
        settled = 0;
        tell();
      }, SETTLED_MS);
    };
    wall.addEventListener("pointermove", moved);
    wall.addEventListener("pointerleave", left);
    addEventListener("scroll", scrolled, { passive: true });
    return () => {
      wall.removeEventListener("pointermove", moved);
      wall.removeEventListener("pointerleave", left);
      removeEventListener("scroll", scrolled);
      clearTimeout(settled);
    };
  }, [frame, find]);
  return under;
}
