"""Tenants' own OpenID providers, and which member is which subject there."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.people import Member
from storage.models.signin import OidcProvider, OidcSubject
from storage.sealing.sealed import About, Box

MATCHES_MAX = 2  # one is found, two are nobody


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """`secret` is sealed; `Provider.opened` gives it."""

    tenant: int
    issuer: str
    client_id: str
    secret: bytes
    label: str
    created_at: datetime

    def opened(self, box: Box) -> str:
        """The client secret; raise what `Box.open` raises."""
        return box.open(_about(self.tenant, self.created_at), self.secret).decode()


async def provider_of(conn: AsyncConnection, tenant_id: int) -> ProviderRow | None:
    wanted = select(
        OidcProvider.tenant_id,
        OidcProvider.issuer,
        OidcProvider.client_id,
        OidcProvider.client_secret,
        OidcProvider.label,
        OidcProvider.created_at,
    ).where(OidcProvider.tenant_id == tenant_id)
    row = (await conn.execute(wanted)).one_or_none()
    return ProviderRow(*row) if row else None


async def set_provider(
    conn: AsyncConnection,
    box: Box,
    *,
    issuer: str,
    client_id: str,
    secret: str,
    label: str,
    now: datetime,
) -> None:
    """The tenant's provider from now on, in place of another."""
    await remove_provider(conn, box.tenant)
    row = insert(OidcProvider).values(
        tenant_id=box.tenant,
        issuer=issuer,
        client_id=client_id,
        client_secret=box.seal(_about(box.tenant, now), secret.encode()),
        label=label,
        created_at=now,
    )
    await conn.execute(row)


async def remove_provider(conn: AsyncConnection, tenant_id: int) -> bool:
    """Whether there was one. Who was whom there is kept: the issuer may come back."""
    gone = delete(OidcProvider).where(OidcProvider.tenant_id == tenant_id)
    return (await conn.execute(gone)).rowcount == 1


async def member_of(conn: AsyncConnection, tenant_id: int, issuer: str, subject: str) -> int | None:
    """Which member signs in as that subject."""
    wanted = select(OidcSubject.member_id).where(
        OidcSubject.tenant_id == tenant_id,
        OidcSubject.issuer == issuer,
        OidcSubject.subject == subject,
    )
    return (await conn.execute(wanted)).scalar_one_or_none()


async def members_by_email(conn: AsyncConnection, tenant_id: int, email: str) -> list[int]:
    """Members with that address, whatever its case; more than one means that none is meant."""
    wanted = (
        select(Member.id)
        .where(
            Member.tenant_id == tenant_id,
            func.lower(Member.email) == email.lower(),
            Member.disabled_at.is_(None),
        )
        .limit(MATCHES_MAX)
    )
    return list((await conn.execute(wanted)).scalars())


async def link_subject(
    conn: AsyncConnection,
    tenant_id: int,
    member_id: int,
    issuer: str,
    subject: str,
    now: datetime,
) -> None:
    row = insert(OidcSubject).values(
        tenant_id=tenant_id,
        member_id=member_id,
        issuer=issuer,
        subject=subject,
        created_at=now,
    )
    await conn.execute(row)


async def is_linked(conn: AsyncConnection, tenant_id: int, member_id: int) -> bool:
    wanted = select(OidcSubject.id).where(
        OidcSubject.tenant_id == tenant_id, OidcSubject.member_id == member_id
    )
    return (await conn.execute(wanted.limit(1))).first() is not None


def _about(tenant_id: int, at: datetime) -> About:
    return About("oidc", tenant_id, at)
