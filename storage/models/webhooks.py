"""Where events are sent, each delivery, and each attempt at one."""

from datetime import datetime

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key, to


class WebhookEndpoint(Base):
    """A receiver. A removed one keeps its row: the outbox may be writing for it just then.

    `sealed` are its signing keys, `former` those of before, which sign too until `former_until`;
    `secret` is one that an older version wrote, until it is sealed. `types` and `groups` are words
    with spaces between: every type is "*", everybody is nothing. All attempts have failed since
    `failing_since`; nothing is sent before `rests_until`.
    """

    __tablename__ = "webhook_endpoints"
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants", index=True)
    url: Mapped[str] = mapped_column(Text)
    types: Mapped[str] = mapped_column(Text, default="*")
    groups: Mapped[str] = mapped_column(Text, default="", server_default="")
    description: Mapped[str] = mapped_column(String(200), default="", server_default="")
    content: Mapped[str] = mapped_column(String(12), default="standard", server_default="standard")
    signing: Mapped[str] = mapped_column(String(8), default="v1", server_default="v1")
    secret: Mapped[str] = mapped_column(String(100), default="")
    sealed: Mapped[bytes | None]
    former: Mapped[bytes | None] = mapped_column(LargeBinary)
    former_until: Mapped[datetime | None]
    public_key: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    rests_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None] = mapped_column(String(16))
    removed_at: Mapped[datetime | None]


class WebhookDelivery(Base):
    """The outbox: written in the transaction of the record it tells of, delivered later.

    `due_at` is when the next attempt is due, and empty once nothing more will be tried. The ladder
    of waits began after `ladder_from` of the `attempts`: a replay begins it anew.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "message_id"),
        Index(None, "endpoint_id", "due_at"),
        Index(None, "tenant_id", "created_at"),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    endpoint_id: Mapped[int] = to("webhook_endpoints")
    message_id: Mapped[str] = mapped_column(String(64))
    type: Mapped[str] = mapped_column(String(40))
    content: Mapped[str] = mapped_column(String(12), default="standard", server_default="standard")
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    ladder_from: Mapped[int] = mapped_column(default=0, server_default="0")
    claimed_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(Text)


class WebhookAttempt(Base):
    """What came of one attempt; it goes with its delivery."""

    __tablename__ = "webhook_attempts"
    id: Mapped[int] = key()
    delivery_id: Mapped[int] = mapped_column(
        Id, ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[int]
    at: Mapped[datetime]
    status: Mapped[int | None]
    latency_ms: Mapped[int]
    said: Mapped[str] = mapped_column(Text)
