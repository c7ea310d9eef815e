"""Tamper evidence: the digests of what was written, chained a tenant, apart from the content.

A row's digest is written in the row's own transaction and waits for nobody. `heads` chains what has
come since and signs the end; `tombstones` takes away what must go by law.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, RowMapping, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.protocol.facts import EvidenceState
from storage.models.base import Base
from storage.models.chain import ChainEntry, Tombstone
from storage.models.images import Consent, Evidence, Viewing
from storage.models.incidents import Incident, IncidentVerdict
from storage.models.log import LogEntry
from storage.models.seats import Punch

INSTALLATION = 0  # whose chain holds what belongs to no tenant
SALT_BYTES = 16

# For upserts whose rows are to be chained: an incident may come several times in a batch, and
# PostgreSQL lets one statement touch a row once.
ONE_BY_ONE = {"insertmanyvalues_page_size": 1}


class Area(StrEnum):
    """The tables that are chained."""

    LOG = "log"
    PUNCH = "punch"
    INCIDENT = "incident"
    VERDICT = "verdict"
    EVIDENCE = "evidence"
    VIEWING = "viewing"
    CONSENT = "consent"
    TOMBSTONE = "tombstone"


@dataclass(frozen=True, slots=True)
class Chained:
    """Which columns a digest covers; a column that comes later may be added where it is null."""

    table: type[Base]
    names: tuple[str, ...]

    @property
    def key(self) -> ColumnElement[Any]:
        return self.columns[0]

    @property
    def columns(self) -> tuple[ColumnElement[Any], ...]:
        return tuple(self.table.__table__.c[name] for name in self.names)


CHAINED = {
    Area.LOG: Chained(LogEntry, ("id", "tenant_id", "at", "what", "actor_id", "subject")),
    Area.PUNCH: Chained(
        Punch,
        (
            "id", "tenant_id", "member_id", "kind", "at", "task", "source", "request_id",
            "created_at",
        ),
    ),
    Area.INCIDENT: Chained(
        Incident,
        (
            "id", "tenant_id", "member_id", "device_id", "kind", "opened_at", "seen_at", "ended_at",
            "count", "late", "why", "recorded_at", "verdict_id",
        ),
    ),
    Area.VERDICT: Chained(
        IncidentVerdict,
        ("id", "tenant_id", "incident_id", "verdict", "note", "judge_id", "at"),
    ),
    Area.EVIDENCE: Chained(
        Evidence,
        (
            "id", "tenant_id", "member_id", "device_id", "incident_id", "kind", "screen",
            "taken_at", "state", "reason", "media", "size", "width", "height", "sha256",
            "statement", "signature", "key_id", "recorded_at", "stored_at", "erased_at",
        ),
    ),
    Area.VIEWING: Chained(
        Viewing,
        (
            "id", "tenant_id", "viewer_id", "member_id", "device_id", "evidence_id", "kind",
            "purpose", "at", "ended_at",
        ),
    ),
    Area.CONSENT: Chained(
        Consent,
        (
            "id", "tenant_id", "member_id", "device_id", "version", "purpose", "charter", "kind",
            "at", "recorded_at",
        ),
    ),
    Area.TOMBSTONE: Chained(
        Tombstone,
        ("id", "tenant_id", "area", "row", "reason", "at", "public_key", "signature"),
    ),
}  # fmt: skip

# What an image's device says when it sends it is not settled before all of it has come.
UNSETTLED = {"media", "size", "width", "height", "sha256", "statement", "signature", "key_id"}


def columns(area: Area) -> tuple[ColumnElement[Any], ...]:
    """What a statement is to return so that its rows can be chained."""
    return CHAINED[area].columns


async def append(conn: AsyncConnection, area: Area, rows: Sequence[Row[Any]]) -> None:
    """Keep the digests of rows, as the database returned them, in the transaction that wrote them.

    A row that changes is appended again; its last entry counts.
    """
    if not rows:
        return
    entries = []
    for row in rows:
        content, salt = row._mapping, os.urandom(SALT_BYTES)
        entry = {"tenant_id": content["tenant_id"] or INSTALLATION, "area": area}
        entry |= {"row": str(content["id"]), "digest": digest(area, content, salt), "salt": salt}
        entries.append(entry)
    await conn.execute(insert(ChainEntry), entries)


def digest(area: str, content: RowMapping, salt: bytes) -> bytes:
    """SHA-256 over the salt and the row's values by name; empty ones are left out."""
    unsettled = area == Area.EVIDENCE and content["state"] == EvidenceState.PENDING
    values = {
        name: plain(value)
        for name, value in content.items()
        if value is not None and not (unsettled and name in UNSETTLED)
    }
    return hashlib.sha256(salt + msgspec.json.encode([area, values], order="sorted")).digest()


def plain(value: object) -> object:
    """The same on every database: moments in UTC, bytes in hex."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.hex() if isinstance(value, bytes) else value
