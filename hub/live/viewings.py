"""Live views of one tenant: the boards of this node that ask, and the agents here that are asked.

The node of the asker's board keeps a view; its agent may be on any node. What the two sides say to
each other travels with the broker's bell, tagged by tenant, and is kept nowhere. The record is
told who looks at whom, and what for, before the first picture; and how long it went.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
from msgspec import Struct
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Action, may
from hub.live.broker import Broker
from hub.live.frames import Frame
from hub.live.gathered import Gathered
from hub.live.line import AgentLine
from hub.live.tasks import still_wanted
from hub.live.tenant import Tenant
from hub.live.views import Watcher
from hub.presence.seat import device_of
from hub.protocol import viewing
from hub.protocol.codec import encode
from hub.protocol.facts import Link, Purpose
from hub.protocol.live_view import (
    AskView,
    IceServer,
    SdpKind,
    ViewAnswered,
    ViewAsked,
    ViewConnected,
    ViewEnd,
    ViewEnded,
    ViewOpened,
    ViewSignal,
)
from hub.protocol.on_air import Order
from hub.protocol.viewing import Stage, Viewing
from storage.database import FAULTS
from storage.images.viewings import ViewingKind, end_viewing, open_viewing
from storage.people.directory import Directory

TOGETHER = 100
STOP_WITHIN_S = 2.0
WRITE_TRIES, AGAIN_S = 20, 0.5  # the end of a view is worth waiting for a database

# What only the worker's side can know of an end; the rest is the hub's and the asker's to say.
SAID_BY_AGENT = frozenset(
    (
        ViewEnd.REFUSED,
        ViewEnd.NO_ANSWER,
        ViewEnd.NOT_ALLOWED,
        ViewEnd.BUSY,
        ViewEnd.WORKER_ENDED,
        ViewEnd.NO_WAY,
        ViewEnd.LONG_ENOUGH,
    )
)

log = logging.getLogger(__name__)

FromAgentOfView = ViewAnswered | ViewSignal | ViewEnded
FromBoardOfView = AskView | ViewSignal | ViewConnected | ViewEnded
ToAgentOfView = ViewAsked | ViewSignal | ViewEnded


class ToDevice(Struct, frozen=True, tag="to"):
    """To the node that has this device's agent."""

    device: int
    said: ToAgentOfView | Order


class OfDevice(Struct, frozen=True, tag="of"):
    """From it, to the node that keeps the view."""

    device: int
    said: FromAgentOfView


_passed: msgspec.json.Decoder[ToDevice | OfDevice] = msgspec.json.Decoder(ToDevice | OfDevice)


@dataclass(eq=False)
class Asked:
    """A view that a board of this node asked for; `row` is its place in the record."""

    viewing: Viewing
    watcher: Watcher
    member: int
    device: int
    purpose: Purpose
    row: int | None = None
    offer: ViewSignal | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    @property
    def view(self) -> str:
        return self.viewing.view

    def become(self, after: Viewing) -> None:
        if after is not self.viewing:
            self.viewing = after
            self.changed.set()


