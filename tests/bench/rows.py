"""What a person costs at rest: `python -m tests.bench.rows`.

Bytes of a transition in SQL with its indexes, rows a second through the recorder's own function
(one connection, 200 rows a commit, PostgreSQL's without its disk), bytes of a seat in the broker
and in a node's replica, what it costs to follow a change that another node made, bytes on the wire.
The names are those that docs/measurements.md has and tests.bench.scale reads.
"""

import asyncio
import tempfile
import time
import tracemalloc
from pathlib import Path
from uuid import uuid4

import msgspec
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.live.audience import Audience
from hub.live.bell import Bells
from hub.live.broker import Batch, Broker, Opened, Tick, key, told
from hub.live.embedded import valkey
from hub.live.recorder import Entry, write
from hub.live.servers import Servers
from hub.live.tenant import Change, Tenant
from hub.live.views import encoded_seat
from hub.presence.changes import join, report
from hub.presence.seat import Seat, device_of, view
from hub.protocol.agents import Heartbeat, Hello, StateReport
from hub.protocol.codec import encode
from hub.protocol.facts import Facts, Presence, Work
from hub.protocol.watchers import Delta
from storage import database
from storage.people.directory import Directory
from storage.seats.devices import add_device
from storage.seats.transitions import Moment, Number, Place
from tests.bench.machine import machine, result
from tests.record import NOW, company, person
from tests.servers import running_postgres

ROWS = 20_000
BATCH = 200  # what a node records at once under load
SEATS = 1_000
RENEWALS = 5_000
TICKS = 5_000
HEARD = 20  # devices of one tenant that one of many nodes has heard in two seconds


def seat(member: int, seq: int = 1) -> Seat:
    """Somebody at their desk, as a report has left them."""
    facts = Facts(NOW.timestamp(), Presence.PRESENT, Work.WORKING)
    hello = Hello(1, uuid4().hex, uuid4().hex, seq, facts.since, facts, (), "zaiseki 1.0.0")
    seated, _ = join(Seat(member), member, hello, facts.since)
    device = device_of(seated, member)
    assert device
    away = StateReport(seq, Facts(facts.since + 60, Presence.AWAY, Work.WORKING))
    moved, _ = report(seated, member, device.session, hello.device_epoch, away, late=False)
    return moved


async def row_bytes(url: str) -> dict[str, float]:
    """Fill an empty database through the recorder."""
    await database.upgrade(url)
    engine = database.engine(url)
    try:
        async with engine.begin() as conn:
            tenant = (await company(conn)).id
            member = await person(conn, tenant, "mori")
            await add_device(conn, tenant, member, "PC", NOW)
            before = await size(conn)
        epoch, begun = uuid4().hex, time.monotonic()
        for first in range(0, ROWS, BATCH):
            moments = [moment(member, epoch, number) for number in range(first, first + BATCH)]
            async with engine.begin() as conn:
                await write(conn, tenant, [Entry(tenant, [one]) for one in moments])
        spent = time.monotonic() - begun
        async with engine.connect() as conn:
            grown = await size(conn) - before
        name = engine.dialect.name
        return {
            f"row_bytes_{name}": grown / ROWS,
            f"rows_per_s_{name}": ROWS / spent,
        }
    finally:
        await engine.dispose()


async def size(conn: AsyncConnection) -> float:
    if conn.dialect.name == "sqlite":
        pages = (await conn.execute(text("PRAGMA page_count"))).scalar_one()
        return float(pages) * float((await conn.execute(text("PRAGMA page_size"))).scalar_one())
    total = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind IN ('r', 'p')"
    ours = " AND relnamespace = 'public'::regnamespace"
    return float((await conn.execute(text(total + ours))).scalar_one())


def moment(member: int, epoch: str, number: int) -> Moment:
    at = NOW.timestamp() + number
    return Moment(
        member=member,
        cause="report",
        event_time=at,
        received_at=at,
        state=view(seat(member, number + 1)),
        device=1,
        number=Number(1, epoch, number + 1),
        place=Place(epoch, number + 1, 0),
        skew_s=0.1,
    )


