"""The workers' devices."""

from msgspec import Struct

from hub.access import Action
from hub.http.fields import Id, Name
from hub.http.rest import Caller
from storage.devices import add_device, revoke_device
from storage.devices import devices as listed


class DeviceItem(Struct, frozen=True, omit_defaults=True):
    id: int
    name: str
    kind: str
    member: int
    login: str
    revoked: bool = False


class Devices(Struct, frozen=True):
    items: list[DeviceItem]


class NewDevice(Struct, frozen=True, forbid_unknown_fields=True):
    member: Id
    name: Name


class CreatedDevice(Struct, frozen=True):
    """The token is told here and nowhere else."""

    id: int
    token: str


class DevicePath(Struct, frozen=True):
    device: Id


async def devices(who: Caller) -> Devices:
    """All devices of the tenant, revoked ones too."""
    who.require(Action.MANAGE_DEVICES)
    async with who.engine.connect() as conn:
        rows = await listed(conn, who.actor.tenant)
    return Devices(
        [DeviceItem(row.id, row.name, row.kind, row.member, row.login, row.revoked) for row in rows]
    )


async def create_device(who: Caller, body: NewDevice) -> CreatedDevice:
    """Give a member's device its token."""
    who.require(Action.MANAGE_DEVICES)
    async with who.engine.begin() as conn:
        made = await add_device(conn, who.actor.tenant, body.member, body.name, who.now)
    return CreatedDevice(made.id, made.token)


async def revoke(who: Caller, path: DevicePath) -> None:
    """Make a device's token worth nothing."""
    who.require(Action.MANAGE_DEVICES)
    async with who.engine.begin() as conn:
        await revoke_device(conn, who.actor.tenant, path.device, who.now)
