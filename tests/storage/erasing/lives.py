"""A member with one of everything that is ever kept, at whatever time."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.notices.events import IncidentOpened
from hub.presence.seat import Seat, view
from hub.protocol.agents import EvidencePiece, EvidenceReport, GapReport
from hub.protocol.enrolling import Condition, NewEnrolment
from hub.protocol.facts import EvidenceKind, IncidentKind, Phase, Sighting, Verdict
from hub.protocol.images import Claim, Offer, statement
from hub.workforce.punching import PunchKind
from storage.images.enrolments import enrol
from storage.images.evidence import image_name, offered, stored
from storage.images.vault import FileVault, SealedVault
from storage.images.viewings import ViewingKind, open_viewing
from storage.models.base import Base
from storage.models.images import Evidence
from storage.models.seats import Snapshot
from storage.outgoing import notices
from storage.outgoing.notices import New
from storage.seats.devices import LinkedDevice, add_device
from storage.seats.punches import punch
from storage.seats.transitions import Hole, Moment, Number, Place, Step, Told, record
from storage.seats.verdicts import judge
from storage.webhooks.endpoints import Wishes, add_endpoint
from storage.webhooks.outbox import ping
from tests.keys import keys
from tests.record import NOW, Company, company, person
from tests.storage.chained import DEVICE

IMAGE = b"an image, as far as the vault is concerned"


@dataclass
class Life:
    """A member at work: `lived(at)` writes one of everything at a time."""

    engine: AsyncEngine
    vault: SealedVault
    folder: Path
    a: Company
    pc: LinkedDevice
    seq: int = 0
    images: dict[str, datetime] = field(default_factory=dict)

    async def lived(self, at: datetime, said: datetime | None = None) -> None:
        """An incident with an image, a verdict and a viewing, a periodic image, presence, marks.

        `said` is what the PC's clock says at that time.
        """
        incident = secrets.token_hex(16)
        for image, of in ((secrets.token_hex(16), incident), (secrets.token_hex(16), None)):
            await self.photographed(image, of, at, said or at)
        await self.reported(incident, at, said or at)
        async with self.engine.begin() as conn:
            member, tenant = self.pc.member, self.a.id
            await judge(conn, tenant, incident, Verdict.CONFIRMED, "見た", member, at)
            for kind in (PunchKind.START, PunchKind.END):
                given = secrets.token_hex(8)
                await punch(conn, tenant, member, kind, request_id=given, source="web", now=at)
        await self.looked_at(list(self.images)[-2], at)

    async def looked_at(self, image: str, at: datetime) -> None:
        who, kind = self.pc.member, ViewingKind.EVIDENCE
        async with self.engine.begin() as conn:
            await open_viewing(conn, self.a.id, who, who, kind, "audit", at, evidence=image)

    async def photographed(
        self, id: str, incident: str | None, at: datetime, said: datetime
    ) -> None:
        claim = Claim(
            id, EvidenceKind.CAMERA, said.timestamp(), "image/jpeg", len(IMAGE), 64, 48, "ab" * 32,
            incident=incident,
        )  # fmt: skip
        offer = Offer(claim, DEVICE.public_key, DEVICE.sign(statement(claim)))
        async with self.engine.begin() as conn:
            await offered(conn, self.pc, offer, at)
        await self.vault.put(image_name(self.a.id, id, said), self.pc.member, said, IMAGE)
        async with self.engine.begin() as conn:
            await stored(conn, self.a.id, id, at)
        self.images[id] = at

    async def reported(self, incident: str, at: datetime, said: datetime) -> None:
        when, heard = said.timestamp(), at.timestamp()
        numbers = [Number(self.pc.device, "e", self.seq + one) for one in range(5)]
        self.seq += 5
        live, late, opened, lost, took = numbers
        place = Place("epoch", self.seq, 0)
        member, state = self.pc.member, view(Seat(self.pc.member))
        moments = [
            Moment(member, "report", when, heard, state, self.pc.device, live, place),
            Moment(member, "late", when, heard, state, self.pc.device, late),
        ]
        sighting = Sighting(incident, IncidentKind.PEEPING, when, when, 1, ongoing=False)
        step = Step(member, opened, Phase.ENDED, sighting, when, heard)
        hole = Hole(member, lost, GapReport(lost.seq, when, when, 1, "full"), heard)
        piece = EvidencePiece(list(self.images)[-1], EvidenceKind.CAMERA, when)
        told = Told(member, took, EvidenceReport(took.seq, when, (piece,)), heard)
        async with self.engine.begin() as conn:
            await record(conn, self.a.id, moments, [step], [hole], at, [told])
            snapshot = {"tenant_id": self.a.id, "epoch": "epoch", "offset": self.seq, "at": at}
            await conn.execute(insert(Snapshot).values(snapshot | {"seats": 1, "body": b"-"}))
            event = IncidentOpened(at, incident, IncidentKind.PEEPING, member)
            await notices.announce(conn, self.a.id, [event], at)
            new = New(member, event.TYPE, event.key, event, member, True, None)
            await notices.tell(conn, self.a.id, [new], at)

    async def counts(self, *tables: type[Base]) -> dict[str, int]:
        """How many rows of each table are the tenant's."""
        found = {}
        async with self.engine.connect() as conn:
            for table in tables:
                mine = table.__table__.c.tenant_id == self.a.id
                wanted = select(func.count()).select_from(table).where(mine)
                found[table.__tablename__] = (await conn.execute(wanted)).scalar_one()
        return found

    async def left(self) -> set[str]:
        """The images that have rows."""
        async with self.engine.connect() as conn:
            rows = await conn.execute(select(Evidence.id).where(Evidence.tenant_id == self.a.id))
            return set(rows.scalars())

    @property
    def files(self) -> set[str]:
        """The images in the vault."""
        return {file.name for file in self.folder.rglob("*") if file.is_file()}


async def life(engine: AsyncEngine, folder: Path, name: str = "株式会社A") -> Life:
    """A tenant whose images are below the folder, with a member who has a PC."""
    vault = SealedVault(FileVault(folder / "evidence"), keys(engine))
    async with engine.begin() as conn:
        a = await company(conn, name)
        member = await person(conn, a.id, "mori", password_hash="$argon2")
        device = await add_device(conn, a.id, member, "MORI-PC", NOW)
    pc = LinkedDevice(a.id, member, device.id, "mori")
    return Life(engine, vault, folder / "evidence", a, pc)


async def hooked(one: Life) -> None:
    """A webhook, and something that waits to be told."""
    box = await one.vault.keys.box(one.a.id)
    async with one.engine.begin() as conn:
        endpoint = (await add_endpoint(conn, box, Wishes("https://h.example/"), NOW)).id
        await ping(conn, one.a.id, endpoint, NOW)


async def enrolled(one: Life) -> None:
    box = await one.vault.keys.box(one.a.id)
    new = NewEnrolment("a" * 64, Condition.PLAIN, 3, secrets.token_bytes(2048))
    async with one.engine.begin() as conn:
        await enrol(conn, box, one.pc, new, NOW)
