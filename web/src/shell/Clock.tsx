// The time of day and the date in Japan, in the bar above every page.

import { useTranslation } from "react-i18next";
import { useNow } from "../days/now";
import { clockText, dayOf, dayText } from "../days/tokyo";

const TICK_MS = 1_000; // it turns with the minute, as other clocks in the room do

export function Clock() {
  const { i18n } = useTranslation();
  const now = useNow(TICK_MS);
  const day = dayOf(now);
  return (
    <time className="clock num" dateTime={`${day}T${clockText(now).padStart(5, "0")}+09:00`}>
      <b>{clockText(now)}</b> <span>{dayText(day, i18n.language, day)}</span>
    </time>
  );
}
