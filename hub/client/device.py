"""An agent of your own: it tells what a sensor knows of one member, and is always heard."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from msgspec.structs import replace

from hub.client.connection import Client
from hub.client.running import running
from hub.protocol.facts import Capture, Facts, Policy, Presence, Reason, Work
from hub.protocol.memory import Memory
from hub.protocol.session import AgentSession, State

PATH = "/ws/agent"


class Device:
    """One device of a member, for as long as the block of `device` runs.

    What it was told is kept in memory until the hub has recorded it, however long the line is
    down; it is lost when the process ends. Tell it whenever you look, as often as you like: only
    what is new goes to the hub. Use it from the event loop that it was made in.
    """

    def __init__(self, hub: str, token: str, agent: str) -> None:
        """Raise BadAddress. `agent` is the program's name and version, up to 200 letters."""
        facts = Facts(time.time(), Presence.UNKNOWN, reason=Reason.STARTING)
        self._memory = Memory(uuid4().hex, facts)
        self._session = AgentSession(uuid4().hex, self._memory, agent)
        self._changed = asyncio.Event()
        self._client = Client(self._session, hub, PATH, token, self._changed.set)

    @property
    def connected(self) -> bool:
        return self._session.state is State.LIVE

    @property
    def trouble(self) -> str:
        """Why there is no connection, in one line; empty while there is nothing to say."""
        return "" if self.connected else self._client.trouble

    @property
    def policy(self) -> Policy | None:
        """What the member's devices may do, as the hub said last; None before it has."""
        return self._session.policy

    @property
    def may_observe(self) -> bool:
        """Whether the member is to be observed now: not before they consented, nor off work.

        While it is False tell `Presence.UNKNOWN` with `Reason.NOT_CAPTURING`, as every agent does.
        """
        return self.policy is not None and self.policy.quiet is None

    def tell(
        self,
        presence: Presence,
        *,
        work: Work = Work.WORKING,
        capture: Capture = Capture.ON,
        reason: Reason | None = None,
    ) -> None:
        """The whole state of the device as it is now; `reason` says why, where that helps."""
        now = Facts(time.time(), presence, work, capture, reason)
        before = self._memory.facts()
        if replace(now, since=before.since) != before:
            self._memory.become(now)
            self._client.wake()

    async def recorded(self) -> None:
        """Wait until the hub has recorded everything that was told."""
        while self._memory.waiting or not self.connected:
            self._changed.clear()
            await self._changed.wait()


@asynccontextmanager
async def device(hub: str, token: str, agent: str) -> AsyncIterator[Device]:
    """Be the device that holds the token; at the end of the block it is offline at once.

    Raise BadAddress, and Stopped in the middle of the block when the hub says not to come back:
    the token was revoked, or another program has taken over the device.
    """
    one = Device(hub, token, agent)
    async with running(one._client):
        yield one
