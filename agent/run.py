"""One running agent: a thread looks, the event loop judges, keeps and tells."""

import asyncio
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from agent.cameras import camera
from agent.cameras.camera import Frame
from agent.cameras.pictures import Pictures
from agent.cameras.share import Share
from agent.deciding import Deciding
from agent.decisions.asking import Asking
from agent.decisions.observation import Event
from agent.decisions.timing import debounce
from agent.enrolment.gallery import Gallery
from agent.evidence import screens
from agent.evidence.ring import Ring, RingError
from agent.evidence.sender import Sender
from agent.evidence.sent import Sent
from agent.evidence.taking import Evidence
from agent.life import Life
from agent.line import Line
from agent.live.view import LiveViews
from agent.looking import Looking
from agent.now import Now, on_air
from agent.pause import Pause
from agent.settings import Settings
from agent.shutter import Shut, Shutter
from agent.spool import Spool
from agent.troubles import Troubles
from agent.uplink import Uplink
from agent.vision.judgement import Level
from agent.vision.sharing import SharedEyes
from hub.protocol.facts import Capture, EvidenceLevel, IncidentKind, Policy, Reason, Sighting
from hub.protocol.live_view import ViewEnd
from hub.protocol.on_air import Camera, Order, PauseAsked
from hub.protocol.session import ViewNews

BEAT_S = 1.0


