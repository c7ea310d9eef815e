"""The consent ledger: who agreed to what, under which charter, and who withdrew; never changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Scope
from hub.protocol.enrolling import ConsentKind, ConsentPurpose
from storage.consent.charters import charter_in_force
from storage.models.images import Consent, Enrolment
from storage.models.people import Member
from storage.people.members import in_scope
from storage.people.tenants import directory_changes
from storage.proof.chain import Area, append, columns
from storage.seats.devices import LinkedDevice
from storage.webhooks.events import ConsentGiven, ConsentWithdrawn, Event
from storage.webhooks.outbox import enqueue

EVERYTHING = tuple(ConsentPurpose)
NOTHING: frozenset[ConsentPurpose] = frozenset()
EVENTS: Mapping[ConsentKind, type[ConsentGiven] | type[ConsentWithdrawn]] = {
    ConsentKind.ACCEPTED: ConsentGiven,
    ConsentKind.WITHDRAWN: ConsentWithdrawn,
}
STEPS_MAX = 200

_BITS = {purpose: 1 << place for place, purpose in enumerate(ConsentPurpose)}


@dataclass(frozen=True, slots=True)
class Said:
    """One word of a member: to these purposes, under that version of the charter.

    `at` is when it was said; `version` names the agent's terms, on whichever `device`.
    """

    kind: ConsentKind
    charter: int | None
    at: datetime
    purposes: Collection[ConsentPurpose] = EVERYTHING
    version: str = ""
    device: int | None = None


@dataclass(frozen=True, slots=True)
class StepRow:
    purpose: ConsentPurpose
    kind: ConsentKind
    charter: int | None
    at: datetime
    recorded_at: datetime
    device: int | None


async def record(
    conn: AsyncConnection, tenant: int, member: int, said: Said, now: datetime
) -> bool:
    """Write it down once, however often it is told; whether it was news.

    A clock that is ahead gains nothing: nobody has said anything later than now. A withdrawal of
    the face template takes the templates with it.
    """
    await directory_changes(conn, tenant)
    at = min(said.at, now)
    if said.device is not None and await _known(conn, said, at):
        return False
    rows = [
        {
            "tenant_id": tenant,
            "member_id": member,
            "device_id": said.device,
            "version": said.version,
            "purpose": purpose,
            "charter": said.charter,
            "kind": said.kind,
            "at": at,
            "recorded_at": now,
        }
        for purpose in said.purposes
    ]
    written = (await conn.execute(insert(Consent).returning(*columns(Area.CONSENT)), rows)).all()
    await append(conn, Area.CONSENT, written)
    told = EVENTS[said.kind](member, tuple(said.purposes), said.charter, said.device)
    await enqueue(conn, tenant, [Event(str(min(row.id for row in written)), at, told)], now)
    if said.kind is ConsentKind.WITHDRAWN and ConsentPurpose.FACE_TEMPLATE in said.purposes:
        mine = delete(Enrolment).where(Enrolment.tenant_id == tenant, Enrolment.member_id == member)
        await conn.execute(mine)
    return True


async def record_of_device(
    conn: AsyncConnection, device: LinkedDevice, said: Said, now: datetime
) -> bool:
    """The same, said on a device; without a version of the charter, the one in force is meant."""
    charter = said.charter or await charter_in_force(conn, device.tenant)
    whole = Said(said.kind, charter, said.at, said.purposes, said.version, device.device)
    return await record(conn, device.tenant, device.member, whole, now)


async def _known(conn: AsyncConnection, said: Said, at: datetime) -> bool:
    wanted = select(func.count()).where(
        Consent.device_id == said.device,
        Consent.version == said.version,
        Consent.kind == said.kind,
        Consent.at == at,
    )
    return bool((await conn.execute(wanted)).scalar_one())


async def agreed(
    conn: AsyncConnection, tenant: int, member: int, charter: int | None
) -> frozenset[ConsentPurpose]:
    """What one member's consent covers under that charter."""
    if charter is None:
        return NOTHING
    wanted = _covering(tenant, charter, member)
    return purposes_of(sum(row.bits for row in await conn.execute(wanted)))


async def agreed_by(
    conn: AsyncConnection, tenant: int, charter: int | None
) -> Mapping[int, frozenset[ConsentPurpose]]:
    """The same for everybody of a tenant; who is missing has agreed to nothing."""
    if charter is None:
        return {}
    rows = await conn.execute(_covering(tenant, charter))
    return {row.member_id: purposes_of(row.bits) for row in rows}


def purposes_of(bits: int) -> frozenset[ConsentPurpose]:
    return _SETS[bits]


def _covering(tenant: int, charter: int, member: int | None = None) -> Select[Any]:
    """A member's last word on each purpose counts, if it is about this charter or a later one."""
    nth = func.row_number().over(
        partition_by=(Consent.member_id, Consent.purpose),
        order_by=(Consent.at.desc(), Consent.id.desc()),
    )
    said = select(
        Consent.member_id, Consent.purpose, Consent.kind, Consent.charter, nth.label("nth")
    ).where(Consent.tenant_id == tenant)
    if member is not None:
        said = said.where(Consent.member_id == member)
    last = said.subquery()
    bit = case(_BITS, value=last.c.purpose, else_=0)
    return (
        select(last.c.member_id, func.sum(bit).label("bits"))
        .where(last.c.nth == 1, last.c.kind == ConsentKind.ACCEPTED, last.c.charter >= charter)
        .group_by(last.c.member_id)
    )


async def steps(conn: AsyncConnection, tenant: int, member: int) -> list[StepRow]:
    """The latest of what a member said, the newest first."""
    wanted = (
        select(Consent)
        .where(Consent.tenant_id == tenant, Consent.member_id == member)
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(STEPS_MAX)
    )
    return [
        StepRow(
            ConsentPurpose(row.purpose), ConsentKind(row.kind), row.charter, row.at,
            row.recorded_at, row.device_id,
        )
        for row in await conn.execute(wanted)
    ]  # fmt: skip


async def who_agreed(
    conn: AsyncConnection, within: Scope, charter: int | None
) -> list[tuple[int, str, frozenset[ConsentPurpose]]]:
    """Active members in the scope by name, with what each consent covers."""
    by = await agreed_by(conn, within.tenant, charter)
    wanted = select(Member.id, Member.name).where(in_scope(within), Member.disabled_at.is_(None))
    rows = await conn.execute(wanted.order_by(Member.name, Member.id))
    return [(row.id, row.name, by.get(row.id, NOTHING)) for row in rows]


_SETS = [
    frozenset(purpose for purpose, bit in _BITS.items() if bits & bit)
    for bits in range(1 << len(_BITS))
]
