"""The one answer to every question of rights: may(actor, action, subject)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Flag, StrEnum, auto


class Role(StrEnum):
    """契約者, 管理者, 上司, 監査, 本人 of a tenant; 運用者 runs the installation, in none."""

    CONTRACTOR = "contractor"
    ADMINISTRATOR = "administrator"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    WORKER = "worker"
    OPERATOR = "operator"


class Action(StrEnum):
    """Everything that is asked for. Of a person comes first, of a whole tenant after it."""

    SEE_SEAT = "see_seat"
    SEE_STATUS = "see_status"
    SEE_MEMBER = "see_member"
    SEE_INCIDENT = "see_incident"
    JUDGE_INCIDENT = "judge_incident"
    DISPUTE_INCIDENT = "dispute_incident"
    SEE_PUNCHES = "see_punches"
    SEE_EVIDENCE = "see_evidence"
    ERASE_IMAGE = "erase_image"
    SEE_VIEWINGS = "see_viewings"
    SEE_CONSENTS = "see_consents"
    SEE_DEVICES = "see_devices"
    PUNCH = "punch"
    PAUSE = "pause"
    CONSENT = "consent"
    VIEW_LIVE = "view_live"
    ENROL = "enrol"
    APPROVE_ENROLMENT = "approve_enrolment"
    CONFIRM_PAIRING = "confirm_pairing"
    EDIT_PROFILE = "edit_profile"
    MANAGE_CREDENTIALS = "manage_credentials"
    SEE_SESSIONS = "see_sessions"
    REVOKE_SESSIONS = "revoke_sessions"
    SEE_CHARTER = "see_charter"
    SEE_TENANT = "see_tenant"
    SEE_GROUPS = "see_groups"
    SEE_LOG = "see_log"
    EXPORT_LOG = "export_log"
    SEE_PROOFS = "see_proofs"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_GROUPS = "manage_groups"
    MANAGE_DEVICES = "manage_devices"
    MANAGE_WEBHOOKS = "manage_webhooks"
    MANAGE_TOKENS = "manage_tokens"
    MANAGE_POLICY = "manage_policy"
    MANAGE_CHARTER = "manage_charter"
    MANAGE_SIGN_IN = "manage_sign_in"
    MANAGE_TENANT = "manage_tenant"
    OPERATE_TENANTS = "operate_tenants"
    OPERATE_MAINTENANCE = "operate_maintenance"


class Sharing(StrEnum):
    """With whom the people of a tenant share their status and task."""

    NOBODY = "nobody"
    GROUPS = "groups"
    EVERYBODY = "everybody"


class Reach(Flag):
    """Whom a role may do something to; `TENANT` is everybody there and the tenant as a whole.

    `COLLEAGUES` are those who share with the actor.
    """

    NOBODY = 0
    OWN = auto()
    COLLEAGUES = auto()
    TEAM = auto()
    TENANT = auto()
    INSTALLATION = auto()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. `supervises` holds the groups given to a supervisor and all below them.

    `actions` are all that an integrator's program may do in that person's name; None: no limit.
    `sharing` is the tenant's setting, `groups` those whose members share with the actor by it.
    """

    tenant: int
    member: int
    role: Role
    supervises: frozenset[int] = frozenset()
    actions: frozenset[Action] | None = None
    sharing: Sharing = Sharing.NOBODY
    groups: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked about: a member (with the groups they are in), or the tenant as a whole."""

    tenant: int
    member: int | None = None
    groups: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """All subjects that an actor may act on: everybody of a tenant, or groups and oneself.

    `every_tenant` alone crosses tenants, and is the operator's: nothing of a person is in it.
    """

    tenant: int
    everybody: bool = False
    member: int | None = None
    groups: frozenset[int] = frozenset()
    every_tenant: bool = False

    def holds(self, subject: Subject) -> bool:
        if self.every_tenant:
            return subject.member is None
        if subject.tenant != self.tenant:
            return False
        own = subject.member is not None and subject.member == self.member
        return self.everybody or own or bool(self.groups & subject.groups)


_NONE, _OWN, _TEAM, _ALL = Reach.NOBODY, Reach.OWN, Reach.TEAM, Reach.TENANT
_BOTH = _OWN | _TEAM
_PEERS = Reach.COLLEAGUES
_EVERY = Reach.INSTALLATION

# In the order of Role: who answers for the contract, who runs the tenant, who answers for groups,
# who examines (log and proofs, no images), who works; and who runs the installation.
_RIGHTS: dict[Action, tuple[Reach, Reach, Reach, Reach, Reach, Reach]] = {
    #                           contractor, admin., superv., auditor, worker, operator
    Action.SEE_SEAT:           (_OWN,  _ALL,  _BOTH, _OWN,  _OWN,  _NONE),
    Action.SEE_STATUS:         (_OWN,  _ALL,  _BOTH | _PEERS, _OWN, _OWN | _PEERS, _NONE),
    Action.SEE_MEMBER:         (_ALL,  _ALL,  _BOTH, _ALL,  _OWN,  _NONE),
    Action.SEE_INCIDENT:       (_OWN,  _ALL,  _BOTH, _OWN,  _OWN,  _NONE),
    Action.JUDGE_INCIDENT:     (_NONE, _ALL,  _TEAM, _NONE, _NONE, _NONE),
    Action.DISPUTE_INCIDENT:   (_OWN,  _OWN,  _OWN,  _OWN,  _OWN,  _NONE),
    Action.SEE_PUNCHES:        (_OWN,  _ALL,  _BOTH, _OWN,  _OWN,  _NONE),
    Action.SEE_EVIDENCE:       (_OWN,  _ALL,  _BOTH, _OWN,  _OWN,  _NONE),
    Action.ERASE_IMAGE:        (_OWN,  _OWN,  _OWN,  _OWN,  _OWN,  _NONE),
    Action.SEE_VIEWINGS:       (_OWN,  _ALL,  _BOTH, _ALL,  _OWN,  _NONE),
    Action.SEE_CONSENTS:       (_ALL,  _ALL,  _OWN,  _ALL,  _OWN,  _NONE),
    Action.SEE_DEVICES:        (_OWN,  _ALL,  _OWN,  _OWN,  _OWN,  _NONE),
    Action.PUNCH:              (_OWN,  _OWN,  _OWN,  _OWN,  _OWN,  _NONE),
    Action.PAUSE:              (_OWN,  _OWN,  _OWN,  _OWN,  _OWN,  _NONE),
    Action.CONSENT:            (_OWN,  _OWN,  _OWN,  _OWN,  _OWN,  _NONE),
    Action.VIEW_LIVE:          (_NONE, _ALL,  _TEAM, _NONE, _NONE, _NONE),
    Action.ENROL:              (_OWN,  _ALL,  _OWN,  _OWN,  _OWN,  _NONE),
    Action.APPROVE_ENROLMENT:  (_NONE, _ALL,  _TEAM, _NONE, _NONE, _NONE),
    Action.CONFIRM_PAIRING:    (_OWN,  _OWN,  _OWN,  _OWN,  _OWN,  _NONE),
    Action.EDIT_PROFILE:       (_OWN,  _OWN,  _OWN,  _OWN,  _OWN,  _OWN),
    Action.MANAGE_CREDENTIALS: (_OWN,  _OWN,  _OWN,  _OWN,  _OWN,  _OWN),
    Action.SEE_SESSIONS:       (_OWN,  _ALL,  _OWN,  _OWN,  _OWN,  _OWN),
    Action.REVOKE_SESSIONS:    (_OWN,  _ALL,  _OWN,  _OWN,  _OWN,  _OWN),
    Action.SEE_CHARTER:        (_ALL,  _ALL,  _ALL,  _ALL,  _ALL,  _NONE),
    Action.SEE_TENANT:         (_ALL,  _ALL,  _NONE, _ALL,  _NONE, _NONE),
    Action.SEE_GROUPS:         (_ALL,  _ALL,  _TEAM, _ALL,  _NONE, _NONE),
    Action.SEE_LOG:            (_ALL,  _ALL,  _NONE, _ALL,  _NONE, _ALL),
    Action.EXPORT_LOG:         (_ALL,  _ALL,  _NONE, _ALL,  _NONE, _ALL),
    Action.SEE_PROOFS:         (_ALL,  _ALL,  _NONE, _ALL,  _NONE, _ALL),
    Action.MANAGE_MEMBERS:     (_ALL,  _ALL,  _NONE, _NONE, _NONE, _NONE),
    Action.MANAGE_GROUPS:      (_NONE, _ALL,  _NONE, _NONE, _NONE, _NONE),
    Action.MANAGE_DEVICES:     (_NONE, _ALL,  _NONE, _NONE, _NONE, _NONE),
    Action.MANAGE_WEBHOOKS:    (_NONE, _ALL,  _NONE, _NONE, _NONE, _NONE),
    Action.MANAGE_TOKENS:      (_NONE, _ALL,  _NONE, _NONE, _NONE, _NONE),
    Action.MANAGE_POLICY:      (_NONE, _ALL,  _NONE, _NONE, _NONE, _NONE),
    Action.MANAGE_CHARTER:     (_ALL,  _ALL,  _NONE, _NONE, _NONE, _NONE),
    Action.MANAGE_SIGN_IN:     (_NONE, _ALL,  _NONE, _NONE, _NONE, _NONE),
    Action.MANAGE_TENANT:      (_ALL,  _ALL,  _NONE, _NONE, _NONE, _NONE),
    Action.OPERATE_TENANTS:    (_NONE, _NONE, _NONE, _NONE, _NONE, _EVERY),
    Action.OPERATE_MAINTENANCE: (_NONE, _NONE, _NONE, _NONE, _NONE, _EVERY),
}  # fmt: skip
_COLUMN = {role: column for column, role in enumerate(Role)}


def reach(role: Role, action: Action) -> Reach:
    """How far a role's right to do something goes."""
    return _RIGHTS[action][_COLUMN[role]]


