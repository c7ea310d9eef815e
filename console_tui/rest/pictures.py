"""Images: which there are, what one may look at them for, and one of them, recorded as a view."""

from msgspec import Struct

from console_tui.rest.calls import Hub
from hub.protocol.facts import EvidenceKind, EvidenceState, Purpose

LISTED = 20
OWN_WISH = "own_wish"  # the reason of an image that its member took away


class Picture(Struct, frozen=True):
    """One image that a device took, or why there is none."""

    id: str
    member: int
    kind: EvidenceKind
    taken_at: float
    state: EvidenceState
    incident: str | None = None
    reason: str | None = None


class Pictures(Struct, frozen=True):
    items: tuple[Picture, ...]


class CharterInForce(Struct, frozen=True):
    viewing_purposes: tuple[Purpose, ...] = ()


class Charters(Struct, frozen=True):
    current: CharterInForce | None = None


class Viewing(Struct, frozen=True):
    id: int


async def pictures(hub: Hub, member: int, incident: str | None) -> tuple[Picture, ...]:
    """The newest of a member, or those about one incident."""
    found = await hub.get(Pictures, "/evidence", limit=LISTED, member=member, incident=incident)
    return found.items


async def purposes(hub: Hub) -> tuple[Purpose, ...]:
    """What the tenant's charter lets people look at images for."""
    current = (await hub.get(Charters, "/charter")).current
    return current.viewing_purposes if current else ()


async def look(hub: Hub, picture: str, purpose: Purpose) -> bytes:
    """The image itself; from then on its member sees who looked, and what for."""
    viewing = await hub.send(Viewing, "POST", f"/evidence/{picture}/viewings", {"purpose": purpose})
    answer = await hub.ask("GET", f"/evidence/{picture}?viewing={viewing.id}")
    hub.check(answer)
    return answer.content
