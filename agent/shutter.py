"""Why the camera is closed on purpose, if it is: the worker's word, this PC's, the tenant's."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent import pause, troubles
from agent import policy as policies
from agent.pause import Pause
from agent.settings import SettingsError
from agent.troubles import Troubles
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


class Shutter:
    """What three sides say of one agent's camera, kept for its next start; on the event loop.

    `turned` is called with the reason when the camera is to be closed, with None when it is to be
    opened, and never before `begin`.
    """

    def __init__(
        self, folder: Path, troubles: Troubles, turned: Callable[[Shut | None], None]
    ) -> None:
        self.paused = pause.load(folder)
        self.policy = policies.load(folder)
        self.withheld: Reason | None = None
        self.shut: Shut | None = None
        self._folder, self._troubles, self._turned = folder, troubles, turned
        self._begun = False

    def begin(self) -> None:
        """From here on the camera is open unless somebody wants it closed."""
        self._begun = True
        self.settle()

    def pause(self, paused: Pause | None) -> None:
        """The worker's own word, or None when they resume."""
        self.paused = paused
        self.settle()
        try:
            pause.save(self._folder, paused)
            self._troubles.well("pause")
        except (SettingsError, OSError) as wrong:
            self._troubles.ill("pause", troubles.pause_unkept(str(wrong)))

    def withhold(self, reason: Reason | None) -> None:
        self.withheld = reason
        self.settle()

    def adopt(self, policy: Policy) -> None:
        self.policy = policy
        self.settle()
        try:
            policies.save(self._folder, policy)
            self._troubles.well("policy")
        except SettingsError as wrong:
            self._troubles.ill("policy", troubles.policy_unkept(str(wrong)))

    def settle(self) -> None:
        """Open or close the camera as they say; to be called about once a second."""
        if self.paused and self.paused.over(time.time()):
            self.pause(None)
            return
        wanted = why_shut(self.paused, self.withheld, self.policy)
        if wanted != self.shut and self._begun:
            self.shut = wanted
            self._turned(wanted)
