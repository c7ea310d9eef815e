"""The tables. Everything is keyed by tenant; punches and transitions are never changed."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up INTEGER keys only


class Instant(TypeDecorator[datetime]):
    """An aware moment in UTC on every database; SQLite stores no zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {datetime: Instant, dict[str, Any]: JSON}


def key() -> Mapped[int]:
    return mapped_column(Id, primary_key=True)


def to(table: str, *, primary_key: bool = False, index: bool = False) -> Mapped[int]:
    return mapped_column(Id, ForeignKey(f"{table}.id"), primary_key=primary_key, index=index)


class Tenant(Base):
    """One customer. `directory` counts every change of members, groups, devices and rights."""

    __tablename__ = "tenants"
    id: Mapped[int] = key()
    system_id: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    work_from: Mapped[str] = mapped_column(String(8), default="device")
    directory: Mapped[int] = mapped_column(Id, default=0)
    created_at: Mapped[datetime]
    evidence: Mapped[str] = mapped_column(
        String(16), default="incident_only", server_default="incident_only"
    )
    evidence_interval_s: Mapped[float] = mapped_column(default=192.0, server_default="192")
    level: Mapped[str | None] = mapped_column(String(4))
    challenge: Mapped[bool] = mapped_column(default=False, server_default=false())
    hint: Mapped[bool] = mapped_column(default=False, server_default=false())
    enrolment_approval: Mapped[str] = mapped_column(
        String(12), default="self", server_default="self"
    )


class Member(Base):
    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("tenant_id", "login"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    login: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    locale: Mapped[str] = mapped_column(String(5), default="ja")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Group(Base):
    __tablename__ = "groups"
    __table_args__ = (
        UniqueConstraint("tenant_id", "parent_id", "name"),
        Index(  # SQL holds two NULLs to be different, so the top level needs its own
            "uq_groups_top",
            "tenant_id",
            "name",
            unique=True,
            sqlite_where=text("parent_id IS NULL"),
            postgresql_where=text("parent_id IS NULL"),
        ),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    parent_id: Mapped[int | None] = mapped_column(Id, ForeignKey("groups.id"))
    name: Mapped[str] = mapped_column(String(200))
    evidence: Mapped[str | None] = mapped_column(String(16))


class GroupMember(Base):
    __tablename__ = "group_members"
    group_id: Mapped[int] = to("groups", primary_key=True)
    member_id: Mapped[int] = to("members", primary_key=True, index=True)


class GroupSupervisor(Base):
    """A supervisor sees the groups given here and all below them."""

    __tablename__ = "group_supervisors"
    group_id: Mapped[int] = to("groups", primary_key=True)
    member_id: Mapped[int] = to("members", primary_key=True, index=True)


class Session(Base):
    """A sign-in of a person; the token is stored as its SHA-256 only."""

    __tablename__ = "sessions"
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members", index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SetupLink(Base):
    """The one-time link of an empty start, for the first administrator."""

    __tablename__ = "setup_links"
    id: Mapped[int] = key()
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Device(Base):
    __tablename__ = "devices"
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members", index=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(8), default="pc")
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Punch(Base):
    """A mark in time, never changed; a correction is another row of another kind."""

    __tablename__ = "punches"
    __table_args__ = (
        UniqueConstraint("tenant_id", "member_id", "request_id"),
        Index(None, "tenant_id", "member_id", "at"),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members")
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    task: Mapped[str | None] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(8))
    request_id: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Transition(Base):
    """One change of a seat: `state` is the whole seat after it, as the boards saw it.

    Live rows carry (epoch, offset, position); a late row, which the boards never saw, has no
    epoch. A row that a device reported is unique by (device, device_epoch, seq); one that the hub
    made itself has no seq and is unique by its place.
    """

    __tablename__ = "transitions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "device_id", "device_epoch", "seq"),
        UniqueConstraint("tenant_id", "epoch", "offset", "position"),
        Index(None, "tenant_id", "member_id", "event_time"),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members")
    device_id: Mapped[int | None] = mapped_column(Id, ForeignKey("devices.id"))
    device_epoch: Mapped[str | None] = mapped_column(String(32))
    seq: Mapped[int | None] = mapped_column(Id)
    epoch: Mapped[str | None] = mapped_column(String(32))
    offset: Mapped[int | None] = mapped_column(Id)
    position: Mapped[int | None]
    cause: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(8))
    event_time: Mapped[datetime]
    received_at: Mapped[datetime]
    skew_ms: Mapped[int | None] = mapped_column(Id)
    skewed: Mapped[bool] = mapped_column(default=False)
    state: Mapped[dict[str, Any]]
    why: Mapped[dict[str, Any] | None]


class Incident(Base):
    """The latest known state of an incident; its id was minted on the device."""

    __tablename__ = "incidents"
    __table_args__ = (Index(None, "tenant_id", "member_id", "opened_at"),)
    tenant_id: Mapped[int] = to("tenants", primary_key=True)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    member_id: Mapped[int] = to("members")
    device_id: Mapped[int] = to("devices")
    kind: Mapped[str] = mapped_column(String(24))
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    count: Mapped[int]
    late: Mapped[bool]
    why: Mapped[dict[str, Any] | None]
    recorded_at: Mapped[datetime]


class Gap(Base):
    """What a device had to overwrite while nobody listened."""

    __tablename__ = "gaps"
    __table_args__ = (UniqueConstraint("tenant_id", "device_id", "device_epoch", "seq"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    device_id: Mapped[int] = to("devices")
    device_epoch: Mapped[str] = mapped_column(String(32))
    seq: Mapped[int] = mapped_column(Id)
    lost_from: Mapped[datetime]
    lost_to: Mapped[datetime]
    count: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200))


class IncidentStep(Base):
    """Every reported step of an incident, for exactly-once recording and for the person page."""

    __tablename__ = "incident_steps"
    __table_args__ = (
        UniqueConstraint("tenant_id", "device_id", "device_epoch", "seq"),
        Index(None, "tenant_id", "incident_id"),
    )
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    device_id: Mapped[int] = to("devices")
    device_epoch: Mapped[str] = mapped_column(String(32))
    seq: Mapped[int] = mapped_column(Id)
    incident_id: Mapped[str] = mapped_column(String(32))
    phase: Mapped[str] = mapped_column(String(8))
    event_time: Mapped[datetime]
    received_at: Mapped[datetime]
    late: Mapped[bool]


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
    """A member accepted a version of the terms on a device, or withdrew; never changed."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("device_id", "version", "kind", "at"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members")
    device_id: Mapped[int] = to("devices")
    version: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]


class Snapshot(Base):
    """A whole tenant at (epoch, offset), compressed; equal to the replay of the live rows."""

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("tenant_id", "epoch", "offset"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    epoch: Mapped[str] = mapped_column(String(32))
    offset: Mapped[int] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(index=True)
    seats: Mapped[int]
    body: Mapped[bytes]


class WebhookEndpoint(Base):
    """A receiver. A removed one keeps its row: the outbox may be writing for it just then."""

    __tablename__ = "webhook_endpoints"
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants", index=True)
    url: Mapped[str] = mapped_column(Text)
    types: Mapped[str] = mapped_column(Text, default="*")
    secret: Mapped[str] = mapped_column(String(100))
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
