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
from hub.protocol.closing import BAD_MESSAGE, FENCED, NORMAL, OLD_PROTOCOL, Closing
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


async def serve(ws: WebSocket, linked: LinkedDevice, floor: Floor, engine: AsyncEngine) -> None:
    """From the hello to the end of the connection; raise Closing where the peer is to be told."""
    line = AgentLine(linked, await hello(ws), time.time())
    try:
        await welcome(ws, line, linked, floor, engine)
        await talk(reading(ws, line, floor), writing(ws, line))
    finally:
        if floor.agents.get(line.device) is line:
            del floor.agents[line.device]


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
    """Commit the hello to the live picture, and tell the agent what the record has already."""
    async with engine.connect() as conn:
        upto = await recorded_upto(conn, linked.tenant, line.device, line.hello.device_epoch)
    line.outcomes = await floor.tenant.outcomes(line.device)
    line.ack = line.acked = upto
    before = floor.agents.get(line.device)
    if before and before.hello.session == line.hello.session:
        before.close(Closing(NORMAL, "this session came back on another connection"))
    floor.register(line)
    await line.committed.wait()
    timing, tenant = floor.timing, floor.tenant
    said = Welcome(
        tenant.epoch, line.generation, upto, time.time(), timing.lease_s, timing.heartbeat_s,
        linked.member, linked.member_name,
    )  # fmt: skip
    await send(ws, codec.encode(said))


async def reading(ws: WebSocket, line: AgentLine, floor: Floor) -> None:
    while True:
        await floor.recorder.room()
        message = codec.from_agent(await received(ws))
        line.heard = True
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
    late = what.seq < line.hello.next_seq
    number = Number(line.device, line.hello.device_epoch, what.seq)
    received_at = time.time()
    if not late:
        line.remember(what)

    def decide(seat: Seat) -> tuple[Seat, list[Effect]]:
        return report(seat, line.device, line.generation, number.device_epoch, what, late)

    def done_with(done: Done) -> None:
        if done.fenced:
            line.close(Closing(FENCED, "a newer session of this device has taken over"))
            return
        entry = entry_of(what, number, line, done, received_at, floor.tenant.id)
        entry.recorded = lambda: after_record(what, line, floor, late=not done.moments)
        floor.recorder.add(entry)

    change = Change(line.member, decide, done_with, number=number)
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
        return bye(seat, line.device, line.generation, now)

    floor.tenant.add(Change(line.member, decide, floor.record, (line.device, None)))