class Viewings:
    """`agents` are those of this node, by device; `directory` is asked anew each time."""

    def __init__(
        self,
        tenant: Tenant,
        engine: AsyncEngine,
        broker: Broker,
        agents: dict[int, AgentLine],
        directory: Callable[[], Directory],
        ice: tuple[IceServer, ...] = (),
    ) -> None:
        self._tenant = tenant
        self._engine = engine
        self._broker = broker
        self._agents = agents
        self._directory = directory
        self._ice = ice
        self._asked: dict[str, Asked] = {}
        self._at: dict[str, AgentLine] = {}
        self._out = Gathered(self._publish, TOGETHER)

    # ---- what the boards here say

    def from_board(self, watcher: Watcher, said: FromBoardOfView) -> None:
        if isinstance(said, AskView):
            self._ask(watcher, said)
            return
        one = self._asked.get(said.view)
        if one is None or one.watcher is not watcher:
            return  # it ended while this was on its way
        match said:
            case ViewSignal():
                if one.row is not None and said.kind is SdpKind.ANSWER:
                    self._out.add(ToDevice(one.device, said))
            case ViewConnected():
                one.become(viewing.connected(one.viewing, time.monotonic()))
            case ViewEnded():
                one.become(viewing.ended(one.viewing, ViewEnd.WATCHER_LEFT))

    def order(self, device: int, order: Order) -> None:
        """What its worker asks of a device, on whichever node its agent is."""
        self._out.add(ToDevice(device, order))

    def left(self, watcher: Watcher) -> None:
        for one in list(self._asked.values()):
            if one.watcher is watcher:
                one.become(viewing.ended(one.viewing, ViewEnd.WATCHER_LEFT))

    def enforce(self) -> None:
        """Rights and consents that have gone end what was seen by them."""
        directory = self._directory()
        for one in list(self._asked.values()):
            actor = directory.actor(one.watcher.actor.member)
            if actor is None or not may(actor, Action.VIEW_LIVE, directory.subject(one.member)):
                one.become(viewing.ended(one.viewing, ViewEnd.WATCHER_LEFT))
            elif not directory.policy_of(one.member).live:
                one.become(viewing.ended(one.viewing, ViewEnd.NOT_ALLOWED))

    async def stop(self) -> None:
        """Their boards have been sent away: let the record have the ends."""
        for one in self._asked.values():
            one.become(viewing.ended(one.viewing, ViewEnd.WATCHER_LEFT))
        tasks = [one.task for one in self._asked.values() if one.task]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_WITHIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _ask(self, watcher: Watcher, said: AskView) -> None:
        view = uuid4().hex
        tell(watcher, ViewOpened(said.request, view, viewing.ANSWER_WITHIN_S, self._ice))
        refusal = self._refusal(watcher, said)
        if refusal:
            tell(watcher, ViewEnded(view, refusal))
            return
        now = time.monotonic()
        one = Asked(viewing.asked(view, now), watcher, said.member, said.device, said.purpose)
        self._asked[view] = one
        one.task = asyncio.create_task(self._follow(one))

    def _refusal(self, watcher: Watcher, said: AskView) -> ViewEnd | None:
        """Whom the asker may not see is answered as one who is not there."""
        directory = self._directory()
        subject = directory.subject(said.member)
        known = directory.devices.get(said.device) == said.member
        device = device_of(self._tenant.seat(said.member), said.device)
        there = known and device is not None and device.link is Link.ONLINE
        if not there or not may(watcher.actor, Action.VIEW_LIVE, subject):
            return ViewEnd.OFFLINE
        if said.purpose not in directory.viewing or not directory.policy_of(said.member).live:
            return ViewEnd.NOT_ALLOWED
        others = [one for one in self._asked.values() if one.device == said.device]
        if any(one.watcher is watcher for one in others):
            return ViewEnd.BUSY
        return viewing.admitted(one.viewing for one in others)

    # ---- one view, from its question to its end

    async def _follow(self, one: Asked) -> None:
        self._out.add(ToDevice(one.device, self._question(one)))
        try:
            while one.viewing.end is None:
                await self._next(one)
        finally:
            del self._asked[one.view]
        ended = ViewEnded(one.view, one.viewing.end)
        tell(one.watcher, ended)
        self._out.add(ToDevice(one.device, ended))
        if one.row is not None:
            await self._record_end(one.row)

    def _question(self, one: Asked) -> ViewAsked:
        asker = self._directory().members.get(one.watcher.actor.member)
        name = asker.name if asker else ""
        return ViewAsked(one.view, name, one.purpose, time.time(), self._ice)

    async def _next(self, one: Asked) -> None:
        """Wait for a change, or until time makes one."""
        try:
            async with asyncio.timeout(max(0.0, one.viewing.until - time.monotonic())):
                await one.changed.wait()
        except TimeoutError:
            one.become(viewing.waited(one.viewing, time.monotonic()))
        one.changed.clear()
        if one.viewing.stage is Stage.ACCEPTED and one.row is None:
            await self._begin(one)

    async def _begin(self, one: Asked) -> None:
        """The worker said yes. What cannot be recorded may not be."""
        asker, now = one.watcher.actor.member, datetime.now(UTC)
        try:
            async with self._engine.begin() as conn:
                one.row = await open_viewing(
                    conn, self._tenant.id, asker, one.member, ViewingKind.LIVE, one.purpose, now,
                    device=one.device,
                )  # fmt: skip
        except FAULTS as failed:
            still_wanted()
            log.warning("a live view cannot be recorded", extra={"error": str(failed)})
            one.become(viewing.ended(one.viewing, ViewEnd.FAILED))
            return
        tell(one.watcher, ViewAnswered(one.view, accepted=True))
        if one.offer:
            tell(one.watcher, one.offer)

    async def _record_end(self, row: int) -> None:
        now = datetime.now(UTC)
        for _ in range(WRITE_TRIES):
            try:
                async with self._engine.begin() as conn:
                    await end_viewing(conn, self._tenant.id, row, now)
                return
            except FAULTS as failed:
                still_wanted()
                log.warning("the end of a live view waits", extra={"error": str(failed)})
                await asyncio.sleep(AGAIN_S)

    # ---- what the agents here say

    def from_agent(self, line: AgentLine, said: FromAgentOfView) -> None:
        """Of a view that it was asked about; of any other it has nothing to say."""
        if self._at.get(said.view) is line:
            self._out.add(OfDevice(line.device, said))

    def lost(self, line: AgentLine) -> None:
        for view in [view for view, at in self._at.items() if at is line]:
            del self._at[view]
            self._out.add(OfDevice(line.device, ViewEnded(view, ViewEnd.AGENT_LEFT)))

    # ---- between the nodes

    async def _publish(self, passed: list[ToDevice | OfDevice]) -> None:
        for one in passed:
            try:
                await self._broker.pass_on(self._tenant.id, encode(one))
            except (RedisError, OSError) as failed:
                still_wanted()
                log.warning("a live view's word is lost", extra={"error": str(failed)})

    def heard(self, message: bytes) -> None:
        """Every node hears everything that is passed on; few have a part in it."""
        match _passed.decode(message):
            case ToDevice(device, said):
                line = self._agents.get(device)
                if line:
                    self._to_agent(line, said)
            case OfDevice(device, said):
                one = self._asked.get(said.view)
                if one and one.device == device:
                    self._of_agent(one, said)

    def _to_agent(self, line: AgentLine, said: ToAgentOfView | Order) -> None:
        if isinstance(said, ViewAsked):
            self._at[said.view] = line
        if isinstance(said, ViewEnded):
            self._at.pop(said.view, None)
        line.say(said)

    def _of_agent(self, one: Asked, said: FromAgentOfView) -> None:
        match said:
            case ViewAnswered():
                one.become(viewing.answered(one.viewing, said.accepted, time.monotonic()))
            case ViewSignal():
                if one.viewing.stage is Stage.ACCEPTED and said.kind is SdpKind.OFFER:
                    one.offer = said
                    if one.row is not None:
                        tell(one.watcher, said)
            case ViewEnded():
                why = said.reason if said.reason in SAID_BY_AGENT else ViewEnd.AGENT_LEFT
                one.become(viewing.ended(one.viewing, why))


def tell(watcher: Watcher, message: Struct) -> None:
    watcher.wire.send(Frame(encode(message)))
