"""How closely to look: which captured frames are analysed, for what, and how many there are.

The picture stays watched at one frame a second or more; what costs is looking for faces and
phones, and that can wait while nothing moves.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from agent.cameras.camera import Frame
from agent.decisions.observer import Tempo
from agent.vision import gates
from agent.vision.devices import ROUND, Search, around
from agent.vision.judgement import MIN_PHONE_SCORE, Sight
from agent.vision.pixels import Grey

# Frames in a row that may be passed over: with a tenth one the eyes have looked, still or not. What
# a look at a still picture adds is the next part of the search for phones; at one frame in six such
# looks were a third of what an agent costs while somebody sits and reads.
MOST_SKIPPED = 9
# A search for a phone takes three times as long as the faces: at one frame a second every other
# frame has one. After a find the next frames have, too, at the pace of urgent looking.
PHONE_EVERY_S, PHONE_AGAIN_S = 1.5, 0.3
URGENT_PER_S = 3.0
# One frame a second is enough for every rule, so haste may end: what is not decided within ten
# seconds is a doubt that lasts, and must not cost three times as much for hours.
HASTE_S, HASTE_BACK_PER_S = 10.0, 0.2

# (frame, where to search for a phone, if at all) -> what is seen
Look = Callable[[Frame, Search | None], Sight]


@dataclass(frozen=True)
class Eyed:
    """The sight of a frame, and whether somebody has really looked at it."""

    sight: Sight
    analysed: bool


class Attention:
    """One agent's, in its looking thread; `now` is of the frames' clock."""

    def __init__(self, look: Look, per_s: float) -> None:
        self._look = look
        self._per_s = per_s
        self._before: Grey | None = None
        self._analysed: Grey | None = None
        self._last: Sight | None = None
        self._skipped = 0
        self._searched_at: float | None = None
        self._suspect = False
        self._turn = 0
        self._haste_s = HASTE_S
        self._asked_at: float | None = None

    def see(self, frame: Frame, tempo: Tempo) -> Eyed:
        grey = gates.shrunk(frame.bgr)
        glance = gates.glance(grey, self._before)
        self._before = grey
        if glance.cover:
            self._last = None
            return Eyed(Sight(glance=glance), analysed=False)
        if self._may_skip(grey, tempo) and self._last:
            self._skipped += 1
            return Eyed(replace(self._last, phone=None, glance=glance, fresh=False), analysed=False)
        self._skipped, self._analysed = 0, grey
        self._last = sight = replace(self._look(frame, self._search(frame.time_s)), glance=glance)
        if sight.phone is not None:
            self._suspect = sight.phone >= MIN_PHONE_SCORE
            self._turn += not self._suspect
        return Eyed(sight, analysed=True)

    def per_s(self, tempo: Tempo, now: float) -> float:
        """How many frames a second to take; to be asked again and again."""
        passed = 0.0 if self._asked_at is None else now - self._asked_at
        self._asked_at = now
        if tempo is not Tempo.URGENT:
            self._haste_s = min(HASTE_S, self._haste_s + passed * HASTE_BACK_PER_S)
            return self._per_s
        self._haste_s = max(0.0, self._haste_s - passed)
        return max(self._per_s, URGENT_PER_S) if self._haste_s else self._per_s

    def _may_skip(self, grey: Grey, tempo: Tempo) -> bool:
        if tempo is not Tempo.CALM or self._skipped >= MOST_SKIPPED:
            return False
        return self._analysed is not None and gates.still(grey, self._analysed)

    def _search(self, now: float) -> Search | None:
        """Where to search now; after a find there again, and soon, for two of three must agree."""
        if self._searched_at is None:
            self._searched_at = now
        due = now - self._searched_at >= (PHONE_AGAIN_S if self._suspect else PHONE_EVERY_S)
        if not due:
            return None
        self._searched_at = now
        where = ROUND[self._turn % len(ROUND)]
        return around(where) if self._suspect else (where,)