def refused(actor: Actor, action: Action) -> bool:
    """Whether the actor may do it to nobody at all, whoever is asked about."""
    narrowed = actor.actions is not None and action not in actor.actions
    return narrowed or not reach(actor.role, action)


def may(actor: Actor, action: Action, subject: Subject) -> bool:
    """Whether the actor may do that; what may not be seen is answered as if it did not exist."""
    return scope(actor, action).holds(subject)


def scope(actor: Actor, action: Action) -> Scope:
    """Nobody but the operator reaches into another tenant, and the operator reaches no person."""
    far = Reach.NOBODY if refused(actor, action) else reach(actor.role, action)
    shared = Reach.COLLEAGUES in far
    team = actor.supervises if Reach.TEAM in far else frozenset[int]()
    return Scope(
        tenant=actor.tenant,
        everybody=Reach.TENANT in far or (shared and actor.sharing is Sharing.EVERYBODY),
        member=actor.member if Reach.OWN in far else None,
        groups=team | actor.groups if shared else team,
        every_tenant=Reach.INSTALLATION in far,
    )


def only(actor: Actor, actions: frozenset[Action] | None) -> Actor:
    """The same person, through a program that may do these things alone."""
    return replace(actor, actions=actions)


def among(actor: Actor, sharing: Sharing, groups: frozenset[int]) -> Actor:
    """The same person among colleagues: `groups` are those that they are in."""
    if Reach.COLLEAGUES not in reach(actor.role, Action.SEE_STATUS):
        return actor
    shared = groups if sharing is Sharing.GROUPS else frozenset[int]()
    return replace(actor, sharing=sharing, groups=shared)


def with_all_below(groups: Iterable[int], parents: Mapping[int, int | None]) -> frozenset[int]:
    """The groups and everything under them; `parents` names each group's parent."""
    found = set(groups)
    grew = True
    while grew:
        below = {group for group, parent in parents.items() if parent in found} - found
        found |= below
        grew = bool(below)
    return frozenset(found)
