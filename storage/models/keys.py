"""The keys that seal what is stored: tenant keys wrapped by master keys, and their certificates."""

from datetime import datetime

from sqlalchemy import LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key, to


class MasterKey(Base):
    """A master key that this record has used; the highest number wraps. The key is elsewhere.

    `dropped_at`: it was forgotten for good, and with it every backup that needs it.
    """

    __tablename__ = "master_keys"
    number: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    since: Mapped[datetime]
    dropped_at: Mapped[datetime | None]


class TenantKey(Base):
    """A key of a tenant, as its master key wrapped it; empty once destroyed.

    Every process reads the keys again before `active_from`, so that whoever seals with a new key
    is understood everywhere. `upto` is the last image that is sealed with it, and `complete_at`
    when everything was that had been sealed with an older one, or not at all. `retired_at`: nothing
    needed it any more, and it is empty, too.
    """

    __tablename__ = "tenant_keys"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    number: Mapped[int]
    master: Mapped[str] = mapped_column(String(64))
    wrapped: Mapped[bytes]
    created_at: Mapped[datetime]
    active_from: Mapped[datetime]
    upto: Mapped[str] = mapped_column(String(32), default="")
    complete_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    destroyed_at: Mapped[datetime | None]


class KeyCertificate(Base):
    """What was made unreadable by destroying a tenant's keys: a statement in JSON, signed."""

    __tablename__ = "key_certificates"
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants", index=True)
    at: Mapped[datetime]
    statement: Mapped[str] = mapped_column(Text)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))
