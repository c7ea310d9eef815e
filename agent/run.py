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

from agent import camera
from agent.camera import CameraFault, Frame
from agent.gallery import Gallery, recognise
from agent.observer import Debounce, Event, IncidentChanged, Step, begin, blind, observe
from agent.settings import Settings
from agent.spool import Spool
from agent.uplink import Uplink
from agent.vision.eyes import Eyes
from agent.vision.judgement import Level, Sight
from hub.client import Client
from hub.protocol.messages import Presence, Reason
from hub.protocol.session import AgentSession, State

PATH = "/ws/agent"
BEAT_S = 1.0
STALL_FRAMES = 3  # that are missed in a row are a stall, not a hiccup
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

    def sight(self, frame: Frame, gallery: Gallery, level: Level) -> Sight:
        with self.turn:
            look = self.eyes.look(frame.bgr)
        return recognise(look, gallery, level)


class Agent:
    """One device: a source of pictures, a spool and a session; see `run`."""

    def __init__(
        self, folder: Path, settings: Settings, token: str, gallery: Gallery, eyes: SharedEyes
    ) -> None:
        """Raise SpoolError or BadAddress, one line each."""
        self.name = folder.absolute().name
        self._settings, self._gallery, self._eyes = settings, gallery, eyes
        self._source = camera.source(settings.source, settings.loop)
        self._timing = debounce(settings)
        self._spool = Spool(folder, time.time())
        self._session = AgentSession(uuid4().hex, self._spool, f"zaiseki {version('zaiseki')}")
        self._client = Client(self._session, settings.hub, PATH, token, self._line_changed)
        self._uplink = Uplink(self._spool, self._client.wake)
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
        self._over.set()

    async def run(self) -> None:
        """Return after `stop`, or when a recording is over.

        Raise Stopped (the hub wants us no more), CameraFault (a recording that cannot be read)
        or SpoolError, one line each.
        """
        loop = asyncio.get_running_loop()
        looking = threading.Thread(target=self._look, args=(loop,), name="looking", daemon=True)
        with closing(self._spool):
            self._uplink.begin(time.time())
            looking.start()
            try:
                await self._live()
            finally:
                self._stopping.set()
                await asyncio.to_thread(looking.join, JOIN_S)
        if self._failure:
            raise self._failure

    async def _live(self) -> None:
        """Until the first of the tasks is over; what it raised is raised here."""
        tasks = [
            asyncio.create_task(work)
            for work in (self._over.wait(), self._client.run(), self._beats())
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
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
            now = time.monotonic()
            if self._fault:
                self._step(blind(self._observation, self._fault.reason, now, self._timing))
            elif now - self._frame_at > self._timing.stall_s:
                self._step(blind(self._observation, Reason.NO_FRAMES, now, self._timing))
            self._uplink.beat(time.time())
            if self._spool.trouble:
                self._ill("disk", self._spool.trouble)
            else:
                self._well("disk")

    # ---- on the event loop, called from the looking thread

    def _seen(self, sight: Sight) -> None:
        self._frame_at = now = time.monotonic()
        self._fault = None
        self._well("camera")
        self._step(observe(self._observation, sight, now, self._timing))

    def _faulted(self, fault: CameraFault) -> None:
        """A camera may come back; a recording is over, or cannot be read at all."""
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
        self._observation, events = step
        self._uplink.tell(events, time.monotonic(), time.time())
        for event in events:
            log.info("%s %s", self.name, line(event))

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
        self._live_line = live

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
        while not self._stopping.is_set():
            try:
                for frame in camera.frames(
                    self._source, self._settings.fps, stop=self._stopping.is_set
                ):
                    post(self._seen, self._eyes.sight(frame, self._gallery, self._settings.level))
                    retry_s = RETRY_S
            except CameraFault as fault:
                post(self._faulted, fault)
                if not self._source.live:
                    return
            except Exception as error:
                post(self._failed, error)
                return
            self._stopping.wait(retry_s)
            retry_s = min(2 * retry_s, LONGEST_RETRY_S)


def debounce(settings: Settings) -> Debounce:
    """The times of the settings; at any pace a window has room for the frames it asks for."""
    timing = replace(Debounce(), away_after_s=settings.away_after_s).scaled(settings.pace)

    def room(frames: int, seconds: float) -> float:
        return max(seconds, frames * ROOM / settings.fps)

    return replace(
        timing,
        present_within_s=room(timing.present_matches, timing.present_within_s),
        impersonation_within_s=room(timing.impersonation_frames, timing.impersonation_within_s),
        stall_s=room(STALL_FRAMES, timing.stall_s),
    )


def line(event: Event) -> str:
    """What happened, for the person who watches the agent run."""
    if isinstance(event, IncidentChanged):
        return f"{event.incident.kind} {event.phase}"
    reason = f" ({event.reason})" if event.reason else ""
    return f"{WORDS[event.presence]} {event.presence}{reason}"
