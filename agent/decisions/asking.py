"""When a person is asked for a blink or a turn of the head, and what is told of the outcome."""

import random
from dataclasses import replace

from msgspec import structs

from agent.decisions import challenge
from agent.decisions.challenge import Challenge, Gesture, Outcome
from agent.decisions.observation import Event, IncidentChanged, PresenceChanged
from hub.protocol.facts import Hint, IncidentKind, Presence

HINTS = {
    Outcome.PASSED: Hint.CHALLENGE_PASSED,
    Outcome.UNANSWERED: Hint.CHALLENGE_UNANSWERED,
}
TOLD_FOR_S = 120.0  # what somebody did two minutes ago says little about who sits there now


class Asking:
    """One agent's; `wanted` is the tenant's policy. `challenge` is for the page that shows it."""

    def __init__(self) -> None:
        self.wanted = False
        self.challenge: Challenge | None = None
        self._known = False

    @property
    def waiting(self) -> bool:
        return self.challenge is not None and self.challenge.waiting

    def consider(self, doubt: bool, presence: Presence, now: float) -> None:
        """Ask at the start of work, and when it is in doubt whether the member sits there."""
        starts = presence is Presence.PRESENT and not self._known
        self._known = presence is not Presence.UNKNOWN
        if self.wanted and (starts or doubt) and challenge.due(self.challenge, now):
            self.challenge = challenge.ask(random.random(), now)
        if not self.wanted:
            self.challenge = None

    def seen(self, gesture: Gesture | None, now: float) -> None:
        if self.challenge:
            self.challenge = challenge.watch(self.challenge, gesture, now)

    def explained(self, event: Event, now: float) -> Event:
        """A decision about who sits there, with the outcome beside it; it decides nothing."""
        asked = self.challenge
        if asked is None or asked.waiting or now - asked.until > TOLD_FOR_S:
            return event
        return hinted(event, HINTS[asked.outcome])


def hinted(event: Event, hint: Hint) -> Event:
    match event:
        case PresenceChanged(presence=Presence.PRESENT, why=why) if why:
            return replace(event, why=structs.replace(why, hint=hint))
        case IncidentChanged(incident=incident) if incident.kind is IncidentKind.IMPERSONATION:
            why = structs.replace(incident.why, hint=hint)
            return replace(event, incident=replace(incident, why=why))
    return event
