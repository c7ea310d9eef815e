"""The one answer to every question of rights: may(actor, action, subject)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    ADMINISTRATOR = "administrator"
    SUPERVISOR = "supervisor"
    WORKER = "worker"


class Action(StrEnum):
    SEE_SEAT = "see_seat"
    SEE_MEMBER = "see_member"
    SEE_INCIDENT = "see_incident"
    SEE_PUNCHES = "see_punches"
    SEE_EVIDENCE = "see_evidence"
    SEE_VIEWINGS = "see_viewings"
    PUNCH = "punch"
    VIEW_LIVE = "view_live"
    ENROL = "enrol"
    APPROVE_ENROLMENT = "approve_enrolment"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_GROUPS = "manage_groups"
    MANAGE_DEVICES = "manage_devices"
    MANAGE_WEBHOOKS = "manage_webhooks"
    MANAGE_POLICY = "manage_policy"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `supervises` holds the groups given to a supervisor and all below them."""

    tenant: int
    member: int
    role: Role
    supervises: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about: a member (with the groups they are in), or the tenant as a whole."""

    tenant: int
    member: int | None = None
    groups: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """All subjects of one tenant that an actor may act on: everybody, or groups and oneself."""

    tenant: int
    everybody: bool = False
    member: int | None = None
    groups: frozenset[int] = frozenset()

    def holds(self, subject: Subject) -> bool:
        if subject.tenant != self.tenant:
            return False
        own = subject.member is not None and subject.member == self.member
        return self.everybody or own or bool(self.groups & subject.groups)


_OWN = {
    Action.SEE_SEAT,
    Action.SEE_MEMBER,
    Action.SEE_INCIDENT,
    Action.SEE_PUNCHES,
    Action.SEE_EVIDENCE,
    Action.SEE_VIEWINGS,
    Action.PUNCH,
    Action.ENROL,
}
_IN_SUPERVISED_GROUPS = _OWN - {Action.PUNCH, Action.SEE_VIEWINGS, Action.ENROL} | {
    Action.VIEW_LIVE,
    Action.APPROVE_ENROLMENT,
}


def may(actor: Actor, action: Action, subject: Subject) -> bool:
    """Whether the actor may do that; what may not be seen is answered as if it did not exist."""
    return scope(actor, action).holds(subject)


def scope(actor: Actor, action: Action) -> Scope:
    """Nothing crosses tenants; everybody has their own; supervisors have their groups.

    An administrator manages and sees the tenant, but punches for nobody else.
    """
    supervises = actor.role is Role.SUPERVISOR and action in _IN_SUPERVISED_GROUPS
    return Scope(
        tenant=actor.tenant,
        everybody=actor.role is Role.ADMINISTRATOR and action is not Action.PUNCH,
        member=actor.member if action in _OWN else None,
        groups=actor.supervises if supervises else frozenset(),
    )


def with_all_below(groups: Iterable[int], parents: Mapping[int, int | None]) -> frozenset[int]:
    """The groups and everything under them; `parents` names each group's parent."""
    found = set(groups)
    grew = True
    while grew:
        below = {group for group, parent in parents.items() if parent in found} - found
        found |= below
        grew = bool(below)
    return frozenset(found)
