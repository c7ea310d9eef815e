"""Tenants, their members and groups, and how members get in."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key, to


class Tenant(Base):
    """One customer. `directory` counts every change of members, groups, devices and rights.

    `belated` counts whatever was recorded so late that sums of past days had to go.

    `operators` marks the home of those who run the installation: it is nobody's customer.
    """

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
    own_erasing: Mapped[bool] = mapped_column(default=False, server_default=false())
    enrolment_approval: Mapped[str] = mapped_column(
        String(12), default="self", server_default="self"
    )
    operators: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[str] = mapped_column(String(12), default="active", server_default="active")
    state_reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
    state_since: Mapped[datetime | None]
    seat_limit: Mapped[int | None]
    contact_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    contact_department: Mapped[str] = mapped_column(String(200), default="", server_default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    contact_phone: Mapped[str] = mapped_column(String(50), default="", server_default="")
    escalate_after_min: Mapped[int | None] = mapped_column(default=15, server_default="15")
    second_factor: Mapped[str] = mapped_column(
        String(8), default="optional", server_default="optional"
    )
    sharing: Mapped[str] = mapped_column(String(9), default="groups", server_default="groups")
    belated: Mapped[int] = mapped_column(Id, default=0, server_default="0")


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
    must_change: Mapped[bool] = mapped_column(default=False, server_default=false())
    email: Mapped[str | None] = mapped_column(String(254))
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Notification(Base):
    """How a member wants to be told of incidents (hub.notifying); without a row, by default."""

    __tablename__ = "notifications"
    member_id: Mapped[int] = to("members", primary_key=True)
    tenant_id: Mapped[int] = to("tenants")
    chosen: Mapped[dict[str, Any]]


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
    """A sign-in of a person; the token is stored as its SHA-256 only.

    `address` and `agent` are where it was last seen; `confirmed_at` is when the person last showed
    who they are.
    """

    __tablename__ = "sessions"
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members", index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(String(64), default="", server_default="")
    agent: Mapped[str] = mapped_column(String(200), default="", server_default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SetupLink(Base):
    """The one-time link of an empty start, for the first administrator."""

    __tablename__ = "setup_links"
    id: Mapped[int] = key()
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
