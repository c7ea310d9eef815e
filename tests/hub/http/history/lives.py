"""A record with days of random histories in it, and its figures recomputed in plain SQL."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.protocol.facts import IncidentKind, Label, Phase, Sighting, Verdict
from storage.seats.devices import add_device
from storage.seats.transitions import Number, Step, record
from storage.seats.verdicts import judge
from tests.hub.history.world import World

HOUR = timedelta(hours=1)


@dataclass
class Lived:
    """Somebody and what became of their seat."""

    member: int
    world: World


async def lived(
    engine: AsyncEngine,
    tenant: int,
    member: int,
    start: datetime,
    random: Random,
    *,
    devices: int = 1,
    steps: int = 60,
    longest_s: int = 2_400,
) -> Lived:
    """Let somebody live through random hours, and record them."""
    async with engine.begin() as conn:
        made = [await add_device(conn, tenant, member, f"PC{n}", start) for n in range(devices)]
    ids = tuple(one.id for one in made)
    world = World(member, ids, float(int(start.timestamp())), f"m{member}")
    world.wander(random, steps, longest_s)
    world.settle()
    rows = list(world.moments)
    random.shuffle(rows)  # nodes write their rows in any order
    async with engine.begin() as conn:
        await record(conn, tenant, rows, [], world.holes, start)
    return Lived(member, world)


async def incidents(
    engine: AsyncEngine, tenant: int, one: Lived, judge_id: int, random: Random, number: int
) -> None:
    """Incidents at random times of a life, some of them judged."""
    world = one.world
    begun = world.moments[0].received_at
    steps = []
    for place in range(number):
        at = begun + random.random() * (world.now - begun)
        id, kind = UUID(int=random.getrandbits(128)).hex, random.choice(list(IncidentKind))
        counted = Number(world.pcs[0].id, "i", place + 1)
        steps.append(
            Step(one.member, counted, Phase.OPENED, Sighting(id, kind, at, at + 5), at, at)
        )
    now = datetime.fromtimestamp(world.now, UTC)
    async with engine.begin() as conn:
        await record(conn, tenant, [], steps, [], now)
        for step in steps:
            if verdict := random.choice([*Verdict, None]):
                await judge(conn, tenant, step.sighting.id, verdict, None, judge_id, now)


# ---- the figures again, in SQL alone, for people with one device

SECONDS = {
    "sqlite": "(julianday({0}) - 2440587.5) * 86400.0",
    "postgresql": "extract(epoch from {0})::float8",
}
OF_TWO = {"sqlite": ("min", "max"), "postgresql": ("least", "greatest")}
FIGURES = """
WITH began AS (
  SELECT epoch, min(received_at) AS began FROM transitions
  WHERE member_id = :member AND epoch IS NOT NULL GROUP BY epoch
), live AS (
  SELECT label, cause, began, "offset", position,
    {true_since} AS true_since
  FROM transitions JOIN began USING (epoch) WHERE member_id = :member
), clamped AS (
  SELECT label, cause,
    max(true_since) OVER (ORDER BY began, "offset", position) AS at,
    row_number() OVER (ORDER BY began, "offset", position) AS place
  FROM live
), spans AS (
  SELECT label, at AS begins, lead(at, 1, 9e12) OVER (ORDER BY place) AS ends FROM clamped
  UNION ALL SELECT 'off', -9e12, (SELECT coalesce(min(at), 9e12) FROM clamped)
), said AS (
  SELECT epoch, device_epoch, seq, label, event_time, received_at,
    lead(CAST(state AS TEXT) LIKE '%"starting"%', 1, 1 = 0)
      OVER (PARTITION BY device_epoch ORDER BY seq) AS dies
  FROM transitions WHERE member_id = :member AND seq IS NOT NULL
), words AS (
  SELECT device_epoch, seq, label, {event} AS at, {received} AS told, dies
  FROM said WHERE epoch IS NULL
  UNION ALL
  SELECT device_epoch, seq, 'unknown', {lost_from}, {received}, 1 = 0
  FROM gaps WHERE device_id IN (SELECT id FROM devices WHERE member_id = :member)
    AND reason <> 'images overwritten'
), next AS (
  SELECT label, at, told, dies, lead(at, 1, 9e12) OVER (ORDER BY seq) AS next FROM words
), stands AS (
  SELECT CASE WHEN dies THEN 'unknown' ELSE label END AS label, at AS begins,
    {least}({least}(told, next), coalesce((
      SELECT min(at) FROM clamped
      WHERE clamped.at > next.at AND cause IN ('hello', 'report', 'incident')), 9e12)) AS ends
  FROM next
), parts AS (
  SELECT label, {greatest}(begins, :begin) AS begins, {least}(ends, :end) AS ends, 1 AS sign
  FROM spans
  UNION ALL
  SELECT spans.label, {greatest}({greatest}(spans.begins, stands.begins), :begin),
    {least}({least}(spans.ends, stands.ends), :end), -1
  FROM spans JOIN stands ON spans.begins < stands.ends AND stands.begins < spans.ends
  UNION ALL
  SELECT CASE WHEN spans.label IN ('break', 'out') THEN spans.label ELSE stands.label END,
    {greatest}({greatest}(spans.begins, stands.begins), :begin),
    {least}({least}(spans.ends, stands.ends), :end), 1
  FROM spans JOIN stands ON spans.begins < stands.ends AND stands.begins < spans.ends
)
SELECT label, sum(sign * (ends - begins)) FROM parts WHERE ends > begins GROUP BY label
"""


async def seconds_by_label(
    conn: AsyncConnection, member: int, begin: float, end: float
) -> dict[str, float]:
    """Seconds of each word in begin <= time < end, by the database's own arithmetic."""
    dialect = conn.dialect.name
    seconds, (least, greatest) = SECONDS[dialect], OF_TWO[dialect]
    received, event = seconds.format("received_at"), seconds.format("event_time")
    query = FIGURES.format(
        true_since=f"CASE WHEN cause = 'hello' THEN {received} ELSE {event} END",
        event=event,
        received=received,
        lost_from=seconds.format("lost_from"),
        least=least,
        greatest=greatest,
    )
    rows = await conn.execute(text(query), {"member": member, "begin": begin, "end": end})
    found = {str(label): float(seconds) for label, seconds in rows}
    return {label.value: found.get(label, 0.0) for label in Label}


async def incidents_by_kind(
    conn: AsyncConnection, member: int, begin: float, end: float
) -> dict[tuple[str, str | None], int]:
    opened = SECONDS[conn.dialect.name].format("opened_at")
    query = (
        "SELECT kind, verdict, count(*) FROM incidents"
        " LEFT JOIN incident_verdicts ON incident_verdicts.id = incidents.verdict_id"
        f" WHERE member_id = :member AND {opened} >= :begin AND {opened} < :end"
        " GROUP BY kind, verdict"
    )
    rows = await conn.execute(text(query), {"member": member, "begin": begin, "end": end})
    return {(kind, verdict): number for kind, verdict, number in rows}
