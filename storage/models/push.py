"""Browsers that are told by Web Push, and the key with which this installation tells them."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key, to


class PushSubscription(Base):
    """One browser's of a member, as long as they are signed in there (RFC 8030).

    `sealed` is its address and keys: whoever has them can send to it. The digest finds it again.
    """

    __tablename__ = "push_subscriptions"
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members", index=True)
    session_id: Mapped[int] = to("sessions", index=True)
    endpoint_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]


class VapidKey(Base):
    """The installation's only one (RFC 8292), as a master key wrapped its private half."""

    __tablename__ = "vapid_keys"
    id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)
    master: Mapped[str] = mapped_column(String(64))
    wrapped: Mapped[bytes]
    public_key: Mapped[bytes] = mapped_column(LargeBinary(65))
    created_at: Mapped[datetime]
