// The very tile of the boards, of one person, on a page that is about them.

import { useEffect, useMemo, useState } from "react";
import type { SeatNow } from "../api/record";
import { HubClock } from "../board/clock";
import { DaysContext } from "../board/DayStrip";
import { Days } from "../board/days";
import { StoreContext } from "../board/hooks";
import { BoardStore } from "../board/store";
import { Tile } from "../board/Tile";
import "../styles/board.css";

const PLACE = { left: "0", top: 0, width: "100%", position: 1, of: 1 };
const NOTHING = () => {};

export interface SeatTileProps {
  readonly label: string;
  readonly name: string;
  readonly told: SeatNow;
  /** Since when nobody answers, if so. */
  readonly lost: number | null;
  readonly onOpen: () => void;
}

export function SeatTile({ label, name, told, lost, onOpen }: SeatTileProps) {
  const { member } = told.seat;
  const [store] = useState(() => new BoardStore(new HubClock()));
  const days = useMemo(() => new Days(store), [store]);
  useEffect(() => days.start(), [days]);
  useEffect(() => {
    store.clock.told(told.at);
    const seats = [told.seat];
    if (store.known()) store.patch({ do: "patch", seats, ...NO_OTHERS });
    else store.replace({ do: "replace", members: [], groups: [], seats });
    store.setLink({ phase: lost === null ? "live" : "lost", lastNews: told.at });
  }, [store, told, lost]);
  return (
    <StoreContext value={store}>
      <DaysContext value={days}>
        <ul className="one-tile" aria-label={label}>
          <Tile member={member} name={name} at={PLACE} tabbable onEnter={NOTHING} onOpen={onOpen} />
        </ul>
      </DaysContext>
    </StoreContext>
  );
}

const NO_OTHERS = { gone: [], members: [], groups: [], incidents: [] };
