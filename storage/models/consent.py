"""The monitoring charter of a tenant (監視規程), version by version; consents are in `images`."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key, to


class Charter(Base):
    """One version: what is watched for, by whom, and by which rules; never changed.

    It is in force from the moment that `in_force` is set, which is at `effective_at`, until a later
    version is. `hurry` says why one was not announced in time.
    """

    __tablename__ = "charters"
    __table_args__ = (UniqueConstraint("tenant_id", "version"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    version: Mapped[int] = mapped_column(Id)
    purpose: Mapped[str] = mapped_column(Text)
    responsible: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(200))
    rules: Mapped[str] = mapped_column(Text)
    viewers: Mapped[str] = mapped_column(Text)
    viewing_purposes: Mapped[list[Any]] = mapped_column(JSON)
    audit_on: Mapped[date]
    published_by: Mapped[int | None] = mapped_column(Id)
    published_at: Mapped[datetime]
    effective_at: Mapped[datetime] = mapped_column(index=True)
    hurry: Mapped[str | None] = mapped_column(String(500))
    in_force: Mapped[bool]
