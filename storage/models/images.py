"""Images, who looked at them, what was agreed to, and enrolments."""

from datetime import datetime

from sqlalchemy import (
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key, to

# Images that are gone, and that the vault may have still: few at any time among very many.
LEFT_IN_VAULT = "vaulted AND state IN ('absent', 'overwritten', 'erased')"


class DeviceKey(Base):
    """An Ed25519 public key with which a device signs its images; a reinstalled one has another."""

    __tablename__ = "device_keys"
    __table_args__ = (UniqueConstraint("device_id", "public_key"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    device_id: Mapped[int] = to("devices")
    public_key: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]


class Evidence(Base):
    """One image, or why there is none; its id was minted on the device.

    The image itself is in the vault while `vaulted`. Once erased, this row is its tombstone:
    what was signed stays, so that a missing image is told from one that was taken away.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        Index(None, "tenant_id", "member_id", "taken_at"),
        Index(None, "tenant_id", "incident_id"),
        Index(
            "ix_evidence_left",
            "tenant_id",
            sqlite_where=text(LEFT_IN_VAULT),
            postgresql_where=text(LEFT_IN_VAULT),
        ),
    )
    tenant_id: Mapped[int] = to("tenants", primary_key=True)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    member_id: Mapped[int] = to("members")
    device_id: Mapped[int] = to("devices")
    incident_id: Mapped[str | None] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(8))
    screen: Mapped[int] = mapped_column(default=0)
    taken_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(200))
    vaulted: Mapped[bool] = mapped_column(default=False)
    media: Mapped[str | None] = mapped_column(String(16))
    size: Mapped[int | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    statement: Mapped[bytes | None]
    signature: Mapped[bytes | None] = mapped_column(LargeBinary(64))
    key_id: Mapped[int | None] = mapped_column(Id, ForeignKey("device_keys.id"))
    recorded_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class EvidenceStep(Base):
    """Every report about images, for exactly-once recording."""

    __tablename__ = "evidence_steps"
    __table_args__ = (UniqueConstraint("tenant_id", "device_id", "device_epoch", "seq"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    device_id: Mapped[int] = to("devices")
    device_epoch: Mapped[str] = mapped_column(String(32))
    seq: Mapped[int] = mapped_column(Id)
    pieces: Mapped[int]
    event_time: Mapped[datetime]
    received_at: Mapped[datetime]


class Viewing(Base):
    """Who looked at whom: at an image (`evidence_id`), or live through a device's camera."""

    __tablename__ = "viewings"
    __table_args__ = (
        Index(None, "tenant_id", "member_id", "at"),
        Index(None, "tenant_id", "evidence_id"),  # asked for each image whose row goes
        ForeignKeyConstraint(["tenant_id", "evidence_id"], ["evidence.tenant_id", "evidence.id"]),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    viewer_id: Mapped[int] = to("members")
    member_id: Mapped[int] = to("members")
    device_id: Mapped[int | None] = mapped_column(Id, ForeignKey("devices.id"))
    evidence_id: Mapped[str | None] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(8))
    purpose: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Enrolment(Base):
    """A member's template of one recogniser, and what was decided about it.

    `template` is little-endian 32-bit floats; `alike` the highest cosine with another member.
    """

    __tablename__ = "enrolments"
    __table_args__ = (
        Index(None, "tenant_id", "member_id"),
        Index(None, "tenant_id", "model", "state"),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members")
    device_id: Mapped[int | None] = mapped_column(Id, ForeignKey("devices.id"))
    model: Mapped[str] = mapped_column(String(64))
    condition: Mapped[str] = mapped_column(String(16))
    images: Mapped[int]
    template: Mapped[bytes]
    alike: Mapped[float | None]
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    decided_at: Mapped[datetime | None]


class Consent(Base):
    """A member agreed to a purpose under a version of the charter, or withdrew; never changed.

    Said on a device, `version` names the agent's own terms that were accepted with it.
    """

    __tablename__ = "consents"
    __table_args__ = (
        UniqueConstraint("device_id", "purpose", "version", "kind", "at"),
        Index(None, "tenant_id", "member_id", "purpose"),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members")
    device_id: Mapped[int | None] = mapped_column(Id, ForeignKey("devices.id"))
    version: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(16), server_default="capture")
    charter: Mapped[int | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
