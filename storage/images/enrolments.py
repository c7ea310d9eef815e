"""The members' templates: what was enrolled, and what was decided about it."""

import array
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Scope
from hub.protocol.enrolling import Condition, EnrolmentState, NewEnrolment
from storage.errors import Missing
from storage.models.images import Enrolment
from storage.models.people import Member, Tenant
from storage.people.members import in_scope
from storage.people.tenants import directory_changes
from storage.sealing.sealed import About, Box
from storage.seats.devices import LinkedDevice


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """An enrolment without its template."""

    id: int
    member: int
    member_name: str
    condition: Condition
    images: int
    alike: float | None
    state: EnrolmentState
    created_at: datetime
    decided_by: int | None
    decided_at: datetime | None


async def enrol(
    conn: AsyncConnection, box: Box, device: LinkedDevice, new: NewEnrolment, now: datetime
) -> tuple[int, EnrolmentState]:
    """Keep a template; it counts at once where members approve their own.

    Colleagues' templates are compared here and nowhere else; only the highest cosine is kept.
    """
    await directory_changes(conn, device.tenant)
    own_word = await approver(conn, device.tenant) == "self"
    state = EnrolmentState.APPROVED if own_word else EnrolmentState.PENDING
    row = insert(Enrolment).values(
        tenant_id=device.tenant,
        member_id=device.member,
        device_id=device.device,
        model=new.model,
        condition=new.condition,
        images=new.images,
        template=box.seal(template_of(device.member, now), new.template),
        alike=await alike(conn, box, device, new),
        state=state,
        created_at=now,
        decided_by=device.member if own_word else None,
        decided_at=now if own_word else None,
    )
    return (await conn.execute(row.returning(Enrolment.id))).scalar_one(), state


async def alike(
    conn: AsyncConnection, box: Box, device: LinkedDevice, new: NewEnrolment
) -> float | None:
    """The highest cosine with a colleague's template of the same model, -1..1."""
    others = select(Enrolment.member_id, Enrolment.created_at, Enrolment.template).where(
        Enrolment.tenant_id == device.tenant,
        Enrolment.model == new.model,
        Enrolment.member_id != device.member,
        Enrolment.state != EnrolmentState.REJECTED,
    )
    mine = numbers(new.template)
    cosines = [
        cosine(mine, numbers(box.open(template_of(member, at), stored)))
        for member, at, stored in await conn.execute(others)
    ]
    return max(cosines, default=None)


async def enrolments_of(
    conn: AsyncConnection, box: Box, device: LinkedDevice, model: str
) -> list[tuple[EnrolmentRow, bytes]]:
    """All of the device's member for one recogniser, with their templates, the oldest first."""
    wanted = _ROW.add_columns(Enrolment.template).where(
        Enrolment.tenant_id == device.tenant,
        Enrolment.member_id == device.member,
        Enrolment.model == model,
    )
    found = [(_row(row[:-1]), row[-1]) for row in await conn.execute(wanted.order_by(Enrolment.id))]
    return [(row, box.open(template_of(row.member, row.created_at), kept)) for row, kept in found]


async def enrolments(conn: AsyncConnection, scope: Scope) -> list[EnrolmentRow]:
    """Everything in the scope, what waits for a decision too, the newest first."""
    wanted = _ROW.where(Enrolment.tenant_id == scope.tenant, in_scope(scope))
    return [_row(row) for row in await conn.execute(wanted.order_by(Enrolment.id.desc()))]


async def decide(
    conn: AsyncConnection, scope: Scope, enrolment: int, by: int, approve: bool, now: datetime
) -> None:
    """The first decision counts, and nobody's about themselves; raise Missing else."""
    state = EnrolmentState.APPROVED if approve else EnrolmentState.REJECTED
    one = update(Enrolment).where(
        Enrolment.id == enrolment,
        Enrolment.tenant_id == scope.tenant,
        Enrolment.state == EnrolmentState.PENDING,
        Enrolment.member_id != by,
        exists().where(Member.id == Enrolment.member_id, in_scope(scope)),
    )
    if (await conn.execute(one.values(state=state, decided_by=by, decided_at=now))).rowcount != 1:
        raise Missing("pending enrolment", str(enrolment))


async def forget(conn: AsyncConnection, scope: Scope, enrolment: int) -> None:
    """The template is gone for good; raise Missing outside the scope."""
    one = delete(Enrolment).where(
        Enrolment.id == enrolment,
        Enrolment.tenant_id == scope.tenant,
        exists().where(Member.id == Enrolment.member_id, in_scope(scope)),
    )
    if (await conn.execute(one)).rowcount != 1:
        raise Missing("enrolment", str(enrolment))


async def approver(conn: AsyncConnection, tenant: int) -> Literal["self", "supervisor"]:
    """Who approves enrolments: their own members, or somebody above them."""
    wanted = select(Tenant.enrolment_approval).where(Tenant.id == tenant)
    return "self" if (await conn.execute(wanted)).scalar_one() == "self" else "supervisor"


async def approval(conn: AsyncConnection, tenant: int, by: str) -> None:
    """Who approves enrolments from now on: `self` or `supervisor`."""
    await directory_changes(conn, tenant)
    one = update(Tenant).where(Tenant.id == tenant)
    await conn.execute(one.values(enrolment_approval=by))


def template_of(member: int, at: datetime) -> About:
    """What a template is sealed for."""
    return About("template", member, at)


def numbers(template: bytes) -> Sequence[float]:
    found = array.array("f", template)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """Of any lengths, so that a device that sends others gains nothing; 0 for an empty one."""
    lengths = math.hypot(*one) * math.hypot(*other)
    return math.fsum(a * b for a, b in zip(one, other, strict=True)) / lengths if lengths else 0.0


_ROW = select(
    Enrolment.id, Enrolment.member_id, Member.name, Enrolment.condition, Enrolment.images,
    Enrolment.alike, Enrolment.state, Enrolment.created_at, Enrolment.decided_by,
    Enrolment.decided_at,
).join(Member, Member.id == Enrolment.member_id)  # fmt: skip


def _row(row: Any) -> EnrolmentRow:
    id, member, name, condition, images, alike, state, *rest = row
    decided = Condition(condition), images, alike, EnrolmentState(state)
    return EnrolmentRow(id, member, name, *decided, *rest)
