"""The members' faces: enrolled on their devices, approved or not, and deleted."""

import math
from typing import Literal

from msgspec import Struct

from hub.access import Action, Scope, scope
from hub.http import problems
from hub.http.callers import Caller, OnDevice
from hub.http.fields import Id, seconds
from hub.http.problems import Problem
from hub.protocol.enrolling import (
    Condition,
    Enrolled,
    EnrolmentState,
    Looked,
    LookedAt,
    Model,
    NewEnrolment,
    OwnEnrolment,
    OwnEnrolments,
)
from storage.consent.policy import policy_for
from storage.images import enrolments as record
from storage.images.enrolments import EnrolmentRow, numbers
from storage.images.viewings import viewings
from storage.proof import log
from storage.proof.log import What

LOOKED_MAX = 20


class EnrolmentPath(Struct, frozen=True):
    enrolment: Id


class ModelQuery(Struct, frozen=True):
    model: Model


class EnrolmentItem(Struct, frozen=True, omit_defaults=True):
    """`alike`, told to approvers alone, is the highest cosine with somebody else's template."""

    id: int
    member: int
    name: str
    condition: Condition
    images: int
    state: EnrolmentState
    created_at: float
    alike: float | None = None
    decided_by: int | None = None
    decided_at: float | None = None


class Enrolments(Struct, frozen=True):
    items: list[EnrolmentItem]


class Decision(Struct, frozen=True, forbid_unknown_fields=True):
    approve: bool


class Approval(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether members approve their own enrolments, or somebody above them does."""

    by: Literal["self", "supervisor"]


# ---- from devices


async def enrol(who: OnDevice, body: NewEnrolment) -> Enrolled:
    """Keep a template of the device's member, who has consented to that."""
    if not all(map(math.isfinite, numbers(body.template))):
        raise Problem(problems.INVALID, what="$.template")
    box = await who.keys.box(who.device.tenant)
    async with who.engine.begin() as conn:
        if not (await policy_for(conn, who.device.tenant, who.device.member)).faces:
            raise Problem(problems.CONSENT_NEEDED)
        return Enrolled(*await record.enrol(conn, box, who.device, body, who.now))


async def own_enrolments(who: OnDevice, query: ModelQuery) -> OwnEnrolments:
    """What the member has enrolled, on this device or another."""
    box = await who.keys.box(who.device.tenant)
    async with who.engine.connect() as conn:
        rows = await record.enrolments_of(conn, box, who.device, query.model)
    return OwnEnrolments([own(row, template) for row, template in rows])


async def forget_own(who: OnDevice, path: EnrolmentPath) -> None:
    """Delete an enrolment of the device's member."""
    mine = Scope(who.device.tenant, member=who.device.member)
    async with who.engine.begin() as conn:
        await record.forget(conn, mine, path.enrolment)
        what, told = What.ENROLMENT_REMOVED, {"enrolment": path.enrolment}
        await log.write(conn, who.device.tenant, what, who.device.member, told, who.now)


async def looked_at(who: OnDevice) -> LookedAt:
    """Who looked at the device's member lately, at images or live, and what for."""
    mine = Scope(who.device.tenant, member=who.device.member)
    async with who.engine.connect() as conn:
        rows = await viewings(conn, mine, LOOKED_MAX)
    return LookedAt(
        [
            Looked(
                row.viewer_name, row.kind, row.purpose, seconds(row.at),
                seconds(row.ended_at) if row.ended_at else None,
            )
            for row in rows
        ]
    )  # fmt: skip


def own(row: EnrolmentRow, template: bytes) -> OwnEnrolment:
    approved = row.state is EnrolmentState.APPROVED
    return OwnEnrolment(
        row.id, row.condition, row.images, row.state, template if approved else None
    )


# ---- from people


async def enrolments(who: Caller) -> Enrolments:
    """One's own enrolments and those that one may approve, without templates."""
    within, approving = (scope(who.actor, one) for one in (Action.ENROL, Action.APPROVE_ENROLMENT))
    async with who.engine.connect() as conn:
        judged = await record.enrolments(conn, approving)
        mine = await record.enrolments(conn, within)
    found = {row.id: item(row, alike=None) for row in mine}
    found |= {row.id: item(row, row.alike) for row in judged if row.member != who.actor.member}
    return Enrolments([found[id] for id in sorted(found, reverse=True)])


async def decide(who: Caller, path: EnrolmentPath, body: Decision) -> None:
    """Approve or reject an enrolment that waits; nobody decides about their own."""
    within = scope(who.actor, Action.APPROVE_ENROLMENT)
    async with who.engine.begin() as conn:
        await record.decide(conn, within, path.enrolment, who.actor.member, body.approve, who.now)
        what = What.ENROLMENT_APPROVED if body.approve else What.ENROLMENT_REJECTED
        told = {"enrolment": path.enrolment}
        await log.write(conn, who.actor.tenant, what, who.actor.member, told, who.now)


async def forget(who: Caller, path: EnrolmentPath) -> None:
    """Delete an enrolment; its template is gone for good."""
    async with who.engine.begin() as conn:
        await record.forget(conn, scope(who.actor, Action.ENROL), path.enrolment)
        what, told = What.ENROLMENT_REMOVED, {"enrolment": path.enrolment}
        await log.write(conn, who.actor.tenant, what, who.actor.member, told, who.now)


async def approval(who: Caller) -> Approval:
    """Who approves enrolments now; everybody whose face may be enrolled may know."""
    who.require_own(Action.ENROL)
    async with who.engine.connect() as conn:
        return Approval(await record.approver(conn, who.actor.tenant))


async def set_approval(who: Caller, body: Approval) -> None:
    """Say who approves enrolments from now on."""
    who.require(Action.MANAGE_POLICY)
    async with who.engine.begin() as conn:
        await record.approval(conn, who.actor.tenant, body.by)
        what, told = What.APPROVAL_CHANGED, {"by": body.by}
        await log.write(conn, who.actor.tenant, what, who.actor.member, told, who.now)


def item(row: EnrolmentRow, alike: float | None) -> EnrolmentItem:
    return EnrolmentItem(
        row.id, row.member, row.member_name, row.condition, row.images, row.state,
        seconds(row.created_at), alike, row.decided_by,
        seconds(row.decided_at) if row.decided_at else None,
    )  # fmt: skip
