"""From what the camera shows to what is reported: frames into sights, sights into decisions."""

import logging
import time
from collections.abc import Callable

from agent.cameras.camera import CameraFault, Frame
from agent.decisions.asking import Asking
from agent.decisions.challenge import Gesture
from agent.decisions.hinting import Suspicion
from agent.decisions.observation import Debounce, Event, IncidentChanged, Observation, Step
from agent.decisions.observer import Tempo, begin, blind, in_doubt, observe, reopen, shut, tempo
from agent.enrolment.gallery import Gallery
from agent.evidence.imaging import blurred
from agent.evidence.taking import View
from agent.shutter import Shut
from agent.troubles import Troubles
from agent.uplink import Uplink
from agent.vision.devices import Search
from agent.vision.judgement import Level, Sight
from agent.vision.pixels import Image
from agent.vision.sharing import SharedEyes
from hub.protocol.facts import Policy, Presence, Reason

WORDS = {Presence.PRESENT: "在席", Presence.AWAY: "離席", Presence.UNKNOWN: "不明"}

log = logging.getLogger(__name__)


class Deciding:
    """One agent's judgement; a `Mind` of its looking thread, and otherwise on the event loop.

    `live` says whether the source is a camera, which may come back, or a recording, which is over
    some time: then `ended` is called, with what was wrong if it could not be read.
    """

    def __init__(
        self, name: str, eyes: SharedEyes, gallery: Gallery, level: Level, timing: Debounce,
        uplink: Uplink, troubles: Troubles, live: bool, ended: Callable[[Exception | None], None],
    ) -> None:  # fmt: skip
        self.gallery = gallery
        self.policy = Policy()
        self.asking = Asking()
        # Called on the event loop for every decision, after its report is kept.
        self.events: list[Callable[[Event, Frame | None], None]] = []
        self.latest: Frame | None = None
        self.fault: CameraFault | None = None
        self.observation: Observation = begin(time.monotonic())
        self._name, self._eyes, self._level, self._timing = name, eyes, level, timing
        self._uplink, self._troubles = uplink, troubles
        self._live, self._ended = live, ended
        self._flat = Suspicion()
        self._shut: Shut | None = None
        self._over = False
        self._frame_at = time.monotonic()

    @property
    def level(self) -> Level:
        """How sure a match must be: the tenant's word where there is one, else the setting."""
        locked = self.policy.level
        return Level(locked) if locked else self._level

    def adopt(self, policy: Policy) -> None:
        self.policy = policy
        self.asking.wanted = policy.challenge

    def turned(self, closed: Shut | None) -> None:
        """The camera is closed on purpose, or about to be opened again."""
        self._shut, self.fault = closed, None
        self._frame_at = now = time.monotonic()
        if closed:
            self.latest = None
            self._step(shut(self.observation, closed.reason, now, self._timing))
        else:
            self._step(reopen(self.observation, now))

    def beat(self) -> None:
        """To be called about once a second: what no frame tells, time does."""
        now = time.monotonic()
        if self._shut:
            self._step(shut(self.observation, self._shut.reason, now, self._timing))
        elif self.fault:
            self._step(blind(self.observation, self.fault.reason, now, self._timing))
        elif now - self._frame_at > self._timing.stall_s:
            self._step(blind(self.observation, Reason.NO_FRAMES, now, self._timing))

    def end(self) -> None:
        """Nothing is decided any more."""
        self._over = True

    # ---- what evidence asks

    def view(self) -> View:
        """A frame from before the camera failed shows nothing of now."""
        fresh = time.monotonic() - self._frame_at <= self._timing.stall_s and not self.fault
        frame = self.latest if fresh and not self._shut else None
        return View(self._shut is not None, frame.bgr if frame else None)

    def shield(self, bgr: Image) -> Image:
        return blurred(bgr, self._eyes.others(bgr, self.gallery, self.level))

    # ---- what the looking thread tells, on the event loop

    def seen(self, frame: Frame, sight: Sight) -> None:
        if self._shut:
            return
        self.latest = frame
        self._frame_at = now = time.monotonic()
        self.fault = None
        self._troubles.well("camera")
        self._flat = self._flat.seen(sight, now)
        self._step(observe(self.observation, sight, now, self._timing))
        doubt = in_doubt(self.observation, self._timing)
        self.asking.consider(doubt, self.observation.presence, now)

    def gestured(self, gesture: Gesture | None) -> None:
        self.asking.seen(gesture, time.monotonic())

    def faulted(self, fault: CameraFault) -> None:
        """A camera may come back; a recording is over, or cannot be read at all."""
        if self._shut:
            return
        if self._live:
            self.fault = fault
            self._troubles.ill("camera", fault.say)
            self._step(blind(self.observation, fault.reason, time.monotonic(), self._timing))
        elif fault.reason is Reason.NO_FRAMES:
            log.info("%s %s", self._name, fault.say)
            self._ended(None)
        else:
            self._ended(fault)

    def failed(self, error: Exception) -> None:
        self._ended(error)

    def _step(self, step: Step) -> None:
        if self._over:
            return
        self.observation, decided = step
        now = time.monotonic()
        events = [self.asking.explained(self._flat.explained(one, now), now) for one in decided]
        self._uplink.tell(events, time.monotonic(), time.time())
        for event in events:
            log.info("%s %s", self._name, line(event))
            for hear in self.events:
                hear(event, self.latest)

    # ---- what the looking thread asks, in that thread

    def sight(self, frame: Frame, search: Search | None) -> Sight:
        return self._eyes.sight(frame, self.gallery, self.level, search, self.policy.hint)

    def gesture(self, frame: Frame) -> Gesture | None:
        return self._eyes.gesture(frame)

    def tempo(self) -> Tempo:
        return tempo(self.observation, self._timing)

    def asking_now(self) -> bool:
        return bool(self.asking.waiting)


def line(event: Event) -> str:
    """What happened, for the person who watches the agent run."""
    if isinstance(event, IncidentChanged):
        return f"{event.incident.kind} {event.phase}"
    reason = f" ({event.reason})" if event.reason else ""
    return f"{WORDS[event.presence]} {event.presence}{reason}"
