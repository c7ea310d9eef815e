"""One running agent: a thread looks, the event loop judges, keeps and tells."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from msgspec import Struct

from agent import camera, pause, screens
from agent import policy as policies
from agent.asking import Asking
from agent.attention import PHONE_EVERY_S, Attention
from agent.camera import CameraFault, Frame
from agent.challenge import LOOK_PER_S, Gesture
from agent.evidence import Evidence, View
from agent.gallery import Gallery, recognise
from agent.imaging import blurred
from agent.observer import (
    Debounce,
    Event,
    IncidentChanged,
    Step,
    Tempo,
    begin,
    blind,
    in_doubt,
    observe,
    reopen,
    shut,
    tempo,
)
from agent.pause import Pause
from agent.pictures import Pictures
from agent.ring import Ring, RingError
from agent.sender import Sender
from agent.settings import Settings, SettingsError
from agent.share import Share
from agent.spool import Spool
from agent.uplink import Uplink
from agent.view import LiveViews
from agent.vision.devices import Search
from agent.vision.eyes import Eyes
from agent.vision.faces import Box, Image
from agent.vision.judgement import Level, Sight
from hub.client import Client
from hub.protocol.messages import (
    Capture,
    EvidenceLevel,
    IncidentKind,
    Policy,
    Presence,
    Reason,
    Sighting,
    ViewEnd,
)
from hub.protocol.session import AgentSession, State

PATH = "/ws/agent"
BEAT_S = 1.0
STALL_FRAMES = 3  # that are missed in a row are a stall, not a hiccup
LONGEST_LOOK_S = 1.5  # at one frame, on a machine that is busy with other things
COVERED_FRAMES = 3  # that look alike are a still picture, not chance
ROOM = 1.5  # windows are wider than their frames by this: frames come early and late
RETRY_S, LONGEST_RETRY_S = 1.0, 30.0  # of a camera that is not there
JOIN_S = 1.0  # a thread that a dead driver holds is left behind
DRAIN_S = 0.5  # on a stop: for what is on the way to be acknowledged
DRAIN_AT_END_S = 5.0  # at the end of a recording nobody waits for the process

log = logging.getLogger(__name__)

WORDS = {Presence.PRESENT: "在席", Presence.AWAY: "離席", Presence.UNKNOWN: "不明"}


@dataclass(frozen=True)
class SharedEyes:
    """The loaded models, for all the agents of one process: one looks at a time."""

    eyes: Eyes
    turn: threading.Lock

    def sight(self, frame: Frame, gallery: Gallery, level: Level, search: Search | None) -> Sight:
        """What is in a frame; a search for a phone takes longer than all the rest."""
        with self.turn:
            look = self.eyes.look(frame.bgr)
            score = None if search is None else self.eyes.phone(frame.bgr, search).score
        return replace(recognise(look, gallery, level), phone=score)

    def gesture(self, frame: Frame) -> Gesture | None:
        with self.turn:
            return self.eyes.gesture(frame.bgr)

    def others(self, bgr: Image, gallery: Gallery, level: Level) -> list[Box]:
        """Where faces are that are not the member's, or may not be."""
        with self.turn:
            boxes, look = self.eyes.boxes(bgr), self.eyes.look(bgr)
        sight = recognise(look, gallery, level)
        named = zip(look.faces, sight.faces, strict=True)
        mine = [face.box for face, seen in named if seen is sight.match]
        return [box for box in boxes if box not in mine]


