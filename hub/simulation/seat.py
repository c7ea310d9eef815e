"""One simulated device: its memory, as the protocol's session asks for it, and what it reports."""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice
from random import Random

from hub.protocol.agents import IncidentReport, Report, StateReport
from hub.protocol.facts import Facts, Phase, Sighting
from hub.simulation import play

ENDS_AFTER_S = 20.0  # an incident goes on for so long


class Memory:
    """A `Backlog` that forgets with the process: what was not acknowledged is lost with it."""

    def __init__(self, device_epoch: str, facts: Facts, before: Iterable[Facts] = ()) -> None:
        self.device_epoch = device_epoch
        self._facts = facts
        self._next = 1
        self._waiting: deque[Report] = deque()
        self._ongoing: Sighting | None = None
        self.recorded = 0
        for past in before:
            self._keep(StateReport(self._next, past))

    @property
    def waiting(self) -> bool:
        return bool(self._waiting)

    def next_seq(self) -> int:
        return self._next

    def facts(self) -> Facts:
        return self._facts

    def sightings(self) -> tuple[Sighting, ...]:
        return (self._ongoing,) if self._ongoing else ()

    def unrecorded(self, after: int, limit: int) -> Sequence[Report]:
        return list(islice((one for one in self._waiting if one.seq > after), limit))

    def forget(self, upto: int) -> None:
        while self._waiting and self._waiting[0].seq <= upto:
            self._waiting.popleft()
            self.recorded += 1

    def renew(self) -> None:
        """Only an older copy of a memory has to, and this one is never copied."""
        raise RuntimeError("the hub knows more reports of a simulated device than it has made")

    def change(self, chance: Random, now: float) -> None:
        self._facts = play.changed(self._facts, chance, now)
        self._keep(StateReport(self._next, self._facts))

    def raise_incident(self, chance: Random, now: float) -> None:
        """One at a time; the one before has ended by then."""
        self.end_incident(now)
        self._ongoing = play.incident(chance, now)
        self._keep(IncidentReport(self._next, now, Phase.OPENED, self._ongoing))

    def end_incident(self, now: float) -> None:
        if self._ongoing is None:
            return
        one, self._ongoing = self._ongoing, None
        ended = Sighting(one.id, one.kind, one.opened_at, now, ongoing=False, why=one.why)
        self._keep(IncidentReport(self._next, now, Phase.ENDED, ended))

    def _keep(self, report: Report) -> None:
        self._waiting.append(report)
        self._next += 1
