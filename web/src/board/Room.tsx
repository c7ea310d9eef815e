// One group of the wall: its name, and its cells as one thing that takes the focus. The cells lie under
// it, on sheets that several groups share; on paper they are a picture of its own.

import { memo, useId } from "react";
import { useTranslation } from "react-i18next";
import { Cells } from "./Cells";
import { GroupHead } from "./Floor";
import type { Palette } from "./paint";
import { cellsOf, type WallBlock } from "./plan";
import type { Point } from "./Told";

export interface RoomProps {
  readonly block: WallBlock;
  readonly palette: Palette;
  readonly paper: boolean;
  /** How far from the left of the wall its groups begin. */
  readonly besidePx: number;
  readonly cursor: number | null;
  readonly tabbable: boolean;
  /** What tells who is at the cursor. */
  readonly told: string;
  readonly onEnter: (member: number) => void;
  readonly onOpen: (member: number) => void;
  readonly find: (at: Point) => number | null;
}

export const Room = memo(function Room(props: RoomProps) {
  const { block, palette, paper, besidePx, cursor, tabbable, told, onEnter, onOpen, find } = props;
  const { section, leftPx, topPx, widthPx, heightPx, headPx } = block;
  const { t } = useTranslation();
  const title = useId();
  const stretch = cellsOf(block, palette.cell);
  const name = section.path.at(-1) ?? t("board.noGroup");
  return (
    <section
      className="room"
      aria-labelledby={headPx > 0 ? title : undefined}
      style={
        paper
          ? undefined
          : { left: leftPx + besidePx, top: topPx, width: widthPx, height: heightPx }
      }
    >
      {headPx > 0 && <GroupHead section={section} title={title} />}
      <div data-member={cursor ?? section.members[0]} className="cells">
        <button
          type="button"
          aria-label={t("wall.room", { name, count: section.members.length })}
          aria-describedby={cursor === null ? undefined : told}
          tabIndex={tabbable ? 0 : -1}
          style={paper ? undefined : { width: stretch.widthPx, height: stretch.heightPx }}
          onFocus={() => {
            const first = section.members[0];
            if (cursor === null && first !== undefined) onEnter(first);
          }}
          onClick={(event) => {
            const member = event.detail === 0 ? cursor : find(event); // 0: by a key
            if (member !== null) onOpen(member);
          }}
        >
          {paper && (
            <Cells
              sheet={{ stretch, tallPx: stretch.heightPx, blocks: [block] }}
              palette={palette}
              cursor={cursor}
            />
          )}
        </button>
      </div>
    </section>
  );
});
