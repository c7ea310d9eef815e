import { describe, expect, it } from "vitest";
import type { IncidentItem, IncidentNews } from "../api/wire";
import { isAlarm, NO_NEWS, newestFirst, withNews, withRecord } from "./feed";

const news = (change: Partial<IncidentNews> = {}, seen = 10): IncidentNews => ({
  member: 1,
  phase: "opened",
  sighting: { id: "a", kind: "peeping", opened_at: 5, seen_at: seen },
  ...change,
});

const item = (id: string, openedAt: number, change: Partial<IncidentItem> = {}): IncidentItem => ({
  id,
  member: 1,
  name: "甲",
  device: 1,
  kind: "peeping",
  opened_at: openedAt,
  seen_at: openedAt,
  ...change,
});

const only = (feed: ReturnType<typeof withNews>) => newestFirst(feed)[0];

describe("the feed", () => {
  it("marks an incident until it is recorded", () => {
    const shown = withNews(NO_NEWS, [news()]);
    expect(only(shown)).toMatchObject({ recorded: false, ongoing: true });
    expect(only(withNews(shown, [news({ phase: "recorded" })]))?.recorded).toBe(true);
    expect(only(withRecord(shown, [item("a", 5)]))?.recorded).toBe(true);
  });

  it("keeps one entry an incident, and never goes back", () => {
    const ended = withNews(NO_NEWS, [news(), news({ phase: "ended" }, 30)]);
    const replayed = withNews(ended, [news({}, 10)]);
    expect(newestFirst(replayed)).toHaveLength(1);
    expect(only(replayed)).toMatchObject({ ongoing: false, seenAt: 30 });
  });

  it("is newest first, whatever came when", () => {
    const feed = withRecord(withNews(NO_NEWS, [news()]), [item("b", 50), item("c", 1)]);
    expect(newestFirst(feed).map(({ id }) => id)).toEqual(["b", "a", "c"]);
  });
});

it("only the live opening of an incident is an alarm", () => {
  expect(isAlarm(news())).toBe(true);
  expect(isAlarm(news({ late: true }))).toBe(false);
  expect(isAlarm(news({ phase: "seen" }))).toBe(false);
  expect(isAlarm(news({ phase: "ended" }))).toBe(false);
});
