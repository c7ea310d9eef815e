// The time, for pages that show days: a new one every so often.

import { useEffect, useState } from "react";

const EVERY_MS = 15_000;
const read = () => Math.floor(Date.now() / 1000);

/** Seconds since 1970. */
export function useNow(everyMs = EVERY_MS): number {
  const [now, setNow] = useState(read);
  useEffect(() => {
    const timer = setInterval(() => setNow(read()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
