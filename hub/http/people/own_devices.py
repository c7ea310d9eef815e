"""One's own devices: what they have on at this moment, and a pause that one asks them for."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.access import Action, Scope
from hub.http import problems
from hub.http.callers import Caller
from hub.http.fields import seconds
from hub.http.people.devices import DevicePath
from hub.http.problems import Problem
from hub.live.on_air import DeviceNow
from hub.protocol.facts import Link
from hub.protocol.on_air import PAUSE_MAX_S, OnAir, Order, PauseAsked, ResumeAsked
from storage.proof import log
from storage.proof.log import What
from storage.seats.devices import DeviceRow
from storage.seats.devices import devices as listed

Minutes = Annotated[int, Meta(ge=1, le=int(PAUSE_MAX_S / 60))]
WhyPaused = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]


class DeviceOnAir(Struct, frozen=True):
    """`live`: it is heard, and `on_air` is so now. Else it was so at `told_at`, if ever told."""

    id: int
    name: str
    paired: bool
    created_at: float
    link: Link
    live: bool
    told_at: float | None
    on_air: OnAir | None


class OwnDevices(Struct, frozen=True):
    items: list[DeviceOnAir]


class AskPause(Struct, frozen=True, forbid_unknown_fields=True):
    """Without `minutes`, until one resumes."""

    reason: WhyPaused
    minutes: Minutes | None = None


async def own_devices(who: Caller) -> OwnDevices:
    """One's own devices, and what each has on: as they say it themselves."""
    rows = await _own(who, Action.SEE_DEVICES)
    now = await _now(who, rows)
    return OwnDevices([_item(row, now[row.id]) for row in rows])


async def pause(who: Caller, path: DevicePath, body: AskPause) -> None:
    """Ask one's own device to close its camera; it says itself when it has."""
    seconds = None if body.minutes is None else body.minutes * 60.0
    order = PauseAsked(body.reason, seconds)
    await _ask(who, path.device, order, What.PAUSE_ASKED, {"minutes": body.minutes})


async def resume(who: Caller, path: DevicePath) -> None:
    """Ask one's own device to end its pause."""
    await _ask(who, path.device, ResumeAsked(), What.RESUME_ASKED, {})


async def _ask(who: Caller, device: int, order: Order, what: What, said: dict[str, object]) -> None:
    """The reason is the worker's own: the device and its page have it, the log has not."""
    rows = [row for row in await _own(who, Action.PAUSE) if row.id == device]
    if not rows:
        raise Problem(problems.NOT_FOUND)
    now = await _now(who, rows)
    if not now[device].live:
        raise Problem(problems.DEVICE_NOT_CONNECTED)
    actor = who.actor
    async with who.engine.begin() as conn:
        subject = {"device": device, **said}
        await log.write(conn, actor.tenant, what, actor.member, subject, who.now)
    await who.live.order(actor.tenant, device, order)


async def _own(who: Caller, action: Action) -> list[DeviceRow]:
    who.require_own(action)
    async with who.engine.connect() as conn:
        rows = await listed(conn, Scope(who.actor.tenant, member=who.actor.member))
    return [row for row in rows if not row.revoked]


async def _now(who: Caller, rows: list[DeviceRow]) -> dict[int, DeviceNow]:
    ids = [row.id for row in rows]
    return await who.live.on_air(who.actor.tenant, who.actor.member, ids)


def _item(row: DeviceRow, now: DeviceNow) -> DeviceOnAir:
    told = now.told
    return DeviceOnAir(
        row.id, row.name, row.paired, seconds(row.created_at), now.link, now.live,
        told.at if told else None, told.on_air if told else None,
    )  # fmt: skip
