"""What reading the record back costs: `python -m tests.bench.history --seats 10000 --days 2`.

It fills a record of its own (SQLite, or PostgreSQL with `--postgresql`) and asks it over REST, in
this process. Ends with one JSON line: for each question seconds of wall time, of this process's CPU
and the kilobytes of the answer.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import msgspec
from redis.asyncio import Redis
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Role
from hub.history.days import DAY, day_of
from hub.live.servers import Servers
from hub.protocol.facts import Label, Link, Presence, Work
from hub.protocol.watchers import DeviceView, SeatView
from storage.database import embedded_url, engine, upgrade
from storage.models.people import GroupMember, Member
from storage.models.seats import DaySum, Device, Transition
from storage.people.sessions import open_session
from storage.seats.sums import MICROSECONDS
from storage.upsert import insert_new
from tests.hub.http.site import with_state
from tests.record import NOW, Company, company, person
from tests.servers import running_postgres

CHANGES_A_DAY = 60  # of a seat
BATCH = 10_000
TILES = 300  # in view
AROUND_S = 60  # what the web shows beside a moment's board of so many people
MONTH_DAYS = 31  # of which everybody's sums are there


def states(member: int, device: int, at: float, presence: Presence) -> SeatView:
    label = Label.PRESENT if presence is Presence.PRESENT else Label.AWAY
    told = DeviceView(device, at, presence)
    return SeatView(member, label, at, Work.WORKING, presence, Link.ONLINE, devices=(told,))


def rows(tenant: int, people: list[tuple[int, int]], days: int, now: float) -> Iterator[Any]:
    """Every seat changes CHANGES_A_DAY times in the ten hours of each day; one start a day is late.

    In the order of time, as a hub writes them.
    """
    random = Random(1)
    offset = 0
    for day in reversed(range(days)):
        begin = now - (day + 1) * 86_400
        moments = sorted(
            (begin + random.random() * 36_000, place)
            for place in range(len(people))
            for _ in range(CHANGES_A_DAY)
        )
        for at, place in moments:
            member, device = people[place]
            offset += 1
            late = offset % CHANGES_A_DAY == 0
            presence = random.choice((Presence.PRESENT, Presence.AWAY))
            state = states(member, device, at, presence)
            yield {
                "tenant_id": tenant, "member_id": member, "device_id": device,
                "device_epoch": "e", "seq": offset,
                "epoch": None if late else "e", "offset": None if late else offset,
                "position": None if late else 0,
                "cause": "late" if late else "report", "label": state.label,
                "event_time": utc(at), "received_at": utc(at + 600 * late),
                "skewed": False, "state": state,
            }  # fmt: skip


def utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def added_up(tenant: int, people: list[int], day: date) -> list[dict[str, Any]]:
    """A day's sums of everybody, as `hub.jobs.summing` keeps them."""
    nothing = {label.value: 0 for label in Label}
    words = {"present": 25_200, "away": 7_200, "off": 54_000}
    sums = nothing | {label: seconds * MICROSECONDS for label, seconds in words.items()}
    start = {"tenant_id": tenant, "day": day, "by_punch": False}
    return [{**start, "member_id": one, **sums} for one in people]


async def filled(record: AsyncEngine, seats: int, days: int, now: float) -> tuple[Company, str]:
    """Everybody in one of a hundred groups; and a token of their administrator."""
    async with record.begin() as conn:
        a = await company(conn)
        boss = await person(conn, a.id, "boss", Role.ADMINISTRATOR)
        token = await open_session(conn, a.id, boss, "terminal", datetime.now(UTC))
        start = {"tenant_id": a.id, "created_at": NOW}
        people = [
            {**start, "login": f"w{n}", "name": f"社員{n}", "role": "worker", "locale": "ja"}
            for n in range(seats)
        ]
        made = await conn.execute(insert(Member).returning(Member.id), people)
        members = list(made.scalars())
        links = [{"group_id": a.tokyo, "member_id": id} for id in members]
        await conn.execute(insert(GroupMember), links)
        pcs = [
            {**start, "member_id": id, "name": "PC", "kind": "pc", "token_hash": id.to_bytes(32)}
            for id in members
        ]
        devices = (await conn.execute(insert(Device).returning(Device.id), pcs)).scalars()
        owners = list(zip(members, devices, strict=True))
    batch: list[Any] = []
    for row in rows(a.id, owners, days, now):
        batch.append(row)
        if len(batch) == BATCH:
            async with record.begin() as conn:
                await conn.execute(insert(Transition), batch)
            batch = []
    today = day_of(utc(now))
    for back in range(1, MONTH_DAYS + 1):
        async with record.begin() as conn:
            await insert_new(conn, DaySum, added_up(a.id, members, today - back * DAY))
    async with record.begin() as conn:
        if batch:
            await conn.execute(insert(Transition), batch)
        await conn.execute(text("ANALYZE"))
    return a, token


