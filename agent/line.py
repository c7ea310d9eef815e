"""The agent's line to its hub: what is heard on it, and whether it is up."""

import asyncio
import logging
from contextlib import suppress
from importlib.metadata import version
from typing import Protocol
from uuid import uuid4

from msgspec import Struct

from agent import troubles
from agent.spool import Spool
from agent.troubles import Troubles
from hub.client import Client
from hub.protocol.facts import Policy
from hub.protocol.on_air import OnAir, Order
from hub.protocol.session import AgentSession, State, ViewNews

PATH = "/ws/agent"

log = logging.getLogger(__name__)


class Hearer(Protocol):
    """Whom the hub talks to, on the event loop."""

    def adopt(self, policy: Policy) -> None: ...
    def asked(self, order: Order) -> None: ...
    def view_heard(self, news: ViewNews) -> None: ...
    def line_up(self) -> None: ...
    def line_down(self) -> None: ...


class Line:
    """One agent's. `hearer` is told whatever was heard; each outage is said once."""

    def __init__(
        self, name: str, hub: str, token: str, spool: Spool, troubles: Troubles, hearer: Hearer
    ) -> None:
        """Raise BadAddress, one line."""
        self.session = AgentSession(uuid4().hex, spool, f"zaiseki {version('zaiseki')}")
        self.client = Client(self.session, hub, PATH, token, self._changed)
        self.up = False
        self._name, self._spool, self._troubles, self._hearer = name, spool, troubles, hearer
        self._heard = asyncio.Event()

    def clear(self) -> bool:
        """Images wait for reports, and for a line that is up."""
        return self.session.state is State.LIVE and not self._spool.backlog()

    def say(self, message: Struct) -> None:
        self.session.say(message)
        self.client.wake()

    def on_air(self, on: OnAir) -> None:
        self.session.on_air(on)

    async def drained(self, within_s: float) -> None:
        """Let what is on the way arrive, though not for long: the spool has it anyway."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._spool.backlog() and not self.client.trouble:
                    self._heard.clear()
                    await self._heard.wait()

    def _changed(self) -> None:
        """Called by the client after everything that it learned or went through."""
        self._heard.set()
        live = self.session.state is State.LIVE
        if live and not self.up and self.session.welcome:
            log.info("%s connected to the hub as %s", self._name, self.session.welcome.name)
            self.client.trouble = ""
            self._troubles.well("hub")
        elif self.client.trouble:
            self._troubles.ill("hub", troubles.no_hub(self.client.trouble))
        if live and self.session.policy:
            self._hearer.adopt(self.session.policy)
            self._hearer.line_up()
        self.up = live
        for news in self.session.take_views():
            self._hearer.view_heard(news)
        for order in self.session.take_orders():
            self._hearer.asked(order)
        if not live:
            self._hearer.line_down()
