"""Authenticator apps, recovery codes and passkeys of members; secrets lie sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import Missing, Taken
from storage.models.signin import Passkey, RecoveryCode, Totp
from storage.sealing.sealed import About, Box

PASSKEYS_MAX = 20


@dataclass(frozen=True, slots=True)
class TotpRow:
    secret: bytes
    confirmed: bool


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    id: int
    member: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None


# ---- the app


async def begin_totp(
    conn: AsyncConnection, box: Box, member_id: int, secret: bytes, now: datetime
) -> bool:
    """Keep a secret until its first code comes, in place of an earlier such one.

    False if an app is set up already.
    """
    waiting = delete(Totp).where(Totp.member_id == member_id, Totp.confirmed_at.is_(None))
    await conn.execute(waiting)
    if (await conn.execute(select(Totp.member_id).where(Totp.member_id == member_id))).first():
        return False
    sealed = box.seal(_about_totp(member_id, now), secret)
    row = insert(Totp).values(
        member_id=member_id, tenant_id=box.tenant, secret=sealed, created_at=now
    )
    await conn.execute(row)
    return True


async def totp_of(conn: AsyncConnection, box: Box, member_id: int) -> TotpRow | None:
    wanted = select(Totp.secret, Totp.created_at, Totp.confirmed_at).where(
        Totp.tenant_id == box.tenant, Totp.member_id == member_id
    )
    row = (await conn.execute(wanted)).one_or_none()
    if row is None:
        return None
    secret = box.open(_about_totp(member_id, row.created_at), row.secret)
    return TotpRow(secret, row.confirmed_at is not None)


async def take_step(conn: AsyncConnection, member_id: int, step: int) -> bool:
    """Take the code of a time step; true for one caller only, and never for an earlier step."""
    fresh = update(Totp).where(Totp.member_id == member_id, Totp.last_step < step)
    return (await conn.execute(fresh.values(last_step=step))).rowcount == 1


async def confirm_totp(conn: AsyncConnection, member_id: int, now: datetime) -> bool:
    """The app has shown a code: from now on it is asked for. True for exactly one caller."""
    waiting = update(Totp).where(Totp.member_id == member_id, Totp.confirmed_at.is_(None))
    return (await conn.execute(waiting.values(confirmed_at=now))).rowcount == 1


async def remove_totp(conn: AsyncConnection, member_id: int) -> bool:
    """Whether there was one that had been asked for."""
    gone = delete(Totp).where(Totp.member_id == member_id).returning(Totp.confirmed_at)
    return any(row.confirmed_at for row in (await conn.execute(gone)).all())


# ---- recovery codes


async def keep_recovery_codes(
    conn: AsyncConnection, tenant_id: int, member_id: int, digests: Sequence[bytes], now: datetime
) -> None:
    """These alone are good from now on."""
    await remove_recovery_codes(conn, member_id)
    rows = [
        {"tenant_id": tenant_id, "member_id": member_id, "code_hash": digest, "created_at": now}
        for digest in digests
    ]
    await conn.execute(insert(RecoveryCode), rows)


async def use_recovery_code(
    conn: AsyncConnection, member_id: int, digest: bytes, now: datetime
) -> bool:
    """True for exactly one caller, once."""
    unused = update(RecoveryCode).where(
        RecoveryCode.member_id == member_id,
        RecoveryCode.code_hash == digest,
        RecoveryCode.used_at.is_(None),
    )
    return (await conn.execute(unused.values(used_at=now))).rowcount == 1


async def remove_recovery_codes(conn: AsyncConnection, member_id: int) -> None:
    await conn.execute(delete(RecoveryCode).where(RecoveryCode.member_id == member_id))


# ---- passkeys


async def add_passkey(
    conn: AsyncConnection,
    tenant_id: int,
    member_id: int,
    *,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    name: str,
    now: datetime,
) -> int:
    """Raise Taken if the credential is somebody's already, or the member has enough."""
    known = select(Passkey.id).where(Passkey.credential_id == credential_id)
    mine = select(func.count()).where(Passkey.member_id == member_id)
    if (await conn.execute(known)).first() or (
        await conn.execute(mine)
    ).scalar_one() >= PASSKEYS_MAX:
        raise Taken("passkey", name)
    row = insert(Passkey).values(
        tenant_id=tenant_id,
        member_id=member_id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        name=name,
        created_at=now,
    )
    return (await conn.execute(row.returning(Passkey.id))).scalar_one()


async def passkeys_of(conn: AsyncConnection, tenant_id: int, member_id: int) -> list[PasskeyRow]:
    """A member's passkeys, the oldest first."""
    mine = _PASSKEY.where(Passkey.tenant_id == tenant_id, Passkey.member_id == member_id)
    return [PasskeyRow(*row) for row in await conn.execute(mine.order_by(Passkey.id))]


async def passkey_by_credential(
    conn: AsyncConnection, credential_id: bytes
) -> tuple[int, PasskeyRow] | None:
    """The tenant and the passkey of a credential, whoever's it is."""
    wanted = select(Passkey.tenant_id).where(Passkey.credential_id == credential_id)
    tenant = (await conn.execute(wanted)).scalar_one_or_none()
    if tenant is None:
        return None
    row = (await conn.execute(_PASSKEY.where(Passkey.credential_id == credential_id))).one()
    return tenant, PasskeyRow(*row)


async def passkey_used(
    conn: AsyncConnection, passkey: PasskeyRow, sign_count: int, now: datetime
) -> bool:
    """Note a use; false if another was noted since the passkey was read (WebAuthn 7.2, 22)."""
    same = update(Passkey).where(Passkey.id == passkey.id, Passkey.sign_count == passkey.sign_count)
    done = await conn.execute(same.values(sign_count=sign_count, used_at=now))
    return done.rowcount == 1


async def remove_passkey(
    conn: AsyncConnection, tenant_id: int, member_id: int, passkey_id: int
) -> None:
    """Raise Missing if the member has no such one."""
    one = delete(Passkey).where(
        Passkey.id == passkey_id, Passkey.tenant_id == tenant_id, Passkey.member_id == member_id
    )
    if (await conn.execute(one)).rowcount != 1:
        raise Missing("passkey", str(passkey_id))


async def remove_passkeys(conn: AsyncConnection, member_id: int) -> int:
    """All of a member's; how many there were."""
    return (await conn.execute(delete(Passkey).where(Passkey.member_id == member_id))).rowcount


async def forget_factors(conn: AsyncConnection, member_id: int) -> tuple[bool, int]:
    """Nothing but the password is asked any more; whether there was an app, how many passkeys."""
    app = await remove_totp(conn, member_id)
    passkeys = await remove_passkeys(conn, member_id)
    await remove_recovery_codes(conn, member_id)
    return app, passkeys


def _about_totp(member_id: int, at: datetime) -> About:
    return About("totp", member_id, at)


_PASSKEY = select(
    Passkey.id,
    Passkey.member_id,
    Passkey.credential_id,
    Passkey.public_key,
    Passkey.sign_count,
    Passkey.name,
    Passkey.created_at,
    Passkey.used_at,
)
