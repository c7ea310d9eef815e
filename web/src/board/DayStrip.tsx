// One person's day from 8:00 to 20:00 at the foot of a tile; words and ages beside it say the same.

import { createContext, memo, useCallback, useContext, useSyncExternalStore } from "react";
import { background } from "../strip/layers";
import { useMinutes } from "./clock";
import { type Days, stretches } from "./days";
import { useLink, useStore } from "./hooks";

export const DaysContext = createContext<Days | null>(null);

const HOUR_S = 3_600;
const OPENS_S = 8 * HOUR_S;
const CLOSES_S = 20 * HOUR_S;

export const DayStrip = memo(function DayStrip(props: { member: number; heightPx: number }) {
  const days = useContext(DaysContext);
  return days ? <Strip days={days} {...props} /> : null;
});

/** Who may not see somebody's day gets no strip, rather than an empty day. */
function Strip({ days, member, heightPx }: { days: Days; member: number; heightPx: number }) {
  const { clock, past } = useStore();
  const { phase, lastNews } = useLink();
  const subscribe = useCallback(
    (listener: () => void) => days.subscribe(member, listener),
    [days, member],
  );
  const runs = useSyncExternalStore(subscribe, () => days.runs(member)) ?? [];
  const from = days.from();
  const now = from + 60 * (useMinutes(clock, from) + (past ? 0 : 1)); // nothing after the moment
  const until = phase === "lost" && lastNews !== null ? lastNews : now;
  const frame = { from: from + OPENS_S, to: from + CLOSES_S, heightPx };
  return (
    <i
      className="strip"
      aria-hidden="true"
      data-runs={runs.length || undefined}
      style={{
        height: heightPx,
        background: runs.length > 0 ? background(stretches(runs, from, until), frame) : undefined,
      }}
    />
  );
}
