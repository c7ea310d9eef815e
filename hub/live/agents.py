"""An agent's connection: frame -> report -> change of a seat -> record -> ack."""

import asyncio
import time

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.websockets import WebSocket

from hub.live.floor import Floor
from hub.live.line import AgentLine
from hub.live.recorder import Entry
from hub.live.sockets import received, send, talk
from hub.live.tenant import Change, Done
from hub.presence.changes import Effect, News, bye, report, told
from hub.presence.seat import Device, Seat, view, with_device
from hub.presence.skew import report_by_hub
from hub.protocol import codec
from hub.protocol.closing import BAD_MESSAGE, NORMAL, OLD_PROTOCOL, TRY_LATER, Closing
from hub.protocol.messages import (
    VERSION,
    Bye,
    GapReport,
    Heartbeat,
    Hello,
    IncidentNews,
    IncidentReport,
    Phase,
    Report,
    Sighting,
    StateReport,
    Welcome,
)
from storage.devices import LinkedDevice
from storage.transitions import Hole, Moment, Number, Step, recorded_upto

HELLO_WITHIN_S = 10.0
WELCOME_WITHIN_S = 5.0  # an agent waits for 10 s; an outage of the broker is told before


async def serve(ws: WebSocket, linked: LinkedDevice, floor: Floor, engine: AsyncEngine) -> None:
    """From the hello to the end of the connection; raise Closing where the peer is to be told."""
    line = AgentLine(linked, await hello(ws), time.time())
    try:
        await welcome(ws, line, linked, floor, engine)
        await talk(reading(ws, line, floor), writing(ws, line))
    finally:
        floor.lost(line)


async def hello(ws: WebSocket) -> Hello:
    async with asyncio.timeout(HELLO_WITHIN_S):
        first = codec.from_agent(await received(ws))
    if not isinstance(first, Hello):
        raise Closing(BAD_MESSAGE, "the first message must be hello")
    if first.version != VERSION:
        raise Closing(OLD_PROTOCOL, f"this hub speaks version {VERSION}; update the older one")
    return first


async def welcome(
    ws: WebSocket, line: AgentLine, linked: LinkedDevice, floor: Floor, engine: AsyncEngine
) -> None:
    """Commit the hello to the live picture, and tell the agent what the record has already.

    In this order: once the hello is committed, no earlier number changes the live picture.
    """
    await registered(line, floor)
    line.outcomes = await floor.tenant.outcomes(line.device)
    async with engine.connect() as conn:
        upto = await recorded_upto(conn, linked.tenant, line.device, line.hello.device_epoch)
    line.ack = line.acked = line.taken = upto
    timing, tenant = floor.timing, floor.tenant
    said = Welcome(
        tenant.epoch, line.generation, upto, time.time(), timing.lease_s, timing.heartbeat_s,
        linked.member, linked.member_name,
    )  # fmt: skip
    await send(ws, codec.encode(said))


async def registered(line: AgentLine, floor: Floor) -> None:
    change = floor.registration(line)
    floor.tenant.add(change)
    try:
        async with asyncio.timeout(WELCOME_WITHIN_S):
            await line.committed.wait()
    except TimeoutError:
        raise Closing(TRY_LATER, "the live path is down; try again") from None
    finally:
        change.withdrawn = not line.committed.is_set()
    if line.closing:
        raise line.closing


async def reading(ws: WebSocket, line: AgentLine, floor: Floor) -> None:
    while True:
        message = codec.from_agent(await received(ws))
        line.heard_at = time.monotonic()
        match message:
            case Heartbeat():
                pass
            case Bye():
                leave(line, floor)
                raise Closing(NORMAL, "goodbye")
            case Hello():
                raise Closing(BAD_MESSAGE, "hello is said once a connection")
            case _:
                take(report_by_hub(message, line.skew_s), line, floor)


async def writing(ws: WebSocket, line: AgentLine) -> None:
    while True:
        await send(ws, codec.encode(await line.acks()))


def take(what: Report, line: AgentLine, floor: Floor) -> None:
    """A numbered report: to the live picture, then to the record, then to its ack."""
    line.take(what)
    late = what.seq < line.live_from
    number = Number(line.device, line.hello.device_epoch, what.seq)
    received_at = time.time()

    def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
        return report(seat, line.device, line.session, number.device_epoch, what, late)

    def done_with(done: Done) -> None:
        if done.refused:
            line.refuse(done.refused)
            return
        if not late:
            line.remember(what)
        entry = entry_of(what, number, line, done, received_at, floor.tenant.id)
        entry.recorded = lambda: after_record(what, line, floor, late=not done.moments)
        line.shed = line.shed or not floor.recorder.add(entry)

    lease = (line.device, floor.timing.lease_s)
    change = Change(line.member, decide, done_with, lease, number=number)
    change.outcome = line.outcomes.pop(number, None)
    change.received_at, change.skew_s = received_at, line.skew_s
    floor.tenant.add(change)


def entry_of(
    what: Report, number: Number, line: AgentLine, done: Done, received_at: float, tenant: int
) -> Entry:
    """The report as rows: with its place if the boards saw it, else as a late one."""
    match what:
        case StateReport():
            return Entry(tenant, done.moments or [late_moment(what, number, line, received_at)])
        case IncidentReport():
            step = Step(
                line.member, number, what.phase, what.sighting, what.at, received_at,
                late=not done.moments,
            )  # fmt: skip
            return Entry(tenant, done.moments, [step])
        case GapReport():
            return Entry(tenant, holes=[Hole(number, what)])


def late_moment(what: StateReport, number: Number, line: AgentLine, received_at: float) -> Moment:
    """What the device alone was, for the history strip; the boards never saw it."""
    alone = told(Device(line.device, "", 0, what.facts.since), what.facts)
    seat = with_device(Seat(line.member), alone, what.facts.since)
    return Moment(
        member=line.member,
        cause="late",
        event_time=min(what.facts.since, received_at),
        received_at=received_at,
        state=view(seat),
        device=line.device,
        number=number,
        skew_s=line.skew_s,
        why=what.why,
    )


def after_record(what: Report, line: AgentLine, floor: Floor, late: bool) -> None:
    line.recorded(what.seq)
    if isinstance(what, IncidentReport) and what.phase is Phase.OPENED:
        tell_recorded(line.member, what.sighting, floor, late)


def tell_recorded(member: int, sighting: Sighting, floor: Floor, late: bool) -> None:
    """An incident that was shown as being recorded is recorded now."""
    news = News(IncidentNews(member, Phase.RECORDED, sighting, late, recorded=True))
    floor.tenant.add(Change(member, lambda seat: (seat, [news])))


def leave(line: AgentLine, floor: Floor) -> None:
    now = time.time()

    def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
        return bye(seat, line.device, line.session, now)

    floor.tenant.add(Change(line.member, decide, floor.record, (line.device, None)))
