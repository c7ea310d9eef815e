"""An agent's backlog in memory: what its reports are numbered and kept by until the hub has them.

It forgets with the process: what was not acknowledged by then is lost with it.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from hub.protocol.agents import IncidentReport, Report, StateReport
from hub.protocol.facts import Facts, Phase, Sighting, Time


class Memory:
    """`device_epoch` names this life of the numbers: no two memories of a device share one.

    `recorded` counts the reports that the hub has acknowledged. `before` are states that were true
    earlier and were not reported; they are told first, and are history.
    """

    def __init__(self, device_epoch: str, facts: Facts, before: Iterable[Facts] = ()) -> None:
        self.device_epoch = device_epoch
        self.recorded = 0
        self._facts = facts
        self._next = 1
        self._waiting: deque[Report] = deque()
        self._ongoing: dict[str, Sighting] = {}
        for past in before:
            self._keep(StateReport(self._next, past))

    @property
    def waiting(self) -> bool:
        """Whether there are reports that the hub has not acknowledged."""
        return bool(self._waiting)

    def next_seq(self) -> int:
        return self._next

    def facts(self) -> Facts:
        return self._facts

    def sightings(self) -> tuple[Sighting, ...]:
        return tuple(self._ongoing.values())

    def unrecorded(self, after: int, limit: int) -> Sequence[Report]:
        return list(islice((one for one in self._waiting if one.seq > after), limit))

    def forget(self, upto: int) -> None:
        while self._waiting and self._waiting[0].seq <= upto:
            self._waiting.popleft()
            self.recorded += 1

    def renew(self) -> None:
        """Only an older copy of a memory has to, and this one is never copied."""
        raise RuntimeError("the hub knows more reports of this device epoch than were made")

    def become(self, facts: Facts) -> None:
        """Report a new state of the device."""
        self._facts = facts
        self._keep(StateReport(self._next, facts))

    def see(self, at: Time, phase: Phase, sighting: Sighting) -> None:
        """Report a step of an incident; it goes on for as long as its sighting says."""
        if sighting.ongoing:
            self._ongoing[sighting.id] = sighting
        else:
            self._ongoing.pop(sighting.id, None)
        self._keep(IncidentReport(self._next, at, phase, sighting))

    def _keep(self, report: Report) -> None:
        self._waiting.append(report)
        self._next += 1
