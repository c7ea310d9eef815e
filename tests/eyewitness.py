"""An agent whose camera and screen are told what to show; the rest of it is real."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from uuid import uuid4

import numpy as np

from agent.decisions.observation import Incident, IncidentChanged
from agent.evidence.ring import Ring
from agent.evidence.screens import NoScreen
from agent.evidence.sender import PATH as IMAGES
from agent.evidence.sender import Sender
from agent.evidence.sent import Sent
from agent.evidence.taking import Evidence, View
from agent.spool import Spool
from agent.uplink import Uplink
from agent.vision.pixels import Image
from hub.client import Client
from hub.protocol.agents import EvidenceReport, GapReport, Report
from hub.protocol.facts import IncidentKind, Phase, Policy, Sighting, Why
from hub.protocol.session import AgentSession, State

BEAT_S = 0.05
NO_WHY = Why()


def noise(width: int, height: int, seed: int = 1) -> Image:
    """The hardest picture to compress."""
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


def plain(width: int, height: int, grey: int = 120) -> Image:
    return np.full((height, width, 3), grey, np.uint8)


class Witness:
    """One device. What it shows may be changed at any time; `wall` is its time of day."""

    def __init__(self, folder: Path, hub: str, token: str, kept: int = 500) -> None:
        self.camera: Image | None = plain(64, 48)
        self.screens: Sequence[Image] | NoScreen = [plain(96, 54)]
        self.closed = False
        self.spool = Spool(folder, time.time())
        self.session = AgentSession(uuid4().hex, self.spool)
        self.client = Client(self.session, hub, "/ws/agent", token, self._changed)
        self.uplink = Uplink(self.spool, self.client.wake)
        self.ring = Ring(folder, self.spool.box, kept)
        self.evidence = Evidence(
            self.ring, self.spool, self.client.wake, self._view, lambda bgr: bgr, self._grab,
            self._sighting, Sent(folder),
        )  # fmt: skip
        self.sender = Sender(
            self.ring, hub, token, self._clear, self.evidence.sent, self.evidence.refused
        )
        self.at = 0.0

    @property
    def live(self) -> bool:
        """It is welcome, and knows what it may capture, its member's consent among it."""
        policy = self.session.policy
        return self.session.state is State.LIVE and policy is not None and policy.quiet is None

    @property
    def settled(self) -> bool:
        """Nothing of it is on its way any more."""
        return self.live and not self.ring.waiting() and not self.spool.backlog()

    def opens(self, kind: IncidentKind = IncidentKind.PEEPING, why: Why = NO_WHY) -> str:
        """An incident begins; its id."""
        self.at += 1.0
        event = IncidentChanged(Phase.OPENED, self.at, Incident(kind, self.at, self.at, why))
        self.uplink.tell([event], self.at, time.time())
        self.evidence.decided(event)
        sighting = self._sighting(kind)
        assert sighting
        return sighting.id

    def ends(self, kind: IncidentKind) -> None:
        """Nothing is seen of it any more."""
        self.at += 1.0
        event = IncidentChanged(Phase.ENDED, self.at, Incident(kind, self.at, self.at, NO_WHY))
        self.uplink.tell([event], self.at, time.time())
        self.evidence.decided(event)

    def told(self) -> list[Report]:
        """What of images and gaps is in the spool."""
        kinds = EvidenceReport, GapReport
        return [one for one in self.spool.unrecorded(0, 100_000) if isinstance(one, kinds)]

    async def run(self) -> None:
        with closing(self.spool), closing(self.ring):
            self.evidence.begin()
            self.uplink.begin(time.time())
            await asyncio.gather(
                self.client.run(), self.evidence.run(), self.sender.run(), self._beats()
            )

    async def _beats(self) -> None:
        while True:
            self.uplink.beat(time.time())
            self.evidence.tell()
            await asyncio.sleep(BEAT_S)

    def _changed(self) -> None:
        if self.session.state is State.LIVE and self.session.policy:
            self.evidence.adopt(self.session.policy)
            self.sender.wake()

    def _clear(self) -> bool:
        return self.live and not self.spool.backlog()

    def _view(self) -> View:
        return View(self.closed, self.camera)

    def _grab(self) -> Sequence[Image]:
        if isinstance(self.screens, NoScreen):
            raise self.screens
        return self.screens

    def _sighting(self, kind: IncidentKind) -> Sighting | None:
        return next((one for one in self.spool.sightings() if one.kind is kind), None)


@asynccontextmanager
async def witness(
    folder: Path, hub: str, token: str, policy: Policy | None = None, kept: int = 500
) -> AsyncIterator[Witness]:
    """A running device; `policy` is what it heard in an earlier run."""
    one = Witness(folder, hub, token, kept)
    if policy:
        one.evidence.adopt(policy)
    task = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


__all__ = ["IMAGES", "Witness", "noise", "plain", "witness"]
