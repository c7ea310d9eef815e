"""What is stored comes under the newest key bit by bit, and can be read at every moment."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.jobs.erasing import erase
from hub.jobs.resealing import reseal_due
from hub.protocol.enrolling import Condition, NewEnrolment
from hub.protocol.facts import EvidenceKind
from hub.protocol.images import Claim, Offer
from storage.errors import Missing
from storage.images.enrolments import enrol, enrolments_of
from storage.images.evidence import image_name, offered, stored, utc
from storage.images.vault import FileVault, SealedVault
from storage.models.images import Enrolment, Evidence
from storage.models.log import LogEntry
from storage.models.webhooks import WebhookEndpoint
from storage.proof.log import What
from storage.proof.signing import Signer
from storage.sealing import resealing
from storage.sealing.keys import SPREAD, Keys, keys_of
from storage.sealing.masters import GivenMasters
from storage.sealing.resealing import left, reseal_some, things, unfinished
from storage.sealing.retiring import RETIRE_AFTER, retirable, retire
from storage.sealing.rotation import destroy, rewrap_some, rotate, scrub
from storage.sealing.sealed import About, Unreadable, is_sealed
from storage.seats.devices import LinkedDevice, add_device
from storage.webhooks.outbox import ping
from storage.webhooks.queue import due, opened
from tests.keys import MASTER
from tests.record import NOW, Company, company, person

MODEL = "a" * 64
IMAGES, TEMPLATES = 5, 3


def template(number: int) -> bytes:
    """A face as the recogniser gives it: 512 numbers of length one."""
    face = np.random.default_rng(number).standard_normal(512).astype(np.float32)
    return bytes((face / np.linalg.norm(face)).tobytes())


@dataclass
class House:
    """A tenant with images, templates and a webhook, and the names and bytes of all of them."""

    engine: AsyncEngine
    files: FileVault
    a: Company
    pc: LinkedDevice
    now: datetime = NOW
    images: dict[str, bytes] = field(default_factory=dict)
    templates: list[bytes] = field(default_factory=list)
    secret: str = "whsec_" + base64.b64encode(b"a secret of 32 bytes, all told..").decode()

    def hub(self) -> SealedVault:
        """As a process that has just started sees it."""
        return SealedVault(self.files, Keys(self.engine, GivenMasters(MASTER), lambda: self.now))

    async def image(self, number: int) -> str:
        data = b"\xff\xd8" + secrets.token_bytes(500)
        id, taken = f"{number:032x}", NOW.timestamp() + number
        claim = Claim(id, EvidenceKind.CAMERA, taken, "image/jpeg", len(data), 64, 48, "ab" * 32)
        async with self.engine.begin() as conn:
            await offered(conn, self.pc, Offer(claim, b"k" * 32, b"s" * 64), NOW)
            await stored(conn, self.a.id, id, NOW)
        self.images[id] = data
        return image_name(self.a.id, id, utc(taken))

    async def read(self, hub: SealedVault) -> None:
        """Everything can be read, and is what it was."""
        for number, (id, data) in enumerate(sorted(self.images.items())):
            at = utc(NOW.timestamp() + int(id, 16))
            found = await hub.get(image_name(self.a.id, id, at), self.pc.member, at)
            assert found == data, number
        box = await hub.keys.box(self.a.id)
        async with self.engine.connect() as conn:
            rows = await enrolments_of(conn, box, self.pc, MODEL)
            waiting = await due(conn, NOW + timedelta(days=1), 1, each=1)
        assert [template for _, template in rows] == self.templates
        keys = [(await opened(hub.keys, one, NOW)).keys[0].secret for one in waiting]
        assert keys == [self.secret]

    async def heads(self) -> set[bytes]:
        """The beginnings of all that is stored."""
        async with self.engine.connect() as conn:
            templates = (await conn.execute(select(Enrolment.template))).scalars().all()
            secret = (await conn.execute(select(WebhookEndpoint.sealed))).scalar() or b"plain"
        files = [each.read_bytes() for each in self.files_below()]
        return {each[:16] for each in (*templates, secret, *files)}

    def files_below(self) -> list[Path]:
        return [file for file in self.files._folder.rglob("*") if file.is_file()]


@pytest.fixture
async def house(record: AsyncEngine, tmp_path: Path) -> AsyncIterator[House]:
    """As an older version left it: everything plain."""
    async with record.begin() as conn:
        a = await company(conn)
        member = await person(conn, a.id, "mori")
        device = await add_device(conn, a.id, member, "PC", NOW)
        made = House(
            record,
            FileVault(tmp_path / "evidence"),
            a,
            LinkedDevice(a.id, member, device.id, "mori"),
        )
        hook = insert(WebhookEndpoint).values(
            tenant_id=a.id, url="https://h.example", secret=made.secret, created_at=NOW
        )
        await conn.execute(hook)
        await ping(conn, a.id, 1, NOW)
        for number in range(TEMPLATES):
            made.templates.append(template(number))
            row = insert(Enrolment).values(
                tenant_id=a.id, member_id=member, model=MODEL, condition="plain", images=1,
                template=made.templates[-1], state="approved",
                created_at=NOW + timedelta(microseconds=number),
            )  # fmt: skip
            await conn.execute(row)
    for number in range(IMAGES):
        name = await made.image(number)
        await made.files.put(name, made.images[f"{number:032x}"])
    yield made


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resealing, "ROWS", 1)
    monkeypatch.setattr(resealing, "IMAGES", 2)


@pytest.mark.requirement("R50")
@pytest.mark.usefixtures("small_steps")
async def test_what_an_older_version_left_plain_is_sealed_and_readable_all_the_time(
    house: House,
) -> None:
    steps = 0
    async with house.engine.connect() as conn:
        assert await unfinished(conn, house.now) == [house.a.id]
    await house.read(house.hub())
    while await reseal_some(house.hub(), house.a.id, house.now):  # killed after each step
        steps += 1
        await house.read(house.hub())

    hub = house.hub()
    assert steps >= TEMPLATES
    assert await house.heads() == {(await hub.keys.box(house.a.id)).head}
    async with house.engine.connect() as conn:
        assert await unfinished(conn, house.now) == []
        assert set((await things(conn, house.a.id)).values()) == {0, 1, TEMPLATES, IMAGES}
        assert (await conn.execute(select(WebhookEndpoint.secret))).scalars().all() == [""]


@pytest.mark.requirement("R50")
@pytest.mark.usefixtures("small_steps")
async def test_a_rotation_seals_everything_anew_while_others_write_and_read(house: House) -> None:
    first = house.hub()
    while await reseal_some(first, house.a.id, house.now):
        pass
    await rotate(first.keys, house.a.id, house.now)
    async with house.engine.connect() as conn:
        assert await unfinished(conn, house.now) == []
    house.now += 2 * SPREAD
    number = IMAGES
    async with house.engine.connect() as conn:
        assert await unfinished(conn, house.now) == [house.a.id]
    while await reseal_some(house.hub(), house.a.id, house.now):
        await house.read(house.hub())
        if number < 2 * IMAGES:
            name = await house.image(number)
            at = utc(NOW.timestamp() + number)
            data = house.images[f"{number:032x}"]
            await house.hub().put(name, house.pc.member, at, data)
            number += 1

    box = await house.hub().keys.box(house.a.id)
    assert await house.heads() == {box.head} and len(box.keys) == 2
    async with house.engine.connect() as conn:
        assert set((await left(conn, house.a.id, box.current)).values()) == {0}
        assert await unfinished(conn, house.now) == []
    await house.read(house.hub())


@pytest.mark.requirement("R50")
async def test_older_keys_go_a_month_after_and_nothing_needs_them(house: House) -> None:
    first = house.hub()
    while await reseal_some(first, house.a.id, house.now):
        pass
    old = await first.keys.box(house.a.id)
    await rotate(first.keys, house.a.id, house.now)
    assert await retire(house.hub(), house.a.id, house.now) == []
    house.now += 2 * SPREAD
    assert await retire(house.hub(), house.a.id, house.now) == []  # it has sealed nothing yet
    while await reseal_some(house.hub(), house.a.id, house.now):
        pass
    late = await house.image(IMAGES)  # by a process that had been asleep for all that time
    about = About(late, house.pc.member, utc(NOW.timestamp() + IMAGES))
    await house.files.put(late, old.seal(about, house.images[f"{IMAGES:032x}"]))

    async with house.engine.connect() as conn:
        assert await retirable(conn, house.now + RETIRE_AFTER - timedelta(seconds=1)) == []
        assert await retirable(conn, house.now + RETIRE_AFTER) == [house.a.id]
    house.now += RETIRE_AFTER
    ended = await retire(house.hub(), house.a.id, house.now)

    assert ended == [old.current]
    hub = house.hub()
    box = await hub.keys.box(house.a.id)
    assert list(box.keys) == [box.current] and await house.heads() == {box.head}
    await house.read(hub)
    async with house.engine.connect() as conn:
        assert await retirable(conn, house.now) == []
        gone, last = await keys_of(conn, house.a.id)
        logged = select(LogEntry.subject).where(LogEntry.what == What.KEY_RETIRED)
        assert (await conn.execute(logged)).scalars().all() == [{"keys": [gone.id]}]
    assert (gone.wrapped, gone.retired_at, last.retired_at) == (b"", house.now, None)
    assert (await rotate(hub.keys, house.a.id, house.now)).id > last.id
    assert await rewrap_some(hub.keys) == 0


async def test_once_all_is_sealed_nothing_plain_is_taken_for_it(house: House) -> None:
    while await reseal_some(house.hub(), house.a.id, house.now):
        pass
    forged = update(Enrolment).values(template=house.templates[0]).where(Enrolment.id == 1)
    async with house.engine.begin() as conn:
        await conn.execute(forged)

    with pytest.raises(Unreadable):
        await house.read(house.hub())


async def test_an_image_that_is_erased_meanwhile_does_not_come_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, id, at = house.hub(), f"{0:032x}", utc(NOW.timestamp())
    read, erasing = house.files.get, set[asyncio.Task[None]]()

    async def erased() -> None:
        gone = update(Evidence).where(Evidence.id == id).values(state="erased")
        async with house.engine.begin() as conn:
            await conn.execute(gone)
        await erase(hub, house.a.id, id, at)

    async def read_slowly(name: str) -> bytes:
        data = await read(name)
        if name.endswith(id):
            erasing.add(asyncio.create_task(erased()))
            await asyncio.wait(erasing, timeout=0.3)  # it has to wait until this one is sealed
        return data

    monkeypatch.setattr(house.files, "get", read_slowly)
    await reseal_some(hub, house.a.id, house.now)
    await asyncio.gather(*erasing)

    with pytest.raises(Missing):
        await read(image_name(house.a.id, id, at))


async def test_what_was_tampered_with_stands_in_nobody_elses_way(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "ROWS", 1)
    hub = house.hub()
    while await reseal_some(hub, house.a.id, house.now):
        pass
    broken = update(Enrolment).where(Enrolment.id == 1)
    async with house.engine.begin() as conn:
        kept = (
            await conn.execute(select(Enrolment.template).where(Enrolment.id == 1))
        ).scalar_one()
        await conn.execute(broken.values(template=kept[:-1] + bytes([kept[-1] ^ 1])))
    await rotate(hub.keys, house.a.id, house.now)
    house.now += 2 * SPREAD
    while await reseal_some(house.hub(), house.a.id, house.now):
        pass

    box = await house.hub().keys.box(house.a.id)
    async with house.engine.connect() as conn:
        assert (await left(conn, house.a.id, box.current))["template"] == 1
        assert await unfinished(conn, house.now) == []


async def test_a_template_from_a_device_lies_sealed_and_compares_all_the_same(house: House) -> None:
    box = await house.hub().keys.box(house.a.id)
    async with house.engine.begin() as conn:
        other = await person(conn, house.a.id, "kato")
        device = await add_device(conn, house.a.id, other, "PC", NOW)
        linked = LinkedDevice(house.a.id, other, device.id, "kato")
        new = NewEnrolment(MODEL, Condition.PLAIN, 3, house.templates[0])
        id, _ = await enrol(conn, box, linked, new, NOW)
        row = (await conn.execute(select(Enrolment).where(Enrolment.id == id))).one()

    assert is_sealed(row.template) and house.templates[0] not in row.template
    assert row.alike == pytest.approx(1.0)


async def test_scrubbing_leaves_nothing_plain_in_sqlites_files(
    house: House, tmp_path: Path
) -> None:
    while await reseal_some(house.hub(), house.a.id, house.now):
        pass
    await scrub(house.engine, resealing.LEGACY)

    files = contents(tmp_path)
    assert bool(files) == (house.engine.dialect.name == "sqlite")
    for content in files:
        assert not any(one in content for one in (*house.templates, house.secret.encode()))


def contents(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.iterdir() if file.name.startswith("zaiseki.db")]


async def test_the_job_does_it_for_every_tenant_and_passes_a_destroyed_one_by(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async with house.engine.begin() as conn:
        gone = (await company(conn, "B")).tenant
    hub = house.hub()
    await hub.keys.check()
    signer = Signer(Ed25519PrivateKey.generate())
    await destroy(hub.keys, gone, signer, NOW, although="active")
    await reseal_due(hub, rest_s=0)

    async with house.engine.connect() as conn:
        assert await unfinished(conn, house.now) == []
    assert await house.heads() == {(await hub.keys.read(house.a.id)).head}
    assert not caplog.records
