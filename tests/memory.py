"""An agent's memory without a disk, for sessions and peers that are tested without a real spool."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from msgspec.structs import replace

from hub.protocol.agents import Report, StateReport
from hub.protocol.facts import Facts, Presence, Sighting

NOON = 1_780_000_000.0
EPOCH = "e1"


@dataclass
class Spool:
    """What is not recorded, the state as it is, and up to where it was told to forget."""

    device_epoch: str = field(default_factory=lambda: uuid4().hex)
    current: Facts = field(default_factory=lambda: Facts(time.time(), Presence.PRESENT))
    ongoing: dict[str, Sighting] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    forgotten: int = 0
    next: int = 1

    def next_seq(self) -> int:
        return self.next

    def facts(self) -> Facts:
        return self.current

    def sightings(self) -> tuple[Sighting, ...]:
        return tuple(self.ongoing.values())

    def unrecorded(self, after: int, limit: int) -> Sequence[Report]:
        return [report for report in self.reports if report.seq > after][:limit]

    def forget(self, upto: int) -> None:
        self.reports = [report for report in self.reports if report.seq > upto]
        self.forgotten = max(self.forgotten, upto)

    def renew(self) -> None:
        self.device_epoch = uuid4().hex
        numbered = enumerate(self.reports, 1)
        self.reports = [replace(report, seq=seq) for seq, report in numbered]
        self.next, self.forgotten = len(self.reports) + 1, 0

    def number(self) -> int:
        self.next += 1
        return self.next - 1


class Memory(Spool):
    """One whose epoch and hour are known, with so many reports of the same state."""

    def __init__(self, reports: int = 0) -> None:
        super().__init__(EPOCH, Facts(NOON, Presence.PRESENT))
        for _ in range(reports):
            self.add()

    @property
    def made(self) -> int:
        return self.next - 1

    def add(self) -> None:
        self.reports.append(StateReport(self.number(), self.current))
