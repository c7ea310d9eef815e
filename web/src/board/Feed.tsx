// What moved today, one line each, while the page is open; it can be held still to be read.

import { Button } from "@mantine/core";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { timeText } from "./age";
import { Mark } from "./Glyph";
import { useCard, useStore } from "./hooks";
import type { Move, Moves } from "./moves";

export function Feed({ moves, onOpen }: { moves: Moves; onOpen: (member: number) => void }) {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(moves.subscribe, moves.shown);
  const held = useSyncExternalStore(moves.subscribe, moves.held);
  return (
    <section className="moves" aria-label={t("moves.title")}>
      <h2 className="rail-head">
        {t("moves.title")}
        <Button
          size="xs"
          variant="subtle"
          aria-pressed={held}
          rightSection={<kbd>p</kbd>}
          onClick={() => moves.hold(!held)}
        >
          {t(held ? "moves.go" : "moves.hold")}
        </Button>
      </h2>
      {shown.length === 0 ? (
        <p className="note">{t("moves.none")}</p>
      ) : (
        <ul aria-live="polite" aria-relevant="additions">
          {shown.map((move) => (
            <Line key={move.number} move={move} onOpen={onOpen} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Line({ move, onOpen }: { move: Move; onOpen: (member: number) => void }) {
  const { t } = useTranslation();
  const { clock } = useStore();
  const name = useCard(move.member)?.name;
  if (!name) return null;
  return (
    <li>
      <time className="num">{timeText(move.at, clock.now())}</time>
      {move.kind ? (
        <Mark tone="incident" word={t(`kind.${move.kind}`)} />
      ) : (
        move.label && <Mark tone={move.label} word={t(`label.${move.label}`)} />
      )}
      <button type="button" className="who cut" onClick={() => onOpen(move.member)}>
        {name}
      </button>
    </li>
  );
}
