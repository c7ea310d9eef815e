"""Where events are sent, and each delivery."""

from datetime import datetime

from sqlalchemy import (
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, key, to


class WebhookEndpoint(Base):
    """A receiver. A removed one keeps its row: the outbox may be writing for it just then.

    `sealed` is the secret; `secret` one that an older version wrote, until it is sealed.
    """

    __tablename__ = "webhook_endpoints"
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants", index=True)
    url: Mapped[str] = mapped_column(Text)
    types: Mapped[str] = mapped_column(Text, default="*")
    secret: Mapped[str] = mapped_column(String(100), default="")
    sealed: Mapped[bytes | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class WebhookDelivery(Base):
    """The outbox: written in the transaction of the record it tells of, delivered later.

    `due_at` is when the next attempt is due, and empty once nothing more will be tried.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (UniqueConstraint("endpoint_id", "message_id"), Index(None, "due_at"))
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    endpoint_id: Mapped[int] = to("webhook_endpoints")
    message_id: Mapped[str] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(Text)
