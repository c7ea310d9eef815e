"""Incidents and every step that a device told of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key, to


class Incident(Base):
    """The latest known state of an incident; its id was minted on the device."""

    __tablename__ = "incidents"
    __table_args__ = (
        Index(None, "tenant_id", "member_id", "opened_at"),
        Index(None, "tenant_id", "recorded_at"),
        Index(None, "tenant_id", "disputed_at"),
    )
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
    verdict_id: Mapped[int | None] = mapped_column(Id)  # the word that counts
    assignee_id: Mapped[int | None] = mapped_column(Id)  # who has taken it
    escalation: Mapped[int] = mapped_column(default=0, server_default="0")  # how often it went up
    escalated_at: Mapped[datetime | None]
    at_top: Mapped[bool] = mapped_column(default=False, server_default=false())  # nobody is above
    disputed_at: Mapped[datetime | None]
    dispute: Mapped[str | None] = mapped_column(String(1000))


class IncidentVerdict(Base):
    """A word on an incident; without a verdict, the one before is taken back. Never changed."""

    __tablename__ = "incident_verdicts"
    __table_args__ = (Index(None, "tenant_id", "incident_id"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    incident_id: Mapped[str] = mapped_column(String(32))
    verdict: Mapped[str | None] = mapped_column(String(16))
    note: Mapped[str | None] = mapped_column(String(1000))
    judge_id: Mapped[int] = to("members")
    at: Mapped[datetime]


class IncidentAct(Base):
    """What people and jobs did about an incident, beside verdicts and viewings. Never changed.

    `member_id` is who it was given to; `told` who heard of it when it went up.
    """

    __tablename__ = "incident_acts"
    __table_args__ = (Index(None, "tenant_id", "incident_id"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    incident_id: Mapped[str] = mapped_column(String(32))
    act: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    member_id: Mapped[int | None] = mapped_column(Id, ForeignKey("members.id"))
    text: Mapped[str | None] = mapped_column(String(1000))
    told: Mapped[list[int] | None] = mapped_column(JSON)
    at: Mapped[datetime]


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
