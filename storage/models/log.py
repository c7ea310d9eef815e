"""The system log: who did what, when, to what; never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key


class LogEntry(Base):
    """One act. Without a tenant it is of the installation; without an actor the program's own.

    The actor is a member's id without a foreign key: the log outlives whom it speaks of.
    """

    __tablename__ = "system_log"
    __table_args__ = (
        Index(None, "tenant_id", "at", "id"),
        Index(None, "tenant_id", "actor_id", "at"),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int | None] = mapped_column(Id, ForeignKey("tenants.id"))
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None] = mapped_column(Id)
    subject: Mapped[dict[str, Any]]
