"""PCs that wait to become somebody's device (RFC 8628): each asks, and a person confirms it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import Missing
from storage.models.machines import Pairing
from storage.models.seats import Device
from storage.people import tokens
from storage.seats.devices import NewDevice, add_device

LIFE = timedelta(minutes=10)
INTERVAL_S = 5  # RFC 8628 3.2: what a client is to wait where nothing else is said
SLOWER_S = 5  # RFC 8628 3.5: and so much longer with every slow_down
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # RFC 8628 6.1: no vowels, so no words; any case
CODE_LENGTH = 8  # 20^8 = 2.6e10 codes of 10 minutes, with 5 guesses a person: 1 in 5e9


class Waiting(StrEnum):
    """Why a poll brings no token (RFC 8628 3.5)."""

    AUTHORIZATION_PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    ACCESS_DENIED = "access_denied"
    EXPIRED_TOKEN = "expired_token"
    INVALID_GRANT = "invalid_grant"  # RFC 6749 5.2: unknown, or used already


@dataclass(frozen=True, slots=True)
class NewPairing:
    """What the PC is told: its own secret, and what its person types."""

    device_code: str
    user_code: str


@dataclass(frozen=True, slots=True)
class PairingRow:
    """What a person is shown before they say yes: which PC asks, from where, and since when."""

    name: str
    address: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Paired:
    tenant: int
    member: int
    device: NewDevice


async def begin_pairing(
    conn: AsyncConnection, name: str, address: str, now: datetime
) -> NewPairing:
    """A PC asks to become somebody's device."""
    made = NewPairing(tokens.mint(), code())
    row = insert(Pairing).values(
        device_code=tokens.digest(made.device_code),
        user_code=made.user_code,
        name=name,
        address=address,
        created_at=now,
        expires_at=now + LIFE,
        interval_s=INTERVAL_S,
    )
    await conn.execute(row)
    return made


def code() -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def typed(text: str) -> str:
    """A user code as people type it: any case, with or without marks in between."""
    return "".join(letter for letter in text.upper() if letter.isalnum())


def shown(user_code: str) -> str:
    """In two halves, to be read out and typed."""
    half = CODE_LENGTH // 2
    return f"{user_code[:half]}-{user_code[half:]}"


async def waiting(conn: AsyncConnection, user_code: str, now: datetime) -> PairingRow:
    """The PC that shows this code; raise Missing if none does, or somebody has answered it."""
    wanted = select(Pairing.name, Pairing.address, Pairing.created_at, Pairing.expires_at).where(
        *_open(user_code, now)
    )
    row = (await conn.execute(wanted)).one_or_none()
    if row is None:
        raise Missing("pairing", user_code)
    return PairingRow(*row)


async def answer(
    conn: AsyncConnection,
    user_code: str,
    tenant: int,
    member: int,
    accept: bool,
    name: str | None,
    now: datetime,
) -> None:
    """A member takes the PC as their own device, or turns it away; the first answer counts."""
    one = update(Pairing).where(*_open(user_code, now))
    said = one.values(
        tenant_id=tenant,
        member_id=member,
        refused_at=None if accept else now,
        **({"name": name} if name else {}),
    )
    if (await conn.execute(said)).rowcount != 1:
        raise Missing("pairing", user_code)


async def poll(conn: AsyncConnection, device_code: str, now: datetime) -> Paired | Waiting:
    """The device and its token, once, after its member said yes; else why not yet, or never."""
    wanted = select(
        Pairing.id, Pairing.name, Pairing.tenant_id, Pairing.member_id, Pairing.refused_at,
        Pairing.used_at, Pairing.expires_at, Pairing.polled_at, Pairing.interval_s,
    ).where(Pairing.device_code == tokens.digest(device_code))  # fmt: skip
    row = (await conn.execute(wanted)).one_or_none()
    if row is None or row.used_at is not None:
        return Waiting.INVALID_GRANT
    if row.refused_at is not None:
        return Waiting.ACCESS_DENIED
    if row.expires_at <= now:
        return Waiting.EXPIRED_TOKEN
    if row.polled_at is not None and now < row.polled_at + timedelta(seconds=row.interval_s):
        await _polled(conn, row.id, now, row.interval_s + SLOWER_S)
        return Waiting.SLOW_DOWN
    if row.member_id is None:
        await _polled(conn, row.id, now, row.interval_s)
        return Waiting.AUTHORIZATION_PENDING
    return await _taken(conn, row.id, row.tenant_id, row.member_id, row.name, now)


async def _polled(conn: AsyncConnection, pairing: int, now: datetime, interval_s: int) -> None:
    one = update(Pairing).where(Pairing.id == pairing)
    await conn.execute(one.values(polled_at=now, interval_s=interval_s))


async def _taken(
    conn: AsyncConnection, pairing: int, tenant: int, member: int, name: str, now: datetime
) -> Paired | Waiting:
    """Exactly one poll makes the device."""
    one = update(Pairing).where(Pairing.id == pairing, Pairing.used_at.is_(None))
    if (await conn.execute(one.values(used_at=now))).rowcount != 1:
        return Waiting.INVALID_GRANT
    try:
        device = await add_device(conn, tenant, member, name, now)
    except Missing:  # they were disabled meanwhile
        return Waiting.ACCESS_DENIED
    await conn.execute(update(Device).where(Device.id == device.id).values(paired_at=now))
    return Paired(tenant, member, device)


def _open(user_code: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Pairing.user_code == typed(user_code),
        Pairing.member_id.is_(None),
        Pairing.expires_at > now,
    )
