"""Whether what sits there may be a photo or a screen: a word beside a decision, never one itself.

Pure. Off unless the tenant wants it.
"""

from dataclasses import dataclass, replace

from agent.decisions.asking import hinted
from agent.decisions.observation import Event
from agent.vision.judgement import Sight
from hub.protocol.facts import Hint

LOOKS = 5  # of which most must say so: single frames of living people do, too
FEWEST = 2
SHARE = 0.6
LIVING_FROM = 0.5  # the worst of 95 frames of a living webcam scores .78
WITHIN_S = 10.0


@dataclass(frozen=True)
class Suspicion:
    """The last looks at the face that was judged: when, and how sure it is that it lives."""

    looks: tuple[tuple[float, float], ...] = ()

    def seen(self, sight: Sight, now: float) -> "Suspicion":
        """A frame that was not looked at, or where nobody can say, counts neither way."""
        if not sight.fresh or sight.living is None:
            return self
        recent = [look for look in self.looks if now - look[0] <= WITHIN_S]
        return replace(self, looks=(*recent, (now, sight.living))[-LOOKS:])

    def holds(self, now: float) -> bool:
        scores = [living for at, living in self.looks if now - at <= WITHIN_S]
        flat = sum(living < LIVING_FROM for living in scores)
        return len(scores) >= FEWEST and flat >= SHARE * len(scores)

    def explained(self, event: Event, now: float) -> Event:
        """A decision about who sits there, with the hint beside it if there is one."""
        return hinted(event, Hint.PHOTO_OR_SCREEN) if self.holds(now) else event
