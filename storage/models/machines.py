"""How machines get in: pairing, API tokens, and from where; and what they were answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key, to


class Pairing(Base):
    """A PC that waits to become somebody's device (RFC 8628); of no tenant until then.

    Its device code is stored as a digest only. `member_id` said yes, unless `refused_at`.
    """

    __tablename__ = "pairings"
    id: Mapped[int] = key()
    device_code: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_code: Mapped[str] = mapped_column(String(8), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    interval_s: Mapped[int]
    polled_at: Mapped[datetime | None]
    tenant_id: Mapped[int | None] = mapped_column(Id, ForeignKey("tenants.id"))
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    refused_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    """A sign-in of an integrator's program: a session that may do only what its scopes say."""

    __tablename__ = "api_tokens"
    session_id: Mapped[int] = to("sessions", primary_key=True)
    tenant_id: Mapped[int] = to("tenants", index=True)
    name: Mapped[str] = mapped_column(String(200))
    scopes: Mapped[list[Any]] = mapped_column(JSON)


class Limit(Base):
    """From where a tenant lets people, devices and programs in; `countries` None: by default."""

    __tablename__ = "limits"
    tenant_id: Mapped[int] = to("tenants", primary_key=True)
    networks: Mapped[list[Any]] = mapped_column(JSON)
    countries: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))


class KeptAnswer(Base):
    """What somebody was answered under a key of their own, kept so that it happens once.

    `sealed` is empty while it is being done. `fingerprint` is a digest of the request.
    """

    __tablename__ = "kept_answers"
    __table_args__ = (UniqueConstraint("session_id", "key_digest"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants", index=True)
    session_id: Mapped[int] = to("sessions")
    key_digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    sealed: Mapped[bytes | None]
