"""What an integrator's program may do: the scopes of API tokens, as actions and as operations."""

from collections.abc import Collection, Iterable
from enum import StrEnum

from hub.access import Action


class ApiScope(StrEnum):
    """A token has some of these; it never does more than the member who made it may.

    `watch` is the live board, over a websocket or as server-sent events; each of the others is an
    area of the REST interface, to read or to write. Who writes reads what is written, too.
    """

    WATCH = "watch"
    BOARD_READ = "board:read"
    INCIDENTS_READ = "incidents:read"
    INCIDENTS_WRITE = "incidents:write"
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    GROUPS_READ = "groups:read"
    GROUPS_WRITE = "groups:write"
    DEVICES_READ = "devices:read"
    DEVICES_WRITE = "devices:write"
    VIEWINGS_READ = "viewings:read"


# No scope reaches images, faces, credentials, policy, charter or the log: those are for people.
ACTIONS: dict[ApiScope, frozenset[Action]] = {
    ApiScope.WATCH: frozenset({Action.SEE_SEAT, Action.SEE_STATUS}),
    ApiScope.BOARD_READ: frozenset({Action.SEE_SEAT, Action.SEE_STATUS}),
    ApiScope.INCIDENTS_READ: frozenset({Action.SEE_SEAT, Action.SEE_INCIDENT}),
    ApiScope.INCIDENTS_WRITE: frozenset(
        {Action.SEE_SEAT, Action.SEE_INCIDENT, Action.JUDGE_INCIDENT}
    ),
    ApiScope.MEMBERS_READ: frozenset({Action.SEE_MEMBER, Action.SEE_GROUPS}),
    ApiScope.MEMBERS_WRITE: frozenset({Action.SEE_MEMBER, Action.MANAGE_MEMBERS}),
    ApiScope.GROUPS_READ: frozenset({Action.SEE_GROUPS}),
    ApiScope.GROUPS_WRITE: frozenset({Action.SEE_GROUPS, Action.MANAGE_GROUPS}),
    ApiScope.DEVICES_READ: frozenset({Action.SEE_DEVICES}),
    ApiScope.DEVICES_WRITE: frozenset({Action.SEE_DEVICES, Action.MANAGE_DEVICES}),
    ApiScope.VIEWINGS_READ: frozenset({Action.SEE_VIEWINGS}),
}

READ = ("GET", "HEAD")
API = "/api/v1"

Opened = tuple[tuple[tuple[str, ...], str], ...]

_INCIDENTS: Opened = (
    (READ, f"{API}/incidents"),
    (READ, f"{API}/incidents/{{incident}}"),
)
_GROUPS: Opened = ((READ, f"{API}/groups"), (READ, f"{API}/groups/{{group}}"))
_MEMBERS: Opened = (
    (READ, f"{API}/members"),
    (READ, f"{API}/members.csv"),
    (READ, f"{API}/members/{{member}}"),
)

# Which parts of the REST site map each scope opens; everything else is closed to programs.
PATHS: dict[ApiScope, Opened] = {
    ApiScope.WATCH: ((READ, f"{API}/session"), (READ, f"{API}/events")),
    ApiScope.BOARD_READ: (
        (READ, f"{API}/session"),
        (READ, f"{API}/board/at"),
        (READ, f"{API}/board/changes"),
        (READ, f"{API}/strips"),
        (READ, f"{API}/counts"),
        (READ, f"{API}/members/{{member}}/presence"),
        (READ, f"{API}/members/{{member}}/months/{{month}}"),
        (READ, f"{API}/analysis"),
        (READ, f"{API}/analysis.csv"),
    ),
    ApiScope.INCIDENTS_READ: _INCIDENTS,
    ApiScope.INCIDENTS_WRITE: (
        *_INCIDENTS,
        (("POST", "DELETE"), f"{API}/incidents/{{incident}}/verdict"),
        (("PUT",), f"{API}/incidents/{{incident}}/assignee"),
    ),
    ApiScope.MEMBERS_READ: (*_MEMBERS, *_GROUPS),
    ApiScope.MEMBERS_WRITE: (
        *_MEMBERS,
        (("POST",), f"{API}/members"),
        (("POST",), f"{API}/members.csv"),
        (("PATCH",), f"{API}/members/{{member}}"),
        (("POST",), f"{API}/members/{{member}}/disable"),
        (("POST",), f"{API}/members/{{member}}/enable"),
    ),
    ApiScope.GROUPS_READ: _GROUPS,
    ApiScope.GROUPS_WRITE: (
        *_GROUPS,
        (("POST",), f"{API}/groups"),
        (("PATCH", "DELETE"), f"{API}/groups/{{group}}"),
        (("PUT",), f"{API}/groups/{{group}}/supervisors"),
    ),
    ApiScope.DEVICES_READ: ((READ, f"{API}/devices"),),
    ApiScope.DEVICES_WRITE: (
        (READ, f"{API}/devices"),
        (("POST",), f"{API}/devices"),
        (("DELETE",), f"{API}/devices/{{device}}"),
    ),
    ApiScope.VIEWINGS_READ: ((READ, f"{API}/viewings"),),
}

Scopes = frozenset[ApiScope]


def scopes_of(stored: Iterable[str] | None) -> Scopes | None:
    """A token's scopes as they are stored; None for a person's own sign-in, which has no limit."""
    return None if stored is None else frozenset(map(ApiScope, stored))


def actions_of(scopes: Collection[ApiScope] | None) -> frozenset[Action] | None:
    """All that a token may do; None, which is no limit, for a person's own sign-in."""
    if scopes is None:
        return None
    return frozenset[Action]().union(*(ACTIONS[one] for one in scopes))


def opening(method: str, path: str) -> tuple[ApiScope, ...]:
    """The scopes of which a token needs one to ask this operation of the site map at all."""
    return tuple(
        scope for scope in ApiScope if any(method in how and path == at for how, at in PATHS[scope])
    )


def opens(scopes: Collection[ApiScope], method: str, path: str) -> bool:
    """Whether a token with those scopes may ask this operation."""
    return any(one in scopes for one in opening(method, path))


def watches(scopes: Collection[ApiScope] | None) -> bool:
    """Whether a sign-in may follow the live board: a person's may, a program's by its scope."""
    return scopes is None or ApiScope.WATCH in scopes
