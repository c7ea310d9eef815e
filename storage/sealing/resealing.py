"""Brings what is stored under the tenant's newest key, a few things at a time, from anywhere.

Nothing here is remembered that matters: each step looks for what is not under the key yet, puts
the sealed anew over the sealed of old in one step, and leaves both readable if it is killed.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Update,
    and_,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm import InstrumentedAttribute, aliased

from hub.protocol.facts import EvidenceState
from storage.errors import Missing
from storage.images.evidence import image_name, parts_folder
from storage.images.vault import SealedVault
from storage.models.images import Enrolment, Evidence
from storage.models.keys import TenantKey
from storage.models.machines import KeptAnswer
from storage.models.people import Tenant
from storage.models.push import PushSubscription
from storage.models.signin import Mail, OidcProvider, Totp
from storage.models.webhooks import WebhookEndpoint
from storage.sealing.keys import SPREAD
from storage.sealing.sealed import HEAD_BYTES, About, Box, Unreadable, head
from storage.webhooks.keys import sealed_for

ROWS = 100  # a step's rows of one column: some 3 ms of ciphers in one transaction
LEGACY = ("enrolments", "webhook_endpoints")  # tables in which an older version wrote plain
IMAGES = 20  # a step's images: each is read, sealed and written, a transaction each

log = logging.getLogger(__name__)

Instrumented = InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of sealed things: what they are, whose and of what time each is, and its row's key.

    Each table has `tenant_id`.
    """

    sealed: Instrumented
    what: str
    owner: Instrumented
    at: Instrumented
    row: Instrumented


COLUMNS = (
    Column(Enrolment.template, "template", Enrolment.member_id, Enrolment.created_at, Enrolment.id),
    Column(
        WebhookEndpoint.sealed, "webhook",
        WebhookEndpoint.id, WebhookEndpoint.created_at, WebhookEndpoint.id,
    ),
    Column(
        WebhookEndpoint.former, "former_webhook",
        WebhookEndpoint.id, WebhookEndpoint.created_at, WebhookEndpoint.id,
    ),
    Column(Totp.secret, "totp", Totp.member_id, Totp.created_at, Totp.member_id),
    Column(
        OidcProvider.client_secret, "oidc",
        OidcProvider.tenant_id, OidcProvider.created_at, OidcProvider.tenant_id,
    ),
    Column(Mail.text, "mail", Mail.tenant_id, Mail.created_at, Mail.id),
    Column(
        PushSubscription.sealed, "push",
        PushSubscription.member_id, PushSubscription.created_at, PushSubscription.id,
    ),
    Column(
        KeptAnswer.sealed, "answer", KeptAnswer.session_id, KeptAnswer.created_at, KeptAnswer.id
    ),
)  # fmt: skip


async def unfinished(conn: AsyncConnection, now: datetime, spread: timedelta = SPREAD) -> list[int]:
    """Tenants whose key in use has not sealed everything yet, and those that have none.

    Nobody seals with an older one any more when a key has been in use for `spread`.
    """
    newer = aliased(TenantKey)
    active = TenantKey.active_from <= now - spread
    mine = and_(
        TenantKey.tenant_id == Tenant.id,
        or_(active, TenantKey.number == 1),
        TenantKey.complete_at.is_(None),
        TenantKey.destroyed_at.is_(None),
        ~exists().where(
            newer.tenant_id == Tenant.id,
            newer.number > TenantKey.number,
            newer.active_from <= now,
        ),
    )
    keyless = ~exists().where(TenantKey.tenant_id == Tenant.id)
    wanted = select(Tenant.id).where(or_(exists().where(mine), keyless)).order_by(Tenant.id)
    return list((await conn.execute(wanted)).scalars())


async def reseal_some(vault: SealedVault, tenant: int, now: datetime) -> int:
    """One step for one tenant: how many things were put under its key; 0 = that was all.

    Raise Destroyed, or MasterProblem.
    """
    keys = vault.keys
    box = await keys.read(tenant)
    done = sum([await seal_rows(keys.engine, box, column) for column in COLUMNS])
    done += await _plain_secrets(keys.engine, box)
    done += await _images(keys.engine, vault, box)
    if not done:
        async with keys.engine.begin() as conn:
            one = _key(box).where(TenantKey.complete_at.is_(None))
            await conn.execute(one.values(complete_at=now))
    return done


async def left(conn: AsyncConnection, tenant: int, key: int) -> dict[str, int]:
    """How many things of each kind are not under that key, which is in use, yet."""
    counts = {}
    for column in COLUMNS:
        wanted = select(func.count(column.sealed)).where(_other(column, tenant, head(key)))
        counts[column.what] = (await conn.execute(wanted)).scalar_one()
    upto = select(TenantKey.upto).where(TenantKey.id == key).scalar_subquery()
    counts["image"] = await _count_images(conn, tenant, Evidence.id > upto)
    return counts


async def things(conn: AsyncConnection, tenant: int) -> dict[str, int]:
    """How many sealed things of each kind the tenant has."""
    counts = {}
    for column in COLUMNS:
        mine = column.sealed.class_.tenant_id == tenant
        wanted = select(func.count(column.sealed)).where(mine)
        counts[column.what] = (await conn.execute(wanted)).scalar_one()
    counts["image"] = await _count_images(conn, tenant, Evidence.state == EvidenceState.STORED)
    return counts


