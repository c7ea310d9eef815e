"""The system log (システムログ): every administrative act, sign-in, refusal and view, in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Text, and_, cast, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.log import LogEntry
from storage.models.people import Member
from storage.proof.chain import Area, append, columns


class What(StrEnum):
    """Everything that is logged; the console has a phrase for each."""

    SIGNED_IN = "session.opened"
    SIGN_IN_REFUSED = "session.refused"
    SIGNED_OUT = "session.closed"
    SESSION_REVOKED = "session.revoked"
    PASSWORD_SET = "password.set"
    PASSWORD_RESET_ASKED = "password.reset_asked"
    TOTP_ENABLED = "totp.enabled"
    TOTP_DISABLED = "totp.disabled"
    RECOVERY_CODES_MADE = "recovery.made"
    RECOVERY_CODE_USED = "recovery.used"
    PASSKEY_ADDED = "passkey.added"
    PASSKEY_REMOVED = "passkey.removed"
    INVITED = "invitation.sent"
    INVITATION_ACCEPTED = "invitation.accepted"
    INVITATION_REVOKED = "invitation.revoked"

    TENANT_CREATED = "tenant.created"
    TENANT_CHANGED = "tenant.changed"
    TENANT_ACTIVATED = "tenant.activated"
    TENANT_SUSPENDED = "tenant.suspended"
    TENANT_ENDED = "tenant.ended"
    TENANT_ERASED = "tenant.erased"
    MEMBER_CREATED = "member.created"
    MEMBER_CHANGED = "member.changed"
    MEMBER_DISABLED = "member.disabled"
    MEMBER_ENABLED = "member.enabled"
    MEMBER_ERASED = "member.erased"
    MEMBERS_IMPORTED = "member.imported"
    MEMBERS_EXPORTED = "member.exported"
    SIMULATED = "member.simulated"
    GROUP_CREATED = "group.created"
    GROUP_CHANGED = "group.changed"
    GROUP_REMOVED = "group.removed"
    ACCESS_REFUSED = "access.refused"

    DEVICE_CREATED = "device.created"
    DEVICE_PAIRED = "device.paired"
    PAIRING_REFUSED = "device.pairing_refused"
    DEVICE_ROTATED = "device.rotated"
    DEVICE_REVOKED = "device.revoked"
    PAUSE_ASKED = "device.pause_asked"
    RESUME_ASKED = "device.resume_asked"
    TOKEN_CREATED = "token.created"
    TOKEN_REVOKED = "token.revoked"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_ROTATED = "webhook.rotated"
    WEBHOOK_ENABLED = "webhook.enabled"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_REPLAYED = "webhook.replayed"
    WEBHOOK_REMOVED = "webhook.removed"
    WEBHOOK_TESTED = "webhook.tested"

    POLICY_CHANGED = "policy.changed"
    POLICY_NARROWED = "policy.narrowed"
    CHARTER_CHANGED = "charter.changed"
    LIMITS_CHANGED = "limits.changed"
    OUTSIDE_LIMITS = "access.outside_limits"
    CONSENT_GIVEN = "consent.given"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    ENROLMENT_APPROVED = "enrolment.approved"
    ENROLMENT_REJECTED = "enrolment.rejected"
    ENROLMENT_REMOVED = "enrolment.removed"
    APPROVAL_CHANGED = "enrolment.approval_changed"

    INCIDENT_JUDGED = "incident.judged"
    VERDICT_WITHDRAWN = "incident.verdict_withdrawn"
    INCIDENT_TAKEN = "incident.taken"
    INCIDENT_RELEASED = "incident.released"
    INCIDENT_ESCALATED = "incident.escalated"
    INCIDENT_DISPUTED = "incident.disputed"
    ESCALATION_CHANGED = "incident.escalation_changed"
    IMAGE_OPENED = "evidence.opened"
    IMAGES_ERASED = "evidence.erased"
    LIVE_OPENED = "live.opened"
    ANALYSIS_EXPORTED = "analysis.exported"
    LOG_EXPORTED = "log.exported"
    KEY_ROTATED = "key.rotated"
    KEY_DESTROYED = "key.destroyed"
    KEY_RETIRED = "key.retired"
    RECORD_PURGED = "record.purged"
    MAINTENANCE_ANNOUNCED = "maintenance.announced"
    MAINTENANCE_BEGUN = "maintenance.begun"
    MAINTENANCE_ENDED = "maintenance.ended"


async def write(
    conn: AsyncConnection,
    tenant: int | None,
    what: str,
    actor: int | None,
    subject: Mapping[str, object],
    now: datetime,
) -> None:
    """Add an entry, in the transaction of the act that it tells of.

    `what` is one of `What`; raise ValueError for another. `subject` holds what was acted on, such
    as {"member": 7}: ids and settings, never secrets, and no names, which a member may ask to
    have erased. For refusals nothing else is committed, so they open a transaction of their own.
    """
    row = insert(LogEntry).values(
        tenant_id=tenant, at=now, what=What(what), actor_id=actor, subject=dict(subject)
    )
    written = await conn.execute(row.returning(*columns(Area.LOG)))
    await append(conn, Area.LOG, written.all())


# ---- read


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: `what` is a word or its first part; `text` a part of a name or a subject.

    Of the time, `since` <= at < `until`. `installation` adds what belongs to no tenant.
    """

    since: datetime | None = None
    until: datetime | None = None
    what: str | None = None
    actor: int | None = None
    text: str | None = None
    installation: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """Where a page ends: the next one begins with what is older."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class LogRow:
    """`actor_name` is empty for the program itself, and for whoever is no member any more."""

    id: int
    at: datetime
    what: str
    actor: int | None
    actor_name: str | None
    subject: dict[str, Any]


async def entries(
    conn: AsyncConnection, tenant: int, wanted: Wanted, limit: int, before: Before | None = None
) -> list[LogRow]:
    """At most `limit` entries of a tenant, the newest first, from `before` on."""
    own = LogEntry.tenant_id == tenant
    query = (
        select(
            LogEntry.id, LogEntry.at, LogEntry.what, LogEntry.actor_id, Member.name,
            LogEntry.subject,
        )
        .outerjoin(Member, and_(Member.id == LogEntry.actor_id, Member.tenant_id == tenant))
        .where(or_(own, LogEntry.tenant_id.is_(None)) if wanted.installation else own)
        .order_by(LogEntry.at.desc(), LogEntry.id.desc())
        .limit(limit)
    )  # fmt: skip
    if wanted.since is not None:
        query = query.where(LogEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(LogEntry.at < wanted.until)
    if wanted.what is not None:
        part = LogEntry.what.startswith(f"{wanted.what}.", autoescape=True)
        query = query.where(or_(LogEntry.what == wanted.what, part))
    if wanted.actor is not None:
        query = query.where(LogEntry.actor_id == wanted.actor)
    if wanted.text:
        places = (Member.name, Member.login, cast(LogEntry.subject, Text))
        found = (place.icontains(wanted.text, autoescape=True) for place in places)
        query = query.where(or_(*found))
    if before is not None:
        same_moment = and_(LogEntry.at == before.at, LogEntry.id < before.id)
        query = query.where(or_(LogEntry.at < before.at, same_moment))
    return [LogRow(*tuple(row)) for row in await conn.execute(query)]
