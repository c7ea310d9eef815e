"""Devices and what became of their seats; punches and transitions are never changed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key, to

# Rows that may come long after they became true. Spelled out: an index of some rows alone is used
# for a question that repeats its condition.
UNTIMELY = text("(epoch IS NULL OR cause IN ('expiry', 'hub_gap'))")


class Device(Base):
    """`next_hash` is of a token that was handed out and not used yet: the first use ends the old.

    `paired_at` if its member confirmed it; `token_at` is when its token was made.
    """

    __tablename__ = "devices"
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members", index=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(8), default="pc")
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    next_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    token_at: Mapped[datetime | None]
    paired_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Punch(Base):
    """A mark in time, never changed; a correction is another row of another kind."""

    __tablename__ = "punches"
    __table_args__ = (
        UniqueConstraint("tenant_id", "member_id", "request_id"),
        Index(None, "tenant_id", "member_id", "at"),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members")
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    task: Mapped[str | None] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(8))
    request_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Transition(Base):
    """One change of a seat: `state` is the whole seat after it, as the boards saw it.

    Live rows carry (epoch, offset, position); a late row, which the boards never saw, has no
    epoch. A row that a device reported is unique by (device, device_epoch, seq); one that the hub
    made itself has no seq and is unique by its place.
    """

    __tablename__ = "transitions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "device_id", "device_epoch", "seq"),
        UniqueConstraint("tenant_id", "epoch", "offset", "position"),
        Index(None, "tenant_id", "member_id", "received_at"),
        Index(
            "ix_transitions_untimely",
            "tenant_id",
            "member_id",
            "event_time",
            sqlite_where=UNTIMELY,
            postgresql_where=UNTIMELY,
        ),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members")
    device_id: Mapped[int | None] = mapped_column(Id, ForeignKey("devices.id"))
    device_epoch: Mapped[str | None] = mapped_column(String(32))
    seq: Mapped[int | None] = mapped_column(Id)
    epoch: Mapped[str | None] = mapped_column(String(32))
    offset: Mapped[int | None] = mapped_column(Id)
    position: Mapped[int | None]
    cause: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(8))
    event_time: Mapped[datetime]
    received_at: Mapped[datetime]
    skew_ms: Mapped[int | None] = mapped_column(Id)
    skewed: Mapped[bool] = mapped_column(default=False)
    state: Mapped[dict[str, Any]]
    why: Mapped[dict[str, Any] | None]


class Gap(Base):
    """What a device had to overwrite while nobody listened; early rows have no time of arrival."""

    __tablename__ = "gaps"
    __table_args__ = (UniqueConstraint("tenant_id", "device_id", "device_epoch", "seq"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    device_id: Mapped[int] = to("devices")
    device_epoch: Mapped[str] = mapped_column(String(32))
    seq: Mapped[int] = mapped_column(Id)
    lost_from: Mapped[datetime]
    lost_to: Mapped[datetime]
    count: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200))
    received_at: Mapped[datetime | None]


class DaySum(Base):
    """What a member's day over in Tokyo adds up to, in microseconds of each word.

    Only what can be had from the rows at any time, so that months of thousands can be asked for.
    `by_punch` is the tenant's rule by which it was added up.
    """

    __tablename__ = "day_sums"
    __table_args__ = (UniqueConstraint("tenant_id", "member_id", "day"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members")
    day: Mapped[date]
    by_punch: Mapped[bool]
    present: Mapped[int] = mapped_column(BigInteger)
    away: Mapped[int] = mapped_column(BigInteger)
    break_: Mapped[int] = mapped_column("break", BigInteger)
    out: Mapped[int] = mapped_column(BigInteger)
    paused: Mapped[int] = mapped_column(BigInteger)
    unknown: Mapped[int] = mapped_column(BigInteger)
    offline: Mapped[int] = mapped_column(BigInteger)
    off: Mapped[int] = mapped_column(BigInteger)


class Snapshot(Base):
    """A whole tenant at (epoch, offset), compressed; equal to the replay of the live rows."""

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("tenant_id", "epoch", "offset"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    epoch: Mapped[str] = mapped_column(String(32))
    offset: Mapped[int] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(index=True)
    seats: Mapped[int]
    body: Mapped[bytes]