def questions(seats: int, days: int, now: float, group: int) -> dict[str, str]:
    noon = now - (days - 1) * 86_400 - 86_400 + 18_000
    day = day_of(utc(noon))
    first, last = (day_of(utc(now)) - back * DAY for back in (MONTH_DAYS, 2))
    some = ",".join(str(id) for id in range(2, 2 + min(TILES, seats)))
    return {
        "board_at_known": f"/board/at?time={noon}",
        "board_at_seen": f"/board/at?time={noon}&as=seen",
        "changes_around": f"/board/changes?from={noon - AROUND_S}&to={noon + AROUND_S}",
        "changes_15_min": f"/board/changes?from={noon}&to={noon + 900}&limit=10000",
        f"strips_of_{TILES}": f"/strips?day={day}&members={some}",
        "counts": f"/counts?day={day}",
        "analysis_of_a_month": f"/analysis?from={first}&to={last}",
        "analysis_by_week_and_group": f"/analysis?from={first}&to={last}&by=group&step=week",
        "analysis_of_a_day": f"/analysis?from={day}&to={day}&group={group}",
        "presence_of_a_day": f"/members/2/presence?from={noon - 43_200}&to={noon + 43_200}",
        "month": f"/members/2/months/{day:%Y-%m}",
    }


async def measured(url: str, seats: int, days: int) -> dict[str, dict[str, float]]:
    await upgrade(url)
    record = engine(url)
    now = time.time()
    a, token = await filled(record, seats, days, now)
    found = {}
    with tempfile.TemporaryDirectory() as web:
        app = with_state(Path(web), engine=record, servers=Servers(Redis(), Redis()), live=None)
        transport = httpx2.ASGITransport(app)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://hub.test", headers=headers, timeout=None
        ) as client:
            for name, path in questions(seats, days, now, a.tokyo).items():
                found[name] = await asked(client, path)
                print(name, found[name], flush=True)
    await record.dispose()
    return found


async def asked(client: httpx2.AsyncClient, path: str) -> dict[str, float]:
    """The better of two, for the first one fills caches."""
    best = {"wall_s": float("inf"), "cpu_s": float("inf")}
    for _ in range(2):
        began, cpu = time.monotonic(), time.process_time()
        answer = await client.get(f"/api/v1{path}")
        wall, used = time.monotonic() - began, time.process_time() - cpu
        assert answer.status_code == 200, answer.text
        took = {"wall_s": round(wall, 3), "cpu_s": round(used, 3)}
        best = {name: min(took[name], best[name]) for name in took}
        best["kb"] = len(answer.content) // 1_000
    return best


async def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.history",
        description="fill a record with days of changes and ask it what pages and terminals ask:"
        " the board of a moment, what changed around and after it, strips, counts, analysis",
    )
    parser.add_argument("--seats", type=int, default=10_000, help="how many people [%(default)s]")
    days = "how many days of changes there are [%(default)s]"
    parser.add_argument("--days", type=int, default=2, help=days)
    on = "on PostgreSQL, which is started for it [SQLite]"
    parser.add_argument("--postgresql", action="store_true", help=on)
    chosen = parser.parse_args()
    with ExitStack() as stack:
        if chosen.postgresql:
            postgres = stack.enter_context(running_postgres())
            url = stack.enter_context(postgres.database())
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            url = embedded_url(Path(folder))
        found = await measured(url, chosen.seats, chosen.days)
    print(msgspec.json.encode(found).decode())


if __name__ == "__main__":
    asyncio.run(main())
