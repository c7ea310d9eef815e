// What the hub says of maintenance, asked now and then by every page; and how its time is written.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { CLOSED, call } from "../api/http";
import type { MaintenanceNotice, MaintenanceState } from "../api/shapes";

const EVERY_MS = 30_000;
const NEAR_MS = 5_000;
const NEAR_S = 60;
const KEY = "maintenance";

/** Near its planned begin, and while it runs, a change must be seen soon. */
export function everyMs(state: MaintenanceState | undefined): number {
  const window = state?.window;
  if (!state || !window) return EVERY_MS;
  const near = window.stage === "running" || window.begins_at - state.now < NEAR_S;
  return near ? NEAR_MS : EVERY_MS;
}

/** The window that runs or is announced. When one has ended, everything is asked anew. */
export function useUpkeep(): MaintenanceNotice | null {
  const { i18n } = useTranslation();
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: [KEY, i18n.language],
    queryFn: () => call<MaintenanceState>("GET", "maintenance"),
    refetchInterval: ({ state }) => everyMs(state.data),
    staleTime: 0,
    retry: false,
  });
  const window = data?.window ?? null;
  const running = window?.stage === "running";
  const ran = useRef(false);
  useEffect(() => {
    if (ran.current && !running)
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY });
    ran.current = running;
  }, [running, queries]);
  useEffect(() => {
    const look = () => void queries.invalidateQueries({ queryKey: [KEY] });
    addEventListener(CLOSED, look);
    return () => removeEventListener(CLOSED, look);
  }, [queries]);
  return window;
}

/** 11/23(月) 2:00–4:00 JST, by the clock of whoever reads it. */
export function spanText(begin: number, end: number, language: string, timeZone?: string): string {
  const locale = language === "ja" ? "ja-JP" : "en-GB";
  const zone = timeZone ? { timeZone } : {};
  const day = new Intl.DateTimeFormat(locale, {
    ...zone,
    month: language === "ja" ? "numeric" : "short",
    day: "numeric",
    weekday: "short",
  });
  const time = new Intl.DateTimeFormat(locale, {
    ...zone,
    hour: "numeric",
    minute: "2-digit",
    hourCycle: "h23",
    timeZoneName: "short",
  });
  const [from, to] = [begin * 1000, end * 1000];
  const begins = `${day.format(from)} ${clockOf(time, from)}`;
  const ends = day.format(from) === day.format(to) ? "" : `${day.format(to)} `;
  const name = time.formatToParts(to).find(({ type }) => type === "timeZoneName")?.value ?? "";
  return `${begins}–${ends}${clockOf(time, to)} ${name}`;
}

const clockOf = (format: Intl.DateTimeFormat, at: number): string =>
  format
    .formatToParts(at)
    .filter(({ type }) => type === "hour" || type === "minute")
    .map(({ value }) => value)
    .join(":");