async def _count_images(conn: AsyncConnection, tenant: int, which: ColumnElement[bool]) -> int:
    mine = and_(Evidence.tenant_id == tenant, Evidence.vaulted.is_(True), which)
    return (await conn.execute(select(func.count(Evidence.id)).where(mine))).scalar_one()


def _other(column: Column, tenant: int, beginning: bytes) -> ColumnElement[bool]:
    begins = func.substr(column.sealed, 1, HEAD_BYTES, type_=LargeBinary())
    mine = column.sealed.class_.tenant_id == tenant
    return and_(mine, column.sealed.is_not(None), begins != beginning)


async def seal_rows(engine: AsyncEngine, box: Box, column: Column) -> int:
    """The rows of one column; one that somebody else changed meanwhile is left for later."""
    anew: list[tuple[int, bytes, bytes]] = []
    after = 0
    async with engine.connect() as conn:
        while not anew and (found := await _page(conn, box, column, after)):
            after = found[-1][0]
            anew = [
                (row, stored, sealed)
                for row, owner, at, stored in found
                if (sealed := _anew(box, About(column.what, owner, at), stored))
            ]
    if anew:
        async with engine.begin() as conn:
            for row, stored, sealed in anew:
                one = update(column.sealed.class_).where(
                    column.sealed.class_.tenant_id == box.tenant,
                    column.row == row,
                    column.sealed == stored,
                )
                await conn.execute(one.values({column.sealed.key: sealed}))
    return len(anew)


async def _page(
    conn: AsyncConnection, box: Box, column: Column, after: int
) -> Sequence[tuple[int, int, datetime, bytes]]:
    wanted = (
        select(column.row, column.owner, column.at, column.sealed)
        .where(_other(column, box.tenant, box.head), column.row > after)
        .order_by(column.row)
        .limit(ROWS)
    )
    return [(row[0], row[1], row[2], row[3]) for row in await conn.execute(wanted)]


def _anew(box: Box, about: About, stored: bytes) -> bytes | None:
    try:
        return box.seal(about, box.open(about, stored))
    except Unreadable as wrong:  # it was no better before; whoever asks for it is told
        log.error("tenant %d: %s", box.tenant, wrong)
        return None


async def _plain_secrets(engine: AsyncEngine, box: Box) -> int:
    """Webhooks' secrets as an older version wrote them."""
    mine = and_(WebhookEndpoint.tenant_id == box.tenant, WebhookEndpoint.secret != "")
    wanted = select(WebhookEndpoint.id, WebhookEndpoint.created_at, WebhookEndpoint.secret)
    async with engine.begin() as conn:
        found = (await conn.execute(wanted.where(mine).limit(ROWS))).all()
        for id, at, secret in found:
            sealed = box.seal(sealed_for(id, at), secret.encode())
            one = update(WebhookEndpoint).where(WebhookEndpoint.id == id, mine)
            await conn.execute(one.values(sealed=sealed, secret=""))
    return len(found)


async def _images(engine: AsyncEngine, vault: SealedVault, box: Box) -> int:
    """The next images in the order of their ids, which the key's row remembers."""
    upto = select(TenantKey.upto).where(TenantKey.id == box.current).scalar_subquery()
    wanted = (
        select(Evidence.id, Evidence.member_id, Evidence.taken_at, Evidence.state)
        .where(Evidence.tenant_id == box.tenant, Evidence.vaulted.is_(True), Evidence.id > upto)
        .order_by(Evidence.id)
        .limit(IMAGES)
    )
    async with engine.connect() as conn:
        found = (await conn.execute(wanted)).all()
    for id, member, at, state in found:
        if state == EvidenceState.STORED:
            await seal_image(vault, box, id, member, at)
        else:
            for name in await vault.names(parts_folder(box.tenant, id)):
                await seal_part(vault, box, name, member, at)
        async with engine.begin() as conn:
            further = _key(box).where(TenantKey.upto < id)
            await conn.execute(further.values(upto=id))
    return len(found)


async def seal_image(vault: SealedVault, box: Box, id: str, member: int, at: datetime) -> None:
    """Its row is held meanwhile: an image that is erased at this moment must not come back."""
    name = image_name(box.tenant, id, at)
    async with vault.keys.engine.begin() as conn:
        await conn.execute(_key(box).values(upto=TenantKey.upto))  # SQLite: nobody else writes now
        one = select(Evidence.state).where(Evidence.tenant_id == box.tenant, Evidence.id == id)
        if (await conn.execute(one.with_for_update())).scalar() == EvidenceState.STORED:
            await seal_part(vault, box, name, member, at)


async def seal_part(vault: SealedVault, box: Box, name: str, member: int, at: datetime) -> None:
    """A part of an image, or all of it, by its name in the vault."""
    try:
        stored = await vault.inner.get(name)
    except Missing:
        return
    if not stored.startswith(box.head) and (sealed := _anew(box, About(name, member, at), stored)):
        await vault.inner.put(name, sealed)


def _key(box: Box) -> Update:
    return update(TenantKey).where(TenantKey.id == box.current)
