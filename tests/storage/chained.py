"""A tenant with a row in every table that is chained, and an attacker who may write SQL."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.protocol.facts import EvidenceKind, IncidentKind, Phase, Sighting, Verdict
from hub.protocol.images import Claim, Offer, statement
from hub.workforce.punching import PunchKind
from storage.images.evidence import erase_for, image_name, offered, stored
from storage.images.vault import FileVault, SealedVault
from storage.images.viewings import ViewingKind, open_viewing
from storage.proof import log
from storage.proof.chain import CHAINED, Area
from storage.proof.heads import SignedHead, seal
from storage.proof.rules import RULES
from storage.proof.signing import Signer
from storage.sealing.keys import Keys
from storage.sealing.masters import FileMasters
from storage.seats.devices import LinkedDevice, add_device
from storage.seats.punches import punch
from storage.seats.transitions import Number, Step, record
from storage.seats.verdicts import judge
from tests.record import NOW, SIGNER, company, person

DEVICE = Signer(Ed25519PrivateKey.from_private_bytes(bytes(32)))
KEPT, SEEN, ERASED = "a" * 32, "b" * 32, "c" * 32  # images
INCIDENT = "d" * 32
IMAGE = b"an image, as far as its signature is concerned"


@dataclass(frozen=True, slots=True)
class Written:
    """The tenant, its images, and its heads as they were kept elsewhere."""

    tenant: int
    member: int
    vault: SealedVault
    heads: list[SignedHead]

    def image(self, id: str) -> str:
        return image_name(self.tenant, id, NOW)


async def written(engine: AsyncEngine, folder: Path, signer: Signer = SIGNER) -> Written:
    """Punches, an incident, its verdict, images, viewings, consents, a log; sealed twice."""
    vault = SealedVault(
        FileVault(folder / "evidence"), Keys(engine, FileMasters(folder / "master.key"))
    )
    async with engine.begin() as conn:
        a = await company(conn)
        member = await person(conn, a.id, "mori")
        made = await add_device(conn, a.id, member, "PC", NOW)
        pc = LinkedDevice(a.id, member, made.id, "mori")
        await punched(conn, a.id, member, PunchKind.START)
        await log.write(conn, a.id, log.What.MEMBER_CREATED, member, {"member": member}, NOW)
    for id, incident in ((KEPT, None), (SEEN, None), (ERASED, INCIDENT)):
        await vault.put(image_name(a.id, id, NOW), member, NOW, IMAGE)
        async with engine.begin() as conn:
            await offered(conn, pc, offer(id, incident), NOW)
            await stored(conn, a.id, id, NOW)
    first = await seal(engine, signer, a.id, NOW)
    async with engine.begin() as conn:
        sighting = Sighting(
            INCIDENT, IncidentKind.PEEPING, NOW.timestamp(), NOW.timestamp(), 1, True
        )
        number = Number(pc.device, "epoch", 1)
        step = Step(member, number, Phase.OPENED, sighting, NOW.timestamp(), NOW.timestamp())
        await record(conn, a.id, [], [step, ended(step)], [], NOW)
        await judge(conn, a.id, INCIDENT, Verdict.BENIGN, None, member, NOW)
        await erase_for(conn, a.id, INCIDENT, NOW)
        viewing = ViewingKind.EVIDENCE
        await open_viewing(conn, a.id, member, member, viewing, "audit", NOW, evidence=SEEN)
        await punched(conn, a.id, member, PunchKind.END)
        await log.write(conn, a.id, log.What.POLICY_CHANGED, member, {"名": "検知"}, NOW)
    second = await seal(engine, signer, a.id, NOW)
    assert first is not None
    assert second is not None
    async with engine.begin() as conn:
        await log.write(conn, a.id, log.What.SIGNED_OUT, member, {}, NOW)
    return Written(a.id, member, vault, [first, second])


def ended(step: Step) -> Step:
    """The same incident, seen once more and over."""
    sighting = replace(step.sighting, count=2, ongoing=False)
    return replace(step, number=replace(step.number, seq=2), phase=Phase.ENDED, sighting=sighting)


async def punched(conn: AsyncConnection, tenant: int, member: int, kind: PunchKind) -> None:
    await punch(conn, tenant, member, kind, request_id=kind, source="web", now=NOW)


def offer(id: str, incident: str | None = None) -> Offer:
    sha256 = hashlib.sha256(IMAGE).hexdigest()
    size, at = len(IMAGE), NOW.timestamp()
    claim = Claim(
        id, EvidenceKind.CAMERA, at, "image/jpeg", size, 64, 48, sha256, incident=incident
    )
    return Offer(claim, DEVICE.public_key, DEVICE.sign(statement(claim)))


# ---- the attacker


@asynccontextmanager
async def attacker(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection without the database's rules; what it does is taken back at the end."""
    async with engine.connect() as conn:
        await conn.exec_driver_sql(
            "BEGIN IMMEDIATE" if conn.dialect.name == "sqlite" else "SELECT 1"
        )
        await without_rules(conn)
        yield conn
        await conn.rollback()


async def without_rules(conn: AsyncConnection) -> None:
    if conn.dialect.name == "sqlite":
        found = await conn.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
        for (name,) in found.all():
            await conn.execute(text(f"DROP TRIGGER {name}"))
    else:
        for table in {rule.rpartition("_no_")[0] for rule in RULES}:
            await conn.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


async def copied(conn: AsyncConnection, area: Area, id: object, changes: Mapping[str, Any]) -> str:
    """Insert a row like the one with that id, as one that nobody wrote; its id."""
    table = CHAINED[area].table.__table__
    row = (await conn.execute(select(table).where(table.c.id == id))).one()
    new = "f" * 32 if isinstance(id, str) else 10_000
    values = {**row._mapping, "id": new, **changes}
    await conn.execute(insert(CHAINED[area].table).values(values))
    return str(new)
