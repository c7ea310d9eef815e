"""Pictures and clips through everything that a running agent does with them, in their own time."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from agent.cameras import camera
from agent.cameras.camera import CameraFault, Frame
from agent.decisions.attention import Attention
from agent.decisions.observation import Debounce, Event, Observation, PresenceChanged
from agent.decisions.observer import Tempo, begin, observe, tempo
from agent.enrolment.gallery import Gallery, recognise
from agent.vision.devices import Search
from agent.vision.eyes import Eyes
from agent.vision.judgement import Level, Sight


@dataclass(frozen=True)
class Told:
    """An event, and when in the clip it was told."""

    at: float
    event: Event

    @property
    def name(self) -> str:
        if isinstance(self.event, PresenceChanged):
            reason = f" {self.event.reason}" if self.event.reason else ""
            return f"{self.event.presence}{reason}"
        return f"{self.event.incident.kind} {self.event.phase}"


class Watching:
    """One agent without its threads: `frame` is one turn of its looking loop."""

    def __init__(
        self,
        eyes: Eyes,
        gallery: Gallery,
        level: Level = Level.MID,
        timing: Debounce | None = None,
        per_s: float = camera.ANALYSED_PER_S,
    ) -> None:
        self.eyes, self.gallery, self.level = eyes, gallery, level
        self.timing = timing or Debounce()
        self.observation: Observation = begin(0.0)
        self.attention = Attention(self._look, per_s)
        self.now = 0.0
        self.analysed = 0

    def frame(self, frame: Frame) -> list[Told]:
        self.now = frame.time_s
        eyed = self.attention.see(frame, self._tempo())
        self.analysed += eyed.analysed
        self.observation, events = observe(self.observation, eyed.sight, self.now, self.timing)
        return [Told(self.now, event) for event in events]

    def frames(self, frames: Iterable[Frame]) -> list[Told]:
        return [told for frame in frames for told in self.frame(frame)]

    def clip(self, spec: str) -> list[Told]:
        """A recording from its beginning to its end, as fast as it can be looked at."""
        return self.frames(self._played(spec))

    def _played(self, spec: str) -> Iterator[Frame]:
        with suppress(CameraFault):  # it is over
            yield from camera.frames(camera.source(spec), self._per_s, paced=False)

    def _per_s(self) -> float:
        return self.attention.per_s(self._tempo(), self.now)

    def _tempo(self) -> Tempo:
        return tempo(self.observation, self.timing)

    def _look(self, frame: Frame, search: Search | None) -> Sight:
        sight = recognise(self.eyes.look(frame.bgr), self.gallery, self.level)
        score = None if search is None else self.eyes.phone(frame.bgr, search).score
        return replace(sight, phone=score)
