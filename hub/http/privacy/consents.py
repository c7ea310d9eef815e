"""The consent ledger: what members agreed to, in the console or on a device, and withdrew."""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access import Action
from hub.http import problems
from hub.http.callers import Caller, OnDevice
from hub.http.fields import seconds
from hub.http.problems import Problem
from hub.protocol.enrolling import ConsentGiven, ConsentKind, ConsentPurpose
from storage.consent import consents as record
from storage.consent.charters import charter_in_force, charters
from storage.consent.consents import Said, StepRow
from storage.proof import log

WHAT = {
    ConsentKind.ACCEPTED: log.What.CONSENT_GIVEN,
    ConsentKind.WITHDRAWN: log.What.CONSENT_WITHDRAWN,
}


class PurposeState(Struct, frozen=True, omit_defaults=True):
    """Whether consent covers a purpose now; `charter` and `at` are of the last word on it."""

    purpose: ConsentPurpose
    covered: bool
    charter: int | None = None
    at: float | None = None


class ConsentStep(Struct, frozen=True, omit_defaults=True):
    """`at` is when it was said, `recorded_at` when the hub heard of it; `device` if on one."""

    purpose: ConsentPurpose
    kind: ConsentKind
    at: float
    recorded_at: float
    charter: int | None = None
    device: int | None = None


class OwnConsents(Struct, frozen=True, omit_defaults=True):
    """`charter` is the version in force: what was agreed under an older one covers nothing."""

    purposes: list[PurposeState]
    steps: list[ConsentStep]
    charter: int | None = None


class NewConsent(Struct, frozen=True, forbid_unknown_fields=True):
    """`charter` is the version that was on the screen; without `purposes`, all are meant."""

    kind: ConsentKind
    charter: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    purposes: Annotated[
        tuple[ConsentPurpose, ...], Meta(min_length=1, max_length=len(ConsentPurpose))
    ] = tuple(ConsentPurpose)


class MemberConsent(Struct, frozen=True):
    member: int
    name: str
    purposes: list[ConsentPurpose]


class MemberConsents(Struct, frozen=True):
    items: list[MemberConsent]


async def consents(who: Caller) -> OwnConsents:
    """What one has agreed to oneself, and every word that led there."""
    who.require_own(Action.CONSENT)
    tenant, member = who.actor.tenant, who.actor.member
    async with who.engine.connect() as conn:
        charter = await charter_in_force(conn, tenant)
        covered = await record.agreed(conn, tenant, member, charter)
        rows = await record.steps(conn, tenant, member)
    states = [state(purpose, rows, purpose in covered) for purpose in ConsentPurpose]
    return OwnConsents(states, [step(row) for row in rows], charter)


async def consent_to(who: Caller, body: NewConsent) -> None:
    """Agree, or withdraw; agents follow within seconds, and cameras close."""
    who.require_own(Action.CONSENT)
    tenant, member = who.actor.tenant, who.actor.member
    async with who.engine.begin() as conn:
        if body.kind is ConsentKind.ACCEPTED:
            current = await charter_in_force(conn, tenant)
            known = {row.text.version for row in await charters(conn, tenant)}
            if current is None or body.charter < current or body.charter not in known:
                raise Problem(problems.CHARTER_CHANGED)
        said = Said(body.kind, body.charter, who.now, dict.fromkeys(body.purposes))
        await record.record(conn, tenant, member, said, who.now)
        subject = told(member, body.charter, said)
        await log.write(conn, tenant, WHAT[body.kind], member, subject, who.now)


async def member_consents(who: Caller) -> MemberConsents:
    """What each member's consent covers now."""
    within = who.within(Action.SEE_CONSENTS)
    async with who.engine.connect() as conn:
        charter = await charter_in_force(conn, who.actor.tenant)
        rows = await record.who_agreed(conn, within, charter)
    return MemberConsents(
        [MemberConsent(member, name, sorted(covered)) for member, name, covered in rows]
    )


async def consent(who: OnDevice, body: ConsentGiven) -> None:
    """Record that the member accepted the terms on this device, or withdrew."""
    device = who.device
    at = datetime.fromtimestamp(body.at, UTC)
    said = Said(body.kind, body.charter, at, version=body.version)
    async with who.engine.begin() as conn:
        if await record.record_of_device(conn, device, said, who.now):
            subject = {**told(device.member, body.charter, said), "device": device.device}
            await log.write(conn, device.tenant, WHAT[body.kind], device.member, subject, who.now)


def told(member: int, charter: int | None, said: Said) -> dict[str, object]:
    return {"member": member, "charter": charter, "purposes": list(said.purposes)}


def state(purpose: ConsentPurpose, rows: list[StepRow], covered: bool) -> PurposeState:
    last = next((row for row in rows if row.purpose is purpose), None)
    if last is None:
        return PurposeState(purpose, covered)
    return PurposeState(purpose, covered, last.charter, seconds(last.at))


def step(row: StepRow) -> ConsentStep:
    return ConsentStep(
        row.purpose, row.kind, seconds(row.at), seconds(row.recorded_at), row.charter, row.device
    )
