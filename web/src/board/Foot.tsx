// Where nothing fits beside the people: what is new waits at the foot of the screen, and a drawer has it all.

import { Button, CloseButton, Drawer } from "@mantine/core";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Incidents, useEntries } from "../incidents/Rail";
import type { Player } from "../past/player";
import { GiveBack } from "../shell/GiveBack";
import { Glyph } from "./Glyph";
import { useAgo, useArrangement, useStore } from "./hooks";
import type { RecordPages } from "./record";

const PastRail = lazy(() => import("../past/PastRail"));

export interface FootProps {
  /** Of a moment that has gone; null: now. */
  readonly player: Player | null;
  readonly record: RecordPages;
  readonly review: boolean;
  readonly opened: boolean;
  readonly onOpened: (opened: boolean) => void;
  readonly onOpen: (member: number) => void;
}

export function Foot({ player, record, review, opened, onOpened, onOpen }: FootProps) {
  const { t } = useTranslation();
  const show = () => onOpened(true);
  const close = () => onOpened(false);
  return (
    <>
      {player ? <PastDock onShow={show} /> : <Dock onShow={show} />}
      <Drawer
        opened={opened}
        onClose={close}
        position="bottom"
        size="80%"
        withCloseButton={false}
        overlayProps={{ backgroundOpacity: 0.3 }}
        className="feed-drawer"
      >
        <GiveBack />
        <CloseButton className="feed-close" aria-label={t("detail.close")} onClick={close} />
        {player ? (
          <Suspense fallback={null}>
            <PastRail player={player} onOpen={onOpen} review={review} />
          </Suspense>
        ) : (
          <Incidents record={record} onOpen={onOpen} review={review} />
        )}
      </Drawer>
    </>
  );
}

/** On a phone the newest incident waits at the foot of the screen. */
function Dock({ onShow }: { onShow: () => void }) {
  const { t } = useTranslation();
  const store = useStore();
  const { counts } = useArrangement();
  const newest = useEntries()[0];
  const ago = useAgo(newest?.openedAt ?? 0);
  if (!newest || counts.todo === 0) return null;
  return (
    <div className="dock">
      <span className="tag now" data-s="incident">
        <Glyph tone="incident" size={10} />
        {t("label.todo")} {counts.todo}
      </span>
      <span className="cut t1 grow">
        {t(`kind.${newest.kind}`)} {store.card(newest.member)?.name} · {ago}
      </span>
      <Button onClick={onShow}>{t("incidents.show")}</Button>
    </div>
  );
}

/** On a phone what happened around a moment that has gone waits there. */
function PastDock({ onShow }: { onShow: () => void }) {
  const { t } = useTranslation();
  const { counts } = useArrangement();
  return (
    <div className="dock past-dock">
      {counts.todo > 0 && (
        <span className="tag" data-s="incident">
          <Glyph tone="incident" size={10} />
          {t("label.todo")} {counts.todo}
        </span>
      )}
      <span className="grow" />
      <Button variant="default" onClick={onShow}>
        {t("board.around")}
      </Button>
    </div>
  );
}
