"""One running agent: a thread looks, the event loop judges, keeps and tells."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from msgspec import Struct

from agent import pause, troubles
from agent import policy as policies
from agent.cameras import camera
from agent.cameras.camera import CameraFault, Frame
from agent.cameras.pictures import Pictures
from agent.cameras.share import Share
from agent.decisions.asking import Asking
from agent.decisions.challenge import Gesture
from agent.decisions.hinting import Suspicion
from agent.decisions.observation import Event, IncidentChanged, Step
from agent.decisions.observer import Tempo, begin, blind, in_doubt, observe, reopen, shut, tempo
from agent.decisions.timing import debounce
from agent.enrolment.gallery import Gallery
from agent.evidence import screens
from agent.evidence.imaging import blurred
from agent.evidence.ring import Ring, RingError
from agent.evidence.sender import Sender
from agent.evidence.taking import Evidence, View
from agent.live.view import LiveViews
from agent.looking import Looking
from agent.pause import Pause
from agent.settings import Settings, SettingsError
from agent.shutter import Shut, why_shut
from agent.spool import Spool
from agent.troubles import Trouble
from agent.uplink import Uplink
from agent.vision.devices import Search
from agent.vision.judgement import Level, Sight
from agent.vision.pixels import Image
from agent.vision.sharing import SharedEyes
from hub.client import Client
from hub.protocol.facts import (
    Capture,
    EvidenceLevel,
    IncidentKind,
    Policy,
    Presence,
    Reason,
    Sighting,
)
from hub.protocol.live_view import ViewEnd
from hub.protocol.session import AgentSession, State

PATH = "/ws/agent"
BEAT_S = 1.0
DRAIN_S = 0.5  # on a stop: for what is on the way to be acknowledged
DRAIN_AT_END_S = 5.0  # at the end of a recording nobody waits for the process

log = logging.getLogger(__name__)

WORDS = {Presence.PRESENT: "在席", Presence.AWAY: "離席", Presence.UNKNOWN: "不明"}


class Agent:
    """One device: a source of pictures, a spool and a session; see `run`."""

    def __init__(
        self, folder: Path, settings: Settings, token: str, gallery: Gallery, eyes: SharedEyes
    ) -> None:
        """Raise SpoolError or BadAddress, one line each."""
        self.name = folder.absolute().name
        self._settings, self._gallery, self._eyes = settings, gallery, eyes
        self._timing = debounce(settings)
        self._spool = Spool(folder, time.time())
        self._session = AgentSession(uuid4().hex, self._spool, f"zaiseki {version('zaiseki')}")
        self._client = Client(self._session, settings.hub, PATH, token, self._line_changed)
        self._uplink = Uplink(self._spool, self._client.wake)
        # Called on the event loop for every decision, after its report is kept.
        self.events: list[Callable[[Event, Frame | None], None]] = []
        self.adopted: list[Callable[[], None]] = []  # called after another policy is in force
        self.latest: Frame | None = None
        self.pictures = Pictures()
        source = camera.source(settings.source, settings.loop, settings.size, settings.controls)
        self._looking = Looking(source, settings.fps, self.pictures, self)
        self.views = LiveViews(self.pictures, self._say, self._no_view)
        self.share = Share(self.pictures, folder)
        self.policy = policies.load(folder)
        self.paused = pause.load(folder)
        self.withheld: Reason | None = None
        self._folder = folder
        ring = opened_ring(folder, self._spool, settings.images)
        self.evidence = Evidence(
            ring, self._spool, self._client.wake, self._view, self._shield, screens.grab,
            self.sighting,
        )  # fmt: skip
        self.evidence.adopt(self.policy)
        self.events.append(lambda event, _: self.evidence.decided(event))
        self._sender = Sender(
            ring, settings.hub, token, self._clear, self.evidence.sent, self.evidence.refused
        )
        self._flat = Suspicion()
        self.asking = Asking()
        self.asking.wanted = self.policy.challenge
        self._shut: Shut | None = None
        self._observation = begin(time.monotonic())
        self._frame_at = time.monotonic()
        self._fault: CameraFault | None = None
        self._failure: Exception | None = None
        self._drain_s = DRAIN_S
        self._live_line = False
        self._said: dict[str, Trouble] = {}
        self._heard = asyncio.Event()
        self._over = asyncio.Event()
        self._begun = False

    def stop(self) -> None:
        """Stop in good order; called on the event loop, at any time."""
        self._looking.stop()
        self._over.set()

    def pause(self, reason: str, until: float | None = None) -> None:
        """Close the camera until that time of day, or until `resume`; the hub sees it paused.

        A pause outlives the agent. Called on the event loop, as are the three below.
        """
        self._remember(Pause(reason, until))

    def resume(self) -> None:
        self._remember(None)

    def withhold(self, reason: Reason | None) -> None:
        """Keep the camera closed for a reason of this PC, such as a consent that is missing."""
        self.withheld = reason
        self._settle()

    def adopt(self, policy: Policy) -> None:
        """Take over what the tenant wants of its agents, from now on and without the hub, too."""
        if policy == self.policy:
            return
        self.policy = policy
        self.evidence.adopt(policy)
        self.asking.wanted = policy.challenge
        self._settle()
        try:
            policies.save(self._folder, policy)
        except SettingsError as wrong:
            self._ill("policy", troubles.policy_unkept(str(wrong)))
        for heed in self.adopted:
            heed()

    def renew(self, token: str) -> None:
        """From now on this is the device's token; the first use of it ends the old one."""
        self._client.token = token
        self._sender.renew(token)

    def know(self, gallery: Gallery) -> None:
        """From the next frame on, this is what the member looks like."""
        self._gallery = gallery

    def now(self) -> "Now":
        """For the worker's own page."""
        seen, welcome = self._observation, self._session.welcome
        closed = bool(self._shut)
        return Now(
            presence=seen.presence,
            reason=seen.reason,
            for_s=max(0.0, time.monotonic() - seen.since),
            camera="closed" if closed else "fault" if self._fault else "on",
            troubles=tuple(self._said.values()),
            linked=self._live_line,
            name=welcome.name if welcome else "",
        )

    @property
    def level(self) -> Level:
        """How sure a match must be: the tenant's word where there is one, else the setting."""
        locked = self.policy.level
        return Level(locked) if locked else self._settings.level

    def sighting(self, kind: IncidentKind) -> Sighting | None:
        """The ongoing incident of that kind as it was reported, with its id."""
        return next((one for one in self._spool.sightings() if one.kind is kind), None)

    async def run(self) -> None:
        """Return after `stop`, or when a recording is over.

        Raise Stopped (the hub wants us no more), CameraFault (a recording that cannot be read)
        or SpoolError, one line each.
        """
        with closing(self._spool), closing(self.evidence.ring):
            self.evidence.begin()
            self._uplink.begin(time.time())
            self._begun = True
            self._looking.open()
            self._settle()
            self._looking.start()
            try:
                await self._live()
            finally:
                await self._looking.stopped()
        if self._failure:
            raise self._failure

    def _say(self, message: Struct) -> None:
        self._session.say(message)
        self._client.wake()

    def _no_view(self) -> ViewEnd | None:
        """Where no image may leave this PC, or there is none, nobody is asked."""
        secret = self.policy.evidence in (EvidenceLevel.OFF, EvidenceLevel.STATE_ONLY)
        closed = secret or not self.policy.live or self._shut or self._fault
        return ViewEnd.NOT_ALLOWED if closed else None

    async def _live(self) -> None:
        """Until the first of the tasks is over; what it raised is raised here."""
        await self.share.stream(self._settings.share_stream)
        await self.share.virtual_camera(self._settings.share_camera)
        tasks = [
            asyncio.create_task(work)
            for work in (
                self._over.wait(),
                self._client.run(),
                self._beats(),
                self.evidence.run(),
                self._sender.run(),
            )
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await self.views.close()
            await self.share.close()
            self._uplink.end(time.time())
            if not tasks[1].done():
                await self._drained()
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def _drained(self) -> None:
        """Let what is on the way arrive, though not for long: the spool has it anyway."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._drain_s):
                while self._spool.backlog() and not self._client.trouble:
                    self._heard.clear()
                    await self._heard.wait()

    async def _beats(self) -> None:
        while True:
            await asyncio.sleep(min(BEAT_S, self._timing.stall_s / 2))
            self._settle()
            now = time.monotonic()
            if self._shut:
                self._step(shut(self._observation, self._shut.reason, now, self._timing))
            elif self._fault:
                self._step(blind(self._observation, self._fault.reason, now, self._timing))
            elif now - self._frame_at > self._timing.stall_s:
                self._step(blind(self._observation, Reason.NO_FRAMES, now, self._timing))
            self._uplink.beat(time.time())
            self.evidence.tell()
            self.views.beat()
            if self._spool.trouble:
                self._ill("disk", self._spool.trouble)
            else:
                self._well("disk")

    # ---- what evidence asks

    def _view(self) -> View:
        """A frame from before the camera failed shows nothing of now."""
        fresh = time.monotonic() - self._frame_at <= self._timing.stall_s and not self._fault
        frame = self.latest if fresh and not self._shut else None
        return View(self._shut is not None, frame.bgr if frame else None)

    def _shield(self, bgr: Image) -> Image:
        return blurred(bgr, self._eyes.others(bgr, self._gallery, self.level))

    def _clear(self) -> bool:
        """Images wait for reports, and for a line that is up."""
        return self._session.state is State.LIVE and not self._spool.backlog()

    # ---- the camera is closed on purpose

    def _remember(self, pause_: Pause | None) -> None:
        self.paused = pause_
        self._settle()
        try:
            pause.save(self._folder, pause_)
        except (SettingsError, OSError) as wrong:
            self._ill("pause", troubles.pause_unkept(str(wrong)))

    def _settle(self) -> None:
        """Open or close the camera as the worker and the policy say, and tell it once."""
        if self.paused and self.paused.over(time.time()):
            self._remember(None)
            return
        wanted = why_shut(self.paused, self.withheld, self.policy)
        if wanted == self._shut or not self._begun:
            return
        self._shut, self._fault = wanted, None
        self._frame_at = now = time.monotonic()
        self._uplink.capture = wanted.capture if wanted else Capture.ON
        if wanted:
            self._looking.close()
            self.latest = None
            self.pictures.cover()
            self._step(shut(self._observation, wanted.reason, now, self._timing))
        else:
            self._step(reopen(self._observation, now))
            self._looking.open()
        self._uplink.captures(time.time())

    # ---- what the looking thread tells, on the event loop

    def seen(self, frame: Frame, sight: Sight) -> None:
        if self._shut:
            return
        self.latest = frame
        self._frame_at = now = time.monotonic()
        self._fault = None
        self._well("camera")
        self._flat = self._flat.seen(sight, now)
        self._step(observe(self._observation, sight, now, self._timing))
        doubt = in_doubt(self._observation, self._timing)
        self.asking.consider(doubt, self._observation.presence, now)

    def gestured(self, gesture: Gesture | None) -> None:
        self.asking.seen(gesture, time.monotonic())

    def faulted(self, fault: CameraFault) -> None:
        """A camera may come back; a recording is over, or cannot be read at all."""
        if self._shut:
            return
        if self._looking.source.live:
            self._fault = fault
            self._ill("camera", fault.say)
            self._step(blind(self._observation, fault.reason, time.monotonic(), self._timing))
        elif fault.reason is Reason.NO_FRAMES:
            log.info("%s %s", self.name, fault.say)
            self._drain_s = DRAIN_AT_END_S
            self._over.set()
        else:
            self.failed(fault)

    def failed(self, error: Exception) -> None:
        self._failure = error
        self._over.set()

    def _step(self, step: Step) -> None:
        if self._over.is_set():
            return
        self._observation, decided = step
        now = time.monotonic()
        events = [self.asking.explained(self._flat.explained(one, now), now) for one in decided]
        self._uplink.tell(events, time.monotonic(), time.time())
        for event in events:
            log.info("%s %s", self.name, line(event))
            for hear in self.events:
                hear(event, self.latest)

    def _line_changed(self) -> None:
        """Called by the client after everything that it learned or went through."""
        self._heard.set()
        live = self._session.state is State.LIVE
        if live and not self._live_line and self._session.welcome:
            log.info("%s connected to the hub as %s", self.name, self._session.welcome.name)
            self._client.trouble = ""
            self._well("hub")
        elif self._client.trouble:
            self._ill("hub", troubles.no_hub(self._client.trouble))
        if live and self._session.policy:
            self.adopt(self._session.policy)
            self._sender.wake()
        self._live_line = live
        for news in self._session.take_views():
            self.views.heard(news)
        if not live:
            self.views.lost()

    def _ill(self, what: str, trouble: Trouble) -> None:
        """Say a trouble once while it lasts."""
        if self._said.get(what) != trouble:
            self._said[what] = trouble
            log.warning("%s %s", self.name, trouble)

    def _well(self, what: str) -> None:
        self._said.pop(what, None)

    # ---- what the looking thread asks, in that thread

    def sight(self, frame: Frame, search: Search | None) -> Sight:
        return self._eyes.sight(frame, self._gallery, self.level, search, self.policy.hint)

    def gesture(self, frame: Frame) -> Gesture | None:
        return self._eyes.gesture(frame)

    def tempo(self) -> Tempo:
        return tempo(self._observation, self._timing)

    def asking_now(self) -> bool:
        return bool(self.asking.waiting)


@dataclass(frozen=True)
class Now:
    """What the agent knows at the moment; `camera` is on, closed or fault."""

    presence: Presence
    reason: Reason | None
    for_s: float
    camera: str
    troubles: tuple[Trouble, ...]
    linked: bool
    name: str


def opened_ring(folder: Path, spool: Spool, kept: int) -> Ring:
    """Once the spool has the folder, nobody else has the ring."""
    try:
        return Ring(folder, spool.box, kept)
    except RingError:
        spool.close()
        raise


def line(event: Event) -> str:
    """What happened, for the person who watches the agent run."""
    if isinstance(event, IncidentChanged):
        return f"{event.incident.kind} {event.phase}"
    reason = f" ({event.reason})" if event.reason else ""
    return f"{WORDS[event.presence]} {event.presence}{reason}"