class Agent:
    """One device: its parts, and what its worker and its tenant say to it; see `run`."""

    def __init__(
        self, folder: Path, settings: Settings, token: str, gallery: Gallery, eyes: SharedEyes
    ) -> None:
        """Raise SpoolError, RingError or BadAddress, one line each."""
        self.name = folder.absolute().name
        self.heed: list[Callable[[], None]] = []  # called after a pause, and another policy
        self.enrolling = False  # a guided enrolment has the camera open meanwhile
        self.pictures = Pictures()
        self._settings, self._timing = settings, debounce(settings)
        self._troubles, self._life = Troubles(self.name), Life()
        self._spool = Spool(folder, time.time())
        self._line = Line(self.name, settings.hub, token, self._spool, self._troubles, self)
        wake = self._line.client.wake
        self._uplink = Uplink(self._spool, wake)
        source = camera.source(settings.source, settings.loop, settings.size, settings.controls)
        self._deciding = Deciding(
            self.name, eyes, gallery, settings.level, self._timing, self._uplink, self._troubles,
            source.live, self._life.ended,
        )  # fmt: skip
        self._looking = Looking(source, settings.fps, self.pictures, self._deciding)
        self._shutter = Shutter(folder, self._troubles, self._turned)
        self.views = LiveViews(self.pictures, self._line.say, self._no_view)
        self.share = Share(self.pictures, folder)
        ring = opened_ring(folder, self._spool, settings.images)
        self.evidence = Evidence(
            ring, self._spool, wake, self._deciding.view, self._deciding.shield, screens.grab,
            self.sighting, Sent(folder),
        )  # fmt: skip
        self.events.append(lambda event, _: self.evidence.decided(event))
        self._sender = Sender(
            ring, settings.hub, token, self._line.clear, self.evidence.sent, self.evidence.refused
        )
        self._take_over(self.policy)

    # ---- what stands

    @property
    def events(self) -> list[Callable[[Event, Frame | None], None]]:
        """Called on the event loop for every decision, after its report is kept."""
        return self._deciding.events

    @property
    def latest(self) -> Frame | None:
        return self._deciding.latest

    @property
    def asking(self) -> Asking:
        return self._deciding.asking

    @property
    def level(self) -> Level:
        """How sure a match must be."""
        return self._deciding.level

    @property
    def policy(self) -> Policy:
        return self._shutter.policy

    @property
    def paused(self) -> Pause | None:
        return self._shutter.paused

    def now(self) -> Now:
        seen, welcome = self._deciding.observation, self._line.session.welcome
        return Now(
            presence=seen.presence,
            reason=seen.reason,
            for_s=max(0.0, time.monotonic() - seen.since),
            camera=self._camera(),
            troubles=self._troubles.now,
            linked=self._line.up,
            name=welcome.name if welcome else "",
        )

    def sighting(self, kind: IncidentKind) -> Sighting | None:
        """The ongoing incident of that kind as it was reported, with its id."""
        return next((one for one in self._spool.sightings() if one.kind is kind), None)

    # ---- what the worker and the tenant say, on the event loop

    def stop(self) -> None:
        """Stop in good order, at any time."""
        self._looking.stop()
        self._life.stop()

    def pause(self, reason: str, until: float | None = None) -> None:
        """Close the camera until that time of day, or until `resume`; the hub sees it paused.

        A pause outlives the agent.
        """
        self._shutter.pause(Pause(reason, until))
        self._heeded()

    def resume(self) -> None:
        self._shutter.pause(None)
        self._tell_on_air()

    def withhold(self, reason: Reason | None) -> None:
        """Keep the camera closed for a reason of this PC, such as a consent that is missing."""
        self._shutter.withhold(reason)

    def adopt(self, policy: Policy) -> None:
        """Take over what the tenant wants of its agents, from now on and without the hub, too."""
        if policy == self.policy:
            return
        self._take_over(policy)
        self._shutter.adopt(policy)
        self._heeded()

    def renew(self, token: str) -> None:
        """From now on this is the device's token; the first use of it ends the old one."""
        self._line.client.token = token
        self._sender.renew(token)

    def know(self, gallery: Gallery) -> None:
        """From the next frame on, this is what the member looks like."""
        self._deciding.gallery = gallery

    # ---- what the hub says

    def asked(self, order: Order) -> None:
        """What the worker asks for on the hub's page is what they can do on their own here."""
        if not isinstance(order, PauseAsked):
            self.resume()
            return
        until = None if order.seconds is None else time.time() + order.seconds
        self.pause(order.reason, until)

    def view_heard(self, news: ViewNews) -> None:
        self.views.heard(news)

    def line_up(self) -> None:
        self._sender.wake()

    def line_down(self) -> None:
        self.views.lost()

    # ---- running

    async def run(self) -> None:
        """Return after `stop`, or when a recording is over.

        Raise Stopped (the hub wants us no more), CameraFault (a recording that cannot be read)
        or SpoolError, one line each.
        """
        with closing(self._spool), closing(self.evidence.ring):
            self.evidence.begin()
            self._uplink.begin(time.time())
            self._looking.open()
            self._shutter.begin()
            self._tell_on_air()
            self._looking.start()
            try:
                await self.share.stream(self._settings.share_stream)
                await self.share.virtual_camera(self._settings.share_camera)
                works = self._beats(), self.evidence.run(), self._sender.run()
                await self._life.last(self._line, *works, leave=self._leave)
            finally:
                await self._looking.stopped()
        if self._life.failure:
            raise self._life.failure

    async def _leave(self) -> None:
        """Nobody looks any more, and nothing is known from now on."""
        await self.views.close()
        await self.share.close()
        self._deciding.end()
        self._uplink.end(time.time())

    async def _beats(self) -> None:
        while True:
            await asyncio.sleep(min(BEAT_S, self._timing.stall_s / 2))
            self._shutter.settle()
            self._deciding.beat()
            self._uplink.beat(time.time())
            self.evidence.tell()
            self.views.beat()
            self._troubles.says("disk", self._spool.trouble)
            self._tell_on_air()

    # ---- one part's word for another

    def _take_over(self, policy: Policy) -> None:
        self._deciding.adopt(policy)
        self.evidence.adopt(policy)

    def _turned(self, shut: Shut | None) -> None:
        """The camera is to be closed, or opened again: tell it once."""
        self._uplink.capture = shut.capture if shut else Capture.ON
        if shut:
            self._looking.close()
            self.pictures.cover()
        self._deciding.turned(shut)
        if not shut:
            self._looking.open()
        self._uplink.captures(time.time())

    def _heeded(self) -> None:
        for heed in self.heed:
            heed()
        self._tell_on_air()

    def _camera(self) -> Camera:
        if self.enrolling:
            return Camera.ON
        if self._shutter.shut:
            return Camera.CLOSED
        return Camera.FAULT if self._deciding.fault else Camera.ON

    def _no_view(self) -> ViewEnd | None:
        """Where no image may leave this PC, or there is none, nobody is asked."""
        secret = self.policy.evidence in (EvidenceLevel.OFF, EvidenceLevel.STATE_ONLY)
        closed = secret or not self.policy.live or self._shutter.shut or self._deciding.fault
        return ViewEnd.NOT_ALLOWED if closed else None

    def _tell_on_air(self) -> None:
        taken, outlets = self.evidence.status(), self.share.outlets
        viewers = len(self.views.active)
        self._line.on_air(on_air(self.now(), self.policy, self.paused, taken, outlets, viewers))


def opened_ring(folder: Path, spool: Spool, kept: int) -> Ring:
    """Once the spool has the folder, nobody else has the ring."""
    try:
        return Ring(folder, spool.box, kept)
    except RingError:
        spool.close()
        raise