class Agent:
    """One device: a source of pictures, a spool and a session; see `run`."""

    def __init__(
        self, folder: Path, settings: Settings, token: str, gallery: Gallery, eyes: SharedEyes
    ) -> None:
        """Raise SpoolError or BadAddress, one line each."""
        self.name = folder.absolute().name
        self._settings, self._gallery, self._eyes = settings, gallery, eyes
        self._source = camera.source(
            settings.source, settings.loop, settings.size, settings.controls
        )
        self._timing = debounce(settings)
        self._spool = Spool(folder, time.time())
        self._session = AgentSession(uuid4().hex, self._spool, f"zaiseki {version('zaiseki')}")
        self._client = Client(self._session, settings.hub, PATH, token, self._line_changed)
        self._uplink = Uplink(self._spool, self._client.wake)
        # Called in the looking thread for every analysed frame; what is slow there is seen less.
        self.taps: list[Callable[[Frame, Sight], None]] = []
        # Called on the event loop for every decision, after its report is kept.
        self.events: list[Callable[[Event, Frame | None], None]] = []
        self.latest: Frame | None = None
        self.pictures = Pictures()
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
        self.asking = Asking()
        self.asking.wanted = self.policy.challenge
        self._shut: Shut | None = None
        self._open = threading.Event()
        self._observation = begin(time.monotonic())
        self._frame_at = time.monotonic()
        self._fault: CameraFault | None = None
        self._failure: Exception | None = None
        self._drain_s = DRAIN_S
        self._live_line = False
        self._said: dict[str, str] = {}
        self._heard = asyncio.Event()
        self._over = asyncio.Event()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Stop in good order; called on the event loop, at any time."""
        self._stopping.set()
        self._open.set()
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
            self._ill("policy", f"the policy cannot be kept for the next start ({wrong})")

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
            trouble="; ".join(self._said.values()),
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
        loop = asyncio.get_running_loop()
        looking = threading.Thread(target=self._look, args=(loop,), name="looking", daemon=True)
        with closing(self._spool), closing(self.evidence.ring):
            self.evidence.begin()
            self._uplink.begin(time.time())
            self._open.set()
            self._settle()
            looking.start()
            try:
                await self._live()
            finally:
                self._stopping.set()
                self._open.set()
                await asyncio.to_thread(looking.join, JOIN_S)
        if self._failure:
            raise self._failure

    def _say(self, message: Struct) -> None:
        self._session.say(message)
        self._client.wake()

    def _no_view(self) -> ViewEnd | None:
        """Where no image may leave this PC, or there is none, nobody is asked."""
        secret = self.policy.evidence in (EvidenceLevel.OFF, EvidenceLevel.STATE_ONLY)
        return ViewEnd.NOT_ALLOWED if secret or self._shut or self._fault else None

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
            self._ill("pause", f"the pause cannot be kept for the next start ({wrong})")

    def _settle(self) -> None:
        """Open or close the camera as the worker and the policy say, and tell it once."""
        if self.paused and self.paused.over(time.time()):
            self._remember(None)
            return
        wanted = why_shut(self.paused, self.withheld, self.policy)
        begun = self._open.is_set() or self._shut
        if wanted == self._shut or not begun:
            return
        self._shut, self._fault = wanted, None
        self._frame_at = now = time.monotonic()
        self._uplink.capture = wanted.capture if wanted else Capture.ON
        if wanted:
            self._open.clear()
            self.latest = None
            self.pictures.cover()
            self._step(shut(self._observation, wanted.reason, now, self._timing))
        else:
            self._step(reopen(self._observation, now))
            self._open.set()
        self._uplink.captures(time.time())

    # ---- on the event loop, called from the looking thread

    def _seen(self, frame: Frame, sight: Sight) -> None:
        if self._shut:
            return
        self.latest = frame
        self._frame_at = now = time.monotonic()
        self._fault = None
        self._well("camera")
        self._step(observe(self._observation, sight, now, self._timing))
        doubt = in_doubt(self._observation, self._timing)
        self.asking.consider(doubt, self._observation.presence, now)

    def _gestured(self, gesture: Gesture | None) -> None:
        self.asking.seen(gesture, time.monotonic())

    def _faulted(self, fault: CameraFault) -> None:
        """A camera may come back; a recording is over, or cannot be read at all."""
        if self._shut:
            return
        if self._source.live:
            self._fault = fault
            self._ill("camera", fault.say)
            self._step(blind(self._observation, fault.reason, time.monotonic(), self._timing))
        elif fault.reason is Reason.NO_FRAMES:
            log.info("%s %s", self.name, fault.say)
            self._drain_s = DRAIN_AT_END_S
            self._over.set()
        else:
            self._failed(fault)

    def _failed(self, error: Exception) -> None:
        self._failure = error
        self._over.set()

    def _step(self, step: Step) -> None:
        if self._over.is_set():
            return
        self._observation, decided = step
        events = [self.asking.explained(event, time.monotonic()) for event in decided]
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
            self._ill("hub", self._client.trouble)
        if live and self._session.policy:
            self.adopt(self._session.policy)
            self._sender.wake()
        self._live_line = live
        for news in self._session.take_views():
            self.views.heard(news)
        if not live:
            self.views.lost()

    def _ill(self, what: str, trouble: str) -> None:
        """Say a trouble once while it lasts."""
        if self._said.get(what) != trouble:
            self._said[what] = trouble
            log.warning("%s %s", self.name, trouble)

    def _well(self, what: str) -> None:
        self._said.pop(what, None)

    # ---- in the looking thread

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Frames into sights until told to stop; a camera that has gone is tried again."""

        def post(call: Callable[..., None], *what: object) -> None:
            with suppress(RuntimeError):  # the loop has ended without waiting for us
                loop.call_soon_threadsafe(call, *what)

        retry_s = RETRY_S
        while self._may_look():
            try:
                attention = Attention(self._sight, self._settings.fps)
                per_s = self._hurry(attention)
                for frame in camera.frames(
                    self._source, per_s, stop=self._closed, tap=self.pictures
                ):
                    eyed = attention.see(frame, self._tempo())
                    if eyed.analysed:
                        for tap in self.taps:
                            tap(frame, eyed.sight)
                    if self.asking.waiting:
                        post(self._gestured, self._eyes.gesture(frame))
                    post(self._seen, frame, eyed.sight)
                    retry_s = RETRY_S
                continue
            except CameraFault as fault:
                post(self._faulted, fault)
                if not self._source.live:
                    return
            except Exception as error:
                post(self._failed, error)
                return
            self._stopping.wait(retry_s)
            retry_s = min(2 * retry_s, LONGEST_RETRY_S)

    def _sight(self, frame: Frame, search: Search | None) -> Sight:
        return self._eyes.sight(frame, self._gallery, self.level, search)

    def _tempo(self) -> Tempo:
        return tempo(self._observation, self._timing)

    def _hurry(self, attention: Attention) -> Callable[[], float]:
        """How fast to look: as much as attention asks for, and fast enough to see a blink."""

        def per_s() -> float:
            calm = attention.per_s(self._tempo(), time.monotonic())
            return max(calm, LOOK_PER_S) if self.asking.waiting else calm

        return per_s

    def _may_look(self) -> bool:
        """Wait while the camera is to be closed; False when the agent stops."""
        self._open.wait()
        return not self._stopping.is_set()

    def _closed(self) -> bool:
        return self._stopping.is_set() or not self._open.is_set()


