"""What a sign-in is measured by: a member's ways to show who they are, and what the tenant asks."""

from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.identity.signing_in import Standing
from storage.models.people import Member, Tenant
from storage.models.signin import Passkey, RecoveryCode, Totp
from storage.people.tenants import OPEN_TO_PEOPLE, directory_changes

Asked = Literal["optional", "required"]


async def standing_of(conn: AsyncConnection, tenant_id: int, member_id: int) -> Standing | None:
    """Nobody's, if the member is disabled or the tenant is closed to people."""
    totps = select(func.count()).where(Totp.member_id == Member.id, Totp.confirmed_at.is_not(None))
    passkeys = select(func.count()).where(Passkey.member_id == Member.id)
    codes = select(func.count()).where(
        RecoveryCode.member_id == Member.id, RecoveryCode.used_at.is_(None)
    )
    wanted = (
        select(
            Member,
            Tenant.name.label("tenant_name"),
            Tenant.second_factor,
            totps.scalar_subquery().label("totps"),
            passkeys.scalar_subquery().label("passkeys"),
            codes.scalar_subquery().label("codes"),
        )
        .join(Tenant, Tenant.id == Member.tenant_id)
        .where(
            Member.tenant_id == tenant_id,
            Member.id == member_id,
            Member.disabled_at.is_(None),
            OPEN_TO_PEOPLE,
        )
    )
    row = (await conn.execute(wanted)).one_or_none()
    if row is None:
        return None
    return Standing(
        tenant=tenant_id,
        member=member_id,
        login=row.login,
        name=row.name,
        locale=row.locale,
        tenant_name=row.tenant_name,
        email=row.email,
        password_hash=row.password_hash,
        must_change=row.must_change,
        required=row.second_factor == "required",
        totp=row.totps > 0,
        passkeys=row.passkeys,
        recovery_codes=row.codes,
    )


async def second_factor_of(conn: AsyncConnection, tenant_id: int) -> Asked:
    """What the tenant asks of its members."""
    wanted = select(Tenant.second_factor).where(Tenant.id == tenant_id)
    return "required" if (await conn.execute(wanted)).scalar_one() == "required" else "optional"


async def ask_second_factor(conn: AsyncConnection, tenant_id: int, asked: Asked) -> None:
    await directory_changes(conn, tenant_id)
    one = update(Tenant).where(Tenant.id == tenant_id)
    await conn.execute(one.values(second_factor=asked))
