"""A device's times, put into the hub's clock: by the skew that was measured at its hello."""

from typing import assert_never

from msgspec.structs import replace

from hub.protocol.agents import (
    EvidenceReport,
    GapReport,
    Hello,
    IncidentReport,
    Report,
    StateReport,
)
from hub.protocol.facts import LATEST, Facts, Sighting
from hub.protocol.on_air import OnAir


def hello_by_hub(hello: Hello, skew_s: float) -> Hello:
    incidents = tuple(sighting_by_hub(one, skew_s) for one in hello.incidents)
    return replace(hello, facts=facts_by_hub(hello.facts, skew_s), incidents=incidents)


def report_by_hub(report: Report, skew_s: float) -> Report:
    match report:
        case StateReport():
            return replace(report, facts=facts_by_hub(report.facts, skew_s))
        case IncidentReport():
            sighting = sighting_by_hub(report.sighting, skew_s)
            return replace(report, at=by_hub(report.at, skew_s), sighting=sighting)
        case GapReport():
            begin, end = by_hub(report.lost_from, skew_s), by_hub(report.lost_to, skew_s)
            return replace(report, lost_from=begin, lost_to=end)
        case EvidenceReport():
            # what the device signed with an image has its own time, and so has its row
            return replace(report, at=by_hub(report.at, skew_s))
        case _:
            assert_never(report)


def facts_by_hub(facts: Facts, skew_s: float) -> Facts:
    return replace(facts, since=by_hub(facts.since, skew_s))


def sighting_by_hub(sighting: Sighting, skew_s: float) -> Sighting:
    opened, seen = by_hub(sighting.opened_at, skew_s), by_hub(sighting.seen_at, skew_s)
    return replace(sighting, opened_at=opened, seen_at=seen)


def on_air_by_hub(on: OnAir, skew_s: float) -> OnAir:
    pause, next_at = on.pause, on.next_capture_at
    if pause and pause.until is not None:
        pause = replace(pause, until=by_hub(pause.until, skew_s))
    if next_at is not None:
        next_at = by_hub(next_at, skew_s)
    return replace(on, pause=pause, next_capture_at=next_at)


def by_hub(time: float, skew_s: float) -> float:
    """A time that a clock without sense has told stays one that can be written down."""
    return min(max(time - skew_s, 0.0), LATEST)