@dataclass(frozen=True)
class Now:
    """What the agent knows at the moment; `camera` is on, closed or fault."""

    presence: Presence
    reason: Reason | None
    for_s: float
    camera: str
    trouble: str
    linked: bool
    name: str


@dataclass(frozen=True)
class Shut:
    """The camera is closed on purpose; a pause needs no other reason."""

    capture: Capture
    reason: Reason | None = None


def why_shut(paused: Pause | None, withheld: Reason | None, policy: Policy) -> Shut | None:
    """The worker's word comes first: it is what the board shows."""
    if paused:
        return Shut(Capture.PAUSED)
    if withheld:
        return Shut(Capture.ON, withheld)
    off = policy.evidence is EvidenceLevel.OFF
    return Shut(Capture.ON, Reason.NOT_CAPTURING) if off else None


def opened_ring(folder: Path, spool: Spool, kept: int) -> Ring:
    """Once the spool has the folder, nobody else has the ring."""
    try:
        return Ring(folder, spool.box, kept)
    except RingError:
        spool.close()
        raise


def debounce(settings: Settings) -> Debounce:
    """The times of the settings; at any pace a window has room for the frames it asks for."""
    timing = replace(Debounce(), away_after_s=settings.away_after_s).scaled(settings.pace)

    def room(frames: int, seconds: float) -> float:
        return max(seconds, frames * ROOM / settings.fps)

    return replace(
        timing,
        present_within_s=room(timing.present_matches, timing.present_within_s),
        impersonation_within_s=room(timing.impersonation_frames, timing.impersonation_within_s),
        device_within_s=max(timing.device_passes * PHONE_EVERY_S, timing.device_within_s),
        covered_for_s=room(COVERED_FRAMES, timing.covered_for_s),
        stall_s=max(LONGEST_LOOK_S, room(STALL_FRAMES, timing.stall_s)),
    )


def line(event: Event) -> str:
    """What happened, for the person who watches the agent run."""
    if isinstance(event, IncidentChanged):
        return f"{event.incident.kind} {event.phase}"
    reason = f" ({event.reason})" if event.reason else ""
    return f"{WORDS[event.presence]} {event.presence}{reason}"