async def broker_bytes() -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="zaiseki-") as folder:
        async with valkey(Path(folder)) as path, Redis(unix_socket_path=path) as redis:
            broker = Broker(Servers(redis, redis))
            opened = await broker.open(1, uuid4().hex)
            empty = int((await redis.info("memory"))["used_memory"])
            batch = Batch(
                seats=[(member, 0, seat(member)) for member in range(1, SEATS + 1)],
                leases=[(member, 40_000) for member in range(1, SEATS + 1)],
            )
            await broker.commit(1, opened.epoch, batch)
            await redis.delete(key(1, "history"))
            full = int((await redis.info("memory"))["used_memory"])
            begun = await cpu_s(redis)
            for _ in range(RENEWALS):
                await broker.renew(1, range(1, HEARD + 1), 40.0)
            spent = await cpu_s(redis) - begun
            return {
                "broker_bytes_per_seat": (full - empty) / SEATS,
                "broker_cpu_ms_per_renewal": spent * 1000 / RENEWALS,
            }


async def following() -> dict[str, float]:
    """What another process spends on a change of a tenant that it follows, nobody looking there.

    A tick of one change, from the broker's bell to the replica and to what boards would get.
    """
    epoch = uuid4().hex
    with tempfile.TemporaryDirectory(prefix="zaiseki-") as folder:
        async with valkey(Path(folder)) as path, Redis(unix_socket_path=path) as redis:
            servers = Servers(redis, redis)
            tenant = Tenant(1, Broker(servers), ticked, opened)
            tenant.epoch = epoch
            audience = Audience(tenant, Directory(1, 0, {}, {}, {}, {}))
            heard = asyncio.Event()

            async def rung(_: int, message: bytes) -> None:
                tick = told(message)
                await tenant.advance(tick)
                audience.show(tick.offset, tick.tick, turned=False)
                if tick.offset == TICKS:
                    heard.set()

            bells = Bells(servers, rung, lambda _: None)
            await bells.hear(1)
            await ring(redis, epoch)
            begun = time.process_time()
            listening = asyncio.create_task(bells.run())
            await heard.wait()
            spent = time.process_time() - begun
            listening.cancel()
            await bells.aclose()
    return {"cpu_ms_per_followed_change": spent * 1000 / TICKS}


async def ring(redis: Redis, epoch: str) -> None:
    """Let everything wait at the listener's door, so that only listening is measured."""
    pipe = redis.pipeline(transaction=False)
    for offset in range(1, TICKS + 1):
        tick = msgspec.json.encode(Tick((seat(offset),)))
        pipe.execute_command("SPUBLISH", key(1, "live"), f"{epoch}|{offset}|".encode() + tick)
    await pipe.execute()


async def ticked(_: Tenant, __: int, ___: Tick) -> None:
    return


async def opened(_: Tenant, __: Opened) -> list[Change]:
    return []


async def cpu_s(redis: Redis) -> float:
    used = await redis.info("cpu")
    return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


def replica_bytes() -> dict[str, float]:
    """A seat as objects, and as it is sent to boards."""
    tracemalloc.start()
    kept = [seat(member) for member in range(SEATS)]
    shown = [encoded_seat(one) for one in kept]
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(shown) == SEATS
    return {"replica_bytes_per_seat": held / SEATS}


def wire_bytes() -> dict[str, float]:
    facts = Facts(NOW.timestamp(), Presence.AWAY, Work.WORKING)
    tick = msgspec.json.encode(seat(123456))
    return {
        "report_bytes": len(encode(StateReport(1000, facts))),
        "heartbeat_bytes": len(encode(Heartbeat())),
        "frame_bytes": len(encode(Delta(uuid4().hex, 10_000, 10_001))),
        "seat_bytes": len(encoded_seat(seat(123456))),
        "tick_bytes_per_change": len(tick),
    }


async def measured(postgresql: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="zaiseki-") as folder:
        figures = await row_bytes(database.embedded_url(Path(folder)))
    figures |= await row_bytes(postgresql)
    figures |= await broker_bytes() | await following()
    return {**figures, **replica_bytes(), **wire_bytes()}


def main() -> None:
    with running_postgres() as postgresql, postgresql.database() as url:
        figures = asyncio.run(measured(url))
    print(machine())
    for name, value in figures.items():
        print(f"| {name} | {value:.0f} |" if value >= 10 else f"| {name} | {value:.3f} |")
    result(figures)


if __name__ == "__main__":
    main()
