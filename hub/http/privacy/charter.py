"""The tenant's monitoring charter (監視規程): read by everybody, published by those in charge."""

from datetime import UTC, date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access import Action
from hub.http import problems
from hub.http.callers import Caller, OnDevice
from hub.http.fields import Name, seconds
from hub.http.problems import Problem
from hub.protocol.enrolling import CharterText, CharterTold
from hub.protocol.facts import LATEST, Purpose
from storage.consent import charters as record
from storage.consent.charters import CharterRow, NoticeTooShort, told
from storage.proof import log

# Line breaks and tabs are for people; other control characters are nobody's (NUL: PostgreSQL).
Prose = Annotated[
    str, Meta(min_length=1, max_length=10_000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*\S")
]
Why = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*\S")]


class Charter(CharterText, frozen=True, omit_defaults=True, kw_only=True):
    published_at: float
    in_force: bool = False


class Charters(Struct, frozen=True, omit_defaults=True):
    """`current` is in force, `coming` the newest after it; `versions` are all, newest first."""

    versions: list[Charter]
    current: Charter | None = None
    coming: Charter | None = None


class NewCharter(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything is needed; `effective_at` left out is as soon as may be.

    A later version counts 30 days after it is published, or sooner with `hurry`, which says why.
    """

    purpose: Prose
    responsible: Name
    contact: Name
    rules: Prose
    viewers: Prose
    audit_on: date
    viewing_purposes: Annotated[tuple[Purpose, ...], Meta(max_length=len(Purpose))] = tuple(Purpose)
    effective_at: Annotated[float, Meta(ge=0, le=LATEST)] | None = None
    hurry: Why | None = None


class Published(Struct, frozen=True):
    version: int
    effective_at: float


async def charter(who: Caller) -> Charters:
    """What the tenant watches for, by whom and by which rules: now, soon, and until now."""
    who.require(Action.SEE_CHARTER)
    async with who.engine.connect() as conn:
        rows = await record.charters(conn, who.actor.tenant)
    versions = [item(row) for row in rows]
    return Charters(
        versions,
        next((one for one in versions if one.in_force), None),
        versions[0] if versions and not versions[0].in_force else None,
    )


async def publish_charter(who: Caller, body: NewCharter) -> Published:
    """Publish a version; from the day that it counts on, members are asked anew."""
    who.require(Action.MANAGE_CHARTER)
    if not body.viewing_purposes:
        raise Problem(problems.INVALID, what="$.viewing_purposes")
    at = body.effective_at
    new = record.NewCharter(
        body.purpose, body.responsible, body.contact, body.rules, body.viewers, body.audit_on,
        tuple(dict.fromkeys(body.viewing_purposes)),
        None if at is None else datetime.fromtimestamp(at, UTC), body.hurry,
    )  # fmt: skip
    tenant, member = who.actor.tenant, who.actor.member
    async with who.engine.begin() as conn:
        try:
            version, since = await record.publish(conn, tenant, new, member, who.now)
        except NoticeTooShort:
            raise Problem(problems.NOTICE_TOO_SHORT) from None
        subject = {"version": version, "effective_at": seconds(since), "hurry": bool(body.hurry)}
        await log.write(conn, tenant, log.What.CHARTER_CHANGED, member, subject, who.now)
    return Published(version, seconds(since))


async def charter_on_device(who: OnDevice) -> CharterTold:
    """What the device's member reads before they consent."""
    async with who.engine.connect() as conn:
        return told(await record.charters(conn, who.device.tenant))


def item(row: CharterRow) -> Charter:
    text = row.text
    return Charter(
        text.version, text.purpose, text.responsible, text.contact, text.rules, text.viewers,
        text.viewing_purposes, text.audit_on, text.effective_at, text.hurry,
        published_at=seconds(row.published_at), in_force=row.in_force,
    )  # fmt: skip
