"""One member's seat as boards have it at this moment, and the devices behind it by name."""

from msgspec import Struct

from hub.access import Action, Scope
from hub.http import problems
from hub.http.callers import Caller
from hub.http.events import board_of
from hub.http.fields import Id, seconds
from hub.http.problems import Problem
from hub.presence.seat import view
from hub.protocol.watchers import SeatView
from storage.seats import history
from storage.seats.devices import devices as listed


class SeatPath(Struct, frozen=True):
    member: Id


class SeatDevice(Struct, frozen=True, omit_defaults=True):
    """What it says at this moment stands in the seat, under its id; if nothing does, it is off."""

    id: int
    name: str
    kind: str
    created_at: float
    paired: bool = False


class SeatNow(Struct, frozen=True):
    """`devices` are those that may still report."""

    at: float
    seat: SeatView
    devices: list[SeatDevice]


async def seat_now(who: Caller, path: SeatPath) -> SeatNow:
    """Somebody's seat as every board shows it now, with the names of its devices."""
    tenant = who.actor.tenant
    async with who.engine.connect() as conn:
        asked = history.whoever(who.within(Action.SEE_SEAT), [path.member])
        if not await history.ids(conn, asked):
            raise Problem(problems.NOT_FOUND)
        rows = await listed(conn, Scope(tenant, member=path.member))
    floor = await board_of(who)
    return SeatNow(
        who.now.timestamp(),
        view(floor.tenant.seat(path.member)),
        [
            SeatDevice(row.id, row.name, row.kind, seconds(row.created_at), row.paired)
            for row in rows
            if not row.revoked
        ],
    )
