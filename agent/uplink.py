"""From what the observer decided to numbered reports, and from its clock to the time of day."""

import secrets
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from agent.decisions.observation import Event, IncidentChanged, PresenceChanged
from agent.spool import Spool
from hub.protocol.agents import IncidentReport, StateReport
from hub.protocol.facts import (
    LATEST,
    Capture,
    Facts,
    IncidentKind,
    Phase,
    Presence,
    Reason,
    Sighting,
)

SEEN_EVERY_S = 10.0  # an incident that flickers is told at most so often; its end tells the rest
VOUCH_EVERY_S = 30.0  # how much of a known presence a crash can cost


class Uplink:
    """Writes reports into the spool and wakes the client; nothing here waits.

    `seconds` of the methods are of the observer's clock, `clock` is the time of day at that very
    moment: the difference is taken anew each time, so that a corrected clock is followed.
    """

    def __init__(self, spool: Spool, wake: Callable[[], None]) -> None:
        self.spool = spool
        self.capture = Capture.ON
        self._wake = wake
        self._open: dict[IncidentKind, Sighting] = {}
        self._told_at: dict[IncidentKind, float] = {}

    def begin(self, clock: float) -> None:
        """Close what an earlier run left open, then start from not knowing.

        A run that was killed had last said something that held until it last vouched for it.
        """
        spool = self.spool
        last = max(spool.vouched, spool.facts().since)
        for sighting in spool.sightings():
            self._report_incident(Phase.ENDED, last, replace(sighting, ongoing=False))
        if spool.facts().presence is not Presence.UNKNOWN:
            self._report_state(Facts(last, reason=Reason.SILENT))
        self._report_state(Facts(clock, capture=self.capture, reason=Reason.STARTING))

    def captures(self, clock: float) -> None:
        """Tell whether the worker lets us look, unless the last report has said it."""
        facts = self.spool.facts()
        if facts.capture is not self.capture:
            self._report_state(replace(facts, since=day(clock), capture=self.capture))

    def tell(self, events: Iterable[Event], seconds: float, clock: float) -> None:
        shift = clock - seconds
        for event in events:
            match event:
                case PresenceChanged():
                    since = day(event.since + shift)
                    facts = Facts(since, event.presence, capture=self.capture, reason=event.reason)
                    self._report_state(facts, event)
                case IncidentChanged():
                    self._incident(event, shift)

    def beat(self, clock: float) -> None:
        """To be called about once a second: what could not be written is tried again."""
        if self.spool.trouble and self.spool.flush():
            self._wake()
        known = self.spool.facts().presence is not Presence.UNKNOWN
        if known and abs(clock - self.spool.vouched) >= VOUCH_EVERY_S:
            self.spool.vouch(clock)

    def end(self, clock: float) -> None:
        """A stop in good order: incidents are over, and nothing is known from now on."""
        for sighting in self.spool.sightings():
            self._report_incident(Phase.ENDED, clock, replace(sighting, ongoing=False))
        self._report_state(Facts(clock, reason=Reason.SAID_BYE))

    def _incident(self, event: IncidentChanged, shift: float) -> None:
        kind, at = event.incident.kind, day(event.at + shift)
        if event.phase is Phase.OPENED:
            self._open[kind] = named(event, mint(at, secrets.randbits(74)), shift)
        else:
            self._open[kind] = named(event, self._open[kind].id, shift)
        if event.phase is Phase.SEEN and event.at - self._told_at[kind] < SEEN_EVERY_S:
            return
        self._told_at[kind] = event.at
        self._report_incident(event.phase, at, self._open[kind])

    def _report_state(self, facts: Facts, event: PresenceChanged | None = None) -> None:
        self.spool.report(StateReport(0, facts, event.why if event else None))
        self._wake()

    def _report_incident(self, phase: Phase, at: float, sighting: Sighting) -> None:
        self.spool.report(IncidentReport(0, at, phase, sighting))
        self._wake()


def day(clock: float) -> float:
    """What a report may say of a time: a PC without a battery wakes up in 1970."""
    return min(max(clock, 0.0), LATEST)


def named(event: IncidentChanged, name: str, shift: float) -> Sighting:
    seen = event.incident
    return Sighting(
        name, seen.kind, day(seen.opened_at + shift), day(seen.seen_at + shift), seen.count,
        ongoing=event.phase is not Phase.ENDED, why=seen.why,
    )  # fmt: skip


def mint(clock: float, chance: int) -> str:
    """A UUIDv7 (RFC 9562 5.7) as 32 hex digits: sorts by time; `chance` are 74 random bits."""
    millis = int(clock * 1000) & (1 << 48) - 1
    number = millis << 80 | 7 << 76 | chance >> 62 << 64 | 2 << 62 | chance & (1 << 62) - 1
    return f"{number:032x}"
