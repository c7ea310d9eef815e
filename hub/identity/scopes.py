"""What an integrator's program may do: the scopes of API tokens, as actions and as operations."""

from collections.abc import Iterable
from enum import StrEnum

from hub.access import Action


class ApiScope(StrEnum):
    """A token has some of these; it never does more than the member who made it may."""

    BOARD_READ = "board:read"
    INCIDENTS_READ = "incidents:read"
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    GROUPS_WRITE = "groups:write"
    DEVICES_WRITE = "devices:write"
    VIEWINGS_READ = "viewings:read"


# No scope reaches images, faces, credentials, policy, charter or the log: those are for people.
ACTIONS: dict[ApiScope, frozenset[Action]] = {
    ApiScope.BOARD_READ: frozenset({Action.SEE_SEAT}),
    ApiScope.INCIDENTS_READ: frozenset({Action.SEE_SEAT, Action.SEE_INCIDENT}),
    ApiScope.MEMBERS_READ: frozenset({Action.SEE_MEMBER, Action.SEE_GROUPS}),
    ApiScope.MEMBERS_WRITE: frozenset({Action.SEE_MEMBER, Action.MANAGE_MEMBERS}),
    ApiScope.GROUPS_WRITE: frozenset({Action.SEE_GROUPS, Action.MANAGE_GROUPS}),
    ApiScope.DEVICES_WRITE: frozenset({Action.SEE_DEVICES, Action.MANAGE_DEVICES}),
    ApiScope.VIEWINGS_READ: frozenset({Action.SEE_VIEWINGS}),
}

READ = ("GET", "HEAD")

# Which parts of the REST site map each scope opens; everything else is closed to programs.
PATHS: dict[ApiScope, tuple[tuple[tuple[str, ...], str], ...]] = {
    ApiScope.BOARD_READ: ((READ, "/api/v1/session"),),
    ApiScope.INCIDENTS_READ: ((READ, "/api/v1/incidents"),),
    ApiScope.MEMBERS_READ: (
        (READ, "/api/v1/members"),
        (READ, "/api/v1/members/{member}"),
        (READ, "/api/v1/groups"),
    ),
    ApiScope.MEMBERS_WRITE: (
        ((*READ, "POST"), "/api/v1/members"),
        ((*READ, "PATCH"), "/api/v1/members/{member}"),
        (("POST",), "/api/v1/members/{member}/disable"),
        (("POST",), "/api/v1/members/{member}/enable"),
    ),
    ApiScope.GROUPS_WRITE: (
        ((*READ, "POST"), "/api/v1/groups"),
        (("PATCH", "DELETE"), "/api/v1/groups/{group}"),
        (("PUT",), "/api/v1/groups/{group}/supervisors"),
    ),
    ApiScope.DEVICES_WRITE: (
        ((*READ, "POST"), "/api/v1/devices"),
        (("DELETE",), "/api/v1/devices/{device}"),
    ),
    ApiScope.VIEWINGS_READ: ((READ, "/api/v1/viewings"),),
}


def actions_of(scopes: Iterable[str] | None) -> frozenset[Action] | None:
    """All that a token may do; None, which is no limit, for a person's own sign-in."""
    if scopes is None:
        return None
    return frozenset[Action]().union(*(ACTIONS[ApiScope(one)] for one in scopes))


def opens(actions: frozenset[Action], method: str, path: str) -> bool:
    """Whether a token with those actions may ask this operation of the site map at all."""
    return any(
        ACTIONS[scope] <= actions and any(method in how and path == at for how, at in PATHS[scope])
        for scope in ApiScope
    )
