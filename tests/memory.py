"""An agent's backlog in memory, for sessions that are tested without a spool."""

from collections.abc import Sequence

from msgspec.structs import replace

from hub.protocol.agents import Report, StateReport
from hub.protocol.facts import Facts, Presence, Sighting

NOON = 1_780_000_000.0
EPOCH = "e1"


class Memory:
    """It keeps count of what it was told to forget."""

    def __init__(self, reports: int = 0) -> None:
        self.device_epoch = EPOCH
        self.reports: list[Report] = []
        self.made = 0
        self.forgotten = 0
        for _ in range(reports):
            self.add()

    def add(self) -> None:
        self.made += 1
        self.reports.append(StateReport(self.made, Facts(NOON, Presence.PRESENT)))

    def next_seq(self) -> int:
        return self.made + 1

    def facts(self) -> Facts:
        return Facts(NOON, Presence.PRESENT)

    def sightings(self) -> tuple[Sighting, ...]:
        return ()

    def unrecorded(self, after: int, limit: int) -> Sequence[Report]:
        return [report for report in self.reports if report.seq > after][:limit]

    def forget(self, upto: int) -> None:
        self.forgotten = max(self.forgotten, upto)
        self.reports = [report for report in self.reports if report.seq > upto]

    def renew(self) -> None:
        self.device_epoch += "'"
        self.reports = [replace(report, seq=seq) for seq, report in enumerate(self.reports, 1)]
        self.made = len(self.reports)
