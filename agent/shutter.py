"""Why the camera is closed on purpose, if it is."""

from dataclasses import dataclass

from agent.pause import Pause
from hub.protocol.facts import Capture, EvidenceLevel, Policy, Reason


@dataclass(frozen=True)
class Shut:
    """The camera is closed on purpose; a pause needs no other reason."""

    capture: Capture
    reason: Reason | None = None


def why_shut(paused: Pause | None, withheld: Reason | None, policy: Policy) -> Shut | None:
    """The worker's word comes first: it is what the board shows.

    Without charter, consent or punched work nothing opens the camera; why is not the board's.
    """
    if paused:
        return Shut(Capture.PAUSED)
    if withheld:
        return Shut(Capture.ON, withheld)
    off = policy.quiet or policy.evidence is EvidenceLevel.OFF
    return Shut(Capture.ON, Reason.NOT_CAPTURING) if off else None
