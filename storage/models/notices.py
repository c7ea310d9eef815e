"""What people are told: events that wait to be told, and each receiver's notices."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key, to


class NoticeEvent(Base):
    """Written in the transaction of what it tells of; it stays, so that nothing is told again.

    `due_at` is empty once everybody has their notice.
    """

    __tablename__ = "notice_events"
    __table_args__ = (
        UniqueConstraint("tenant_id", "type", "key"),
        Index(None, "due_at"),
        Index(None, "tenant_id", "created_at"),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    type: Mapped[str] = mapped_column(String(24))
    key: Mapped[str] = mapped_column(String(120))
    event: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]


class Notice(Base):
    """One thing that one member is told, as ids: names are put in for whoever reads.

    `subject_id` is whom it is about. `shown` in the member's list; `digest_at` is when it goes out
    with the mail of the day, and empty if it does not, or has.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("member_id", "type", "key"),
        Index(None, "tenant_id", "created_at"),
        Index(None, "digest_at"),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members")
    subject_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"), index=True)
    type: Mapped[str] = mapped_column(String(24))
    key: Mapped[str] = mapped_column(String(120))
    event: Mapped[dict[str, Any]]
    count: Mapped[int] = mapped_column(default=1)
    shown: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    digest_at: Mapped[datetime | None]


class NoticeDigest(Base):
    """The day in Japan of a member's last mail of the day: there is one a day."""

    __tablename__ = "notice_digests"
    member_id: Mapped[int] = to("members", primary_key=True)
    tenant_id: Mapped[int] = to("tenants")
    day: Mapped[date]
