"""Who is told of what: a rule for each type of notice, over a tenant's people and rights (pure)."""

from collections.abc import Iterable

from hub.access import Action, Role, Subject, may
from hub.notices.events import (
    DeviceGap,
    DeviceOffline,
    Event,
    HubGap,
    IncidentEscalated,
    IncidentOpened,
    MaintenanceAnnounced,
    WebhookDisabled,
)
from storage.people.directory import Directory


def receivers(people: Directory, event: Event) -> list[int]:
    """Who is told: what is about a person, to those who answer for them, and to themselves."""
    match event:
        case IncidentOpened() | DeviceOffline() | DeviceGap():
            return _above_and(people, event.member)
        case IncidentEscalated(told=told):
            return [one for one in told if one in people.members]
        case HubGap():
            return _of(people, (Role.ADMINISTRATOR,))
        case MaintenanceAnnounced():
            return _of(people, (Role.CONTRACTOR, Role.ADMINISTRATOR, Role.SUPERVISOR))
        case WebhookDisabled():
            return [one for one in people.members if _may_here(people, one, Action.MANAGE_WEBHOOKS)]


def _above_and(people: Directory, member: int) -> list[int]:
    """Supervisors of the member's groups; administrators where there are none; the member."""
    if member not in people.members:
        return []
    groups = people.subject(member).groups
    above = [
        one
        for one, given in people.supervises.items()
        if one != member and not given.isdisjoint(groups)
    ]
    if not above:
        above = [one for one in _of(people, (Role.ADMINISTRATOR,)) if one != member]
    return sorted([*above, member])


def _of(people: Directory, roles: Iterable[Role]) -> list[int]:
    return sorted(one.id for one in people.members.values() if one.role in roles)


def _may_here(people: Directory, member: int, action: Action) -> bool:
    """Whether they may do it to the tenant as a whole."""
    actor = people.actor(member)
    return actor is not None and may(actor, action, Subject(people.tenant))


def sees(people: Directory, member: int, subject: int | None) -> bool:
    """Whether the member may still see whom it is about."""
    actor = people.actor(member)
    if actor is None or subject is None:
        return actor is not None
    return may(actor, Action.SEE_SEAT, people.subject(subject))
