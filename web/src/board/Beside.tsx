// Beside the people: the whole floor at one glance, and what happened or who is worth a look.

import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Incidents } from "../incidents/Rail";
import type { Player } from "../past/player";
import { Feed } from "./Feed";
import type { Density } from "./filter";
import type { Moves } from "./moves";
import { Overview } from "./Overview";
import type { RecordPages } from "./record";
import { Worth } from "./Worth";

const PastRail = lazy(() => import("../past/PastRail"));

export interface BesideProps {
  readonly density: Density;
  /** Of a moment that has gone; null: now. */
  readonly player: Player | null;
  readonly record: RecordPages;
  readonly moves: Moves;
  readonly review: boolean;
  readonly onGo: (member: number) => void;
  readonly onOpen: (member: number) => void;
}

export function Beside(props: BesideProps) {
  const { density, player, record, moves, review, onGo, onOpen } = props;
  const { t } = useTranslation();
  return (
    <aside className="rail" aria-label={t("board.beside")}>
      <Overview onGo={onGo} />
      {player ? (
        <Suspense fallback={null}>
          <PastRail player={player} onOpen={onOpen} review={review} />
        </Suspense>
      ) : density === "wall" ? (
        <Worth onOpen={onOpen} />
      ) : (
        <>
          <Incidents record={record} onOpen={onOpen} review={review} />
          <Feed moves={moves} onOpen={onOpen} />
        </>
      )}
    </aside>
  );
}
