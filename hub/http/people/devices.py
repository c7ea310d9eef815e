"""The workers' devices: given out by administrators, or paired by their members themselves."""

from msgspec import Struct

from hub.access import Action, scope
from hub.http.callers import Caller, OnDevice
from hub.http.fields import Id, Name, seconds
from storage.proof import log
from storage.seats.devices import add_device, hand_out, revoke_device
from storage.seats.devices import devices as listed


class DeviceItem(Struct, frozen=True, omit_defaults=True):
    """`paired` if its member confirmed it, else an administrator made it."""

    id: int
    name: str
    kind: str
    member: int
    login: str
    member_name: str
    created_at: float
    revoked: bool = False
    paired: bool = False


class Devices(Struct, frozen=True):
    items: list[DeviceItem]


class NewDevice(Struct, frozen=True, forbid_unknown_fields=True):
    member: Id
    name: Name


class CreatedDevice(Struct, frozen=True):
    """The token is told here and nowhere else."""

    id: int
    token: str


class RenewedToken(Struct, frozen=True):
    """Good from now on; the old one ends when this one is used for the first time."""

    token: str


class DevicePath(Struct, frozen=True):
    device: Id


async def devices(who: Caller) -> Devices:
    """Devices of the members that one may see them of, revoked ones too."""
    async with who.engine.connect() as conn:
        rows = await listed(conn, who.within(Action.SEE_DEVICES))
    return Devices(
        [
            DeviceItem(
                row.id, row.name, row.kind, row.member, row.login, row.member_name,
                seconds(row.created_at), row.revoked, row.paired,
            )
            for row in rows
        ]
    )  # fmt: skip


async def create_device(who: Caller, body: NewDevice) -> CreatedDevice:
    """Give a member's device its token."""
    who.require(Action.MANAGE_DEVICES)
    tenant = who.actor.tenant
    async with who.engine.begin() as conn:
        made = await add_device(conn, tenant, body.member, body.name, who.now)
        subject = {"device": made.id, "member": body.member}
        what = log.What.DEVICE_CREATED
        await log.write(conn, tenant, what, who.actor.member, subject, who.now)
    return CreatedDevice(made.id, made.token)


async def revoke(who: Caller, path: DevicePath) -> None:
    """Make a device's token worth nothing; everybody may do that to their own."""
    within = scope(who.actor, Action.MANAGE_DEVICES)
    if not within.everybody:
        who.require_own(Action.SEE_DEVICES)
        within = scope(who.actor, Action.SEE_DEVICES)
    async with who.engine.begin() as conn:
        await revoke_device(conn, within, path.device, who.now)
        subject = {"device": path.device}
        what = log.What.DEVICE_REVOKED
        await log.write(conn, within.tenant, what, who.actor.member, subject, who.now)


async def renew_token(who: OnDevice) -> RenewedToken:
    """A new token for the device that asks."""
    device = who.device
    async with who.engine.begin() as conn:
        token = await hand_out(conn, device)
        subject = {"device": device.device}
        what = log.What.DEVICE_ROTATED
        await log.write(conn, device.tenant, what, device.member, subject, who.now)
    return RenewedToken(token)
