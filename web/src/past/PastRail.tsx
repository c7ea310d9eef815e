// What was open at the moment that the time machine shows, from the seats themselves.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { timeText } from "../board/age";
import { Glyph } from "../board/Glyph";
import { useArrangement, useStore } from "../board/hooks";

export function PastRail({ onOpen }: { onOpen: (member: number) => void }) {
  const { t } = useTranslation();
  const store = useStore();
  useArrangement();
  const open = [...store.members().values()].flatMap(({ id, name }) => {
    const { alert } = store.seat(id);
    return alert ? [{ id, name, alert }] : [];
  });
  return (
    <section className="past-rail" aria-label={t("past.openThen")}>
      <h2>
        {t("past.openThen")} <span className="num sub">{open.length}</span>
      </h2>
      <ul>
        {open.map(({ id, name, alert }) => (
          <li key={id} data-s="incident">
            <span className="tag now">
              <Glyph tone="incident" size={10} /> {t(`kind.${alert.kind}`)}
            </span>
            <span className="num t1">{timeText(alert.at, store.clock.now())}</span>
            <Button variant="default" size="xs" onClick={() => onOpen(id)}>
              {name}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
