"""The hash chain of each tenant, its signed heads, and what was lawfully taken away.

None of these refers to other tables: a chain outlives what it vouches for.
"""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key


class ChainEntry(Base):
    """The salted digest of a row as it was once written; tenant 0 is the installation itself.

    It is written with the row; `position` and `link` come when the chain is closed over it. Only
    a purge takes `salt` away, so that nobody can guess what the digest was of.
    """

    __tablename__ = "chain"
    __table_args__ = (
        UniqueConstraint("tenant_id", "position"),
        Index(None, "tenant_id", "area", "row"),
        Index(
            "ix_chain_open",
            "tenant_id",
            "id",
            sqlite_where=text("position IS NULL"),
            postgresql_where=text("position IS NULL"),
        ),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = mapped_column(Id)
    area: Mapped[str] = mapped_column(String(12))
    row: Mapped[str] = mapped_column(String(40))
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    position: Mapped[int | None] = mapped_column(Id)
    link: Mapped[bytes | None] = mapped_column(LargeBinary(32))


class Head(Base):
    """The end of a tenant's chain at a time, signed (Ed25519); a copy is kept elsewhere."""

    __tablename__ = "heads"
    __table_args__ = (Index(None, "tenant_id", "id"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = mapped_column(Id)
    position: Mapped[int] = mapped_column(Id)
    link: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime]
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))


class Tombstone(Base):
    """The hub's signed word that a row, or what it spoke of, was lawfully taken away."""

    __tablename__ = "tombstones"
    __table_args__ = (Index(None, "tenant_id", "area", "row"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = mapped_column(Id)
    area: Mapped[str] = mapped_column(String(12))
    row: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    signature: Mapped[bytes] = mapped_column(LargeBinary(64))
