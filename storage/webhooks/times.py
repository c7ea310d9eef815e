"""How long everything about a webhook takes: one value, so that a run may be quicker than life."""

from dataclasses import dataclass
from datetime import timedelta

# The ladder that Standard Webhooks 1.0.0 recommends: the n-th wait comes before the n-th attempt.
LADDER = tuple(
    timedelta(seconds=wait_s)
    for wait_s in (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
JITTER = 0.2


@dataclass(frozen=True, slots=True)
class Times:
    """A claim holds until an attempt, its head and its recording are over, with time to spare.

    What is left of a claim when it is recorded at the latest is how late an attempt may begin: a
    dispatcher that was stopped for longer lets it lie, for another may have taken it meanwhile.
    """

    ladder: tuple[timedelta, ...] = LADDER
    claim: timedelta = timedelta(seconds=60)
    attempt: timedelta = timedelta(seconds=15)  # what Standard Webhooks gives a receiver
    head: timedelta = timedelta(seconds=2)  # the status has come: the rest is for people only
    record: timedelta = timedelta(seconds=30)
    rest: timedelta = timedelta(seconds=5)  # of a busy receiver that does not say how long
    dead_after: timedelta = timedelta(days=5)  # without one success: as Svix has it

    @property
    def begin(self) -> timedelta:
        """How long after its claim an attempt may begin to send."""
        return self.claim - self.attempt - self.head - self.record

    def next_attempt(self, rung: int, random: float) -> timedelta | None:
        """How long to wait after so many attempts on the ladder; None = that was the last one.

        `random` in 0..1 spreads the attempts over the fifth after the ladder's wait.
        """
        if rung >= len(self.ladder):
            return None
        return self.ladder[rung] * (1 + JITTER * random)

    def dead(self, failing: timedelta) -> bool:
        """Whether every attempt has failed for so long that there is no use in another."""
        return failing >= self.dead_after

    def scaled(self, pace: float) -> "Times":
        """The same at another pace: 0.1 is ten times as quick."""
        return Times(
            tuple(wait * pace for wait in self.ladder),
            self.claim * pace,
            self.attempt * pace,
            self.head * pace,
            self.record * pace,
            self.rest * pace,
            self.dead_after * pace,
        )


TIMES = Times()
