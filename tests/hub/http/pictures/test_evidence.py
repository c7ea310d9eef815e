"""What the hub takes from devices as an image: what was signed, whole, plain, and nothing else."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import httpx2
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from agent.evidence.imaging import encoded
from agent.uplink import mint
from hub.http.pictures.decoder import Busy, Decoder
from hub.http.pictures.plain import Picture
from hub.jobs.erasing import erase_due
from hub.keyring import opened_keys
from hub.protocol.facts import EvidenceKind, EvidenceLevel, Policy, Verdict
from hub.protocol.images import CHUNK_MAX_BYTES, Claim, Offer, statement
from storage.consent.policy import set_policy
from storage.images.evidence import left_in_vault
from storage.images.vault import FileVault, SealedVault
from storage.sealing.sealed import OVERHEAD_BYTES
from storage.seats.verdicts import UNDO, judge
from tests.clock import until
from tests.eyewitness import noise, plain
from tests.hubs import Office, Running, running
from tests.storage.seats.test_incidents import opened

IMAGES = "/api/v1/agent/images"
NOON = 1_780_000_000.0


def jpeg(width: int = 64, height: int = 48) -> bytes:
    return encoded(plain(width, height), "jpeg", 2)


def webp(width: int = 64, height: int = 48) -> bytes:
    return encoded(noise(width, height), "webp", 80)


def claim(data: bytes, number: int = 1, **other: Any) -> Claim:
    digest = hashlib.sha256(data).hexdigest()
    media = "image/webp" if data.startswith(b"RIFF") else "image/jpeg"
    id, kind = mint(NOON, number), EvidenceKind.CAMERA
    return replace(Claim(id, kind, NOON, media, len(data), 64, 48, digest), **other)


@dataclass
class Pc:
    """A device that says what the test wants it to say."""

    hub: Running
    office: Office
    member: int
    device: int
    http: httpx2.AsyncClient
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    async def offer(self, said: Claim, signed: Claim | None = None) -> httpx2.Response:
        signature = self.key.sign(statement(signed or said))
        offer = Offer(said, self.key.public_key().public_bytes_raw(), signature)
        body, kind = msgspec.json.encode(offer), {"Content-Type": "application/json"}
        return await self.http.post(IMAGES, content=body, headers=kind)

    async def put(self, said: Claim, data: bytes, offset: int = 0) -> httpx2.Response:
        url = f"{IMAGES}/{said.id}"
        return await self.http.put(url, content=data, params={"offset": offset})

    async def send(self, data: bytes, **other: Any) -> httpx2.Response:
        said = claim(data, **other)
        offered = await self.offer(said)
        assert offered.json() == {"state": "pending", "offset": 0}, offered.text
        return await self.put(said, data)

    @property
    def vaulted(self) -> list[Path]:
        folder = self.hub.settings.state / "evidence"
        return [file for file in folder.rglob("*") if file.is_file()]


@pytest.fixture
async def pc(tmp_path: Path) -> AsyncIterator[Pc]:
    async with running(tmp_path / "hub") as hub:
        office = await hub.office()
        member, device = await office.worker("mori")
        headers = {"Authorization": f"Bearer {device.token}"}
        async with httpx2.AsyncClient(base_url=hub.url, headers=headers, trust_env=False) as http:
            yield Pc(hub, office, member, device.id, http)


async def test_parts_add_up_from_wherever_they_stopped_and_come_once(pc: Pc) -> None:
    data = webp(64, 48)
    said = claim(data)
    await pc.offer(said)

    first = await pc.put(said, data[:100])
    again = await pc.put(said, data[:100])
    hole = await pc.put(said, data[200:], 200)
    asked = await pc.offer(said)
    last = await pc.put(said, data[100:], 100)
    known = await pc.offer(said)
    late = await pc.put(said, data[100:], 100)

    pending = {"state": "pending", "offset": 100}
    assert [one.json() for one in (first, again, hole, asked)] == [pending] * 4
    assert last.json() == {"state": "stored", "offset": len(data)}
    assert known.json()["state"] == late.json()["state"] == "stored"
    (file,) = pc.vaulted
    assert len(file.read_bytes()) == len(data) + OVERHEAD_BYTES


def with_exif(data: bytes) -> bytes:
    place = b"Exif\0\0GPS 35.68 139.76"
    return data[:2] + b"\xff\xe1" + (len(place) + 2).to_bytes(2) + place + data[2:]


def with_comment(data: bytes) -> bytes:
    return data[:2] + b"\xff\xfe\x00\x06note" + data[2:]


def extended(data: bytes) -> bytes:
    body = b"VP8X" + (10).to_bytes(4, "little") + bytes(10) + data[12:]
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


REFUSED: dict[str, Callable[[], bytes]] = {
    "a text": lambda: b"#!/bin/sh\necho hello",
    "a PNG": lambda: encoded_png(),
    "EXIF": lambda: with_exif(jpeg()),
    "a comment": lambda: with_comment(jpeg()),
    "bytes after the JPEG": lambda: jpeg() + b"PK\x03\x04",
    "bytes after the WebP": lambda: webp() + b"PK\x03\x04",
    "half a JPEG": lambda: jpeg()[:-40],
    "half a WebP": lambda: webp()[:-40],
    "a WebP with room for metadata": lambda: extended(webp()),
    "a JPEG of rubbish": lambda: jpeg()[:160] + b"\x00" * 60 + b"\xff\xd9",
    "nothing but ends": lambda: b"\xff\xd8\xff\xd9",
}


def encoded_png() -> bytes:

    return bytes(cv2.imencode(".png", plain(64, 48))[1].tobytes())


@pytest.mark.requirement("R65")
@pytest.mark.parametrize("what", REFUSED)
async def test_anything_but_a_plain_image_is_refused_and_not_kept(pc: Pc, what: str) -> None:
    refused = await pc.send(REFUSED[what]())

    assert refused.status_code == 422, what
    assert refused.json()["type"] == "/problems/image-refused"
    assert pc.vaulted == []
    good = await pc.send(jpeg(), number=2)
    assert good.json()["state"] == "stored", "the decoder goes on after it"


@pytest.mark.requirement("R34")
async def test_a_hub_without_time_refuses_nothing_and_takes_the_image_later(
    pc: Pc, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: object) -> Picture:
        raise Busy

    data = jpeg()
    with monkeypatch.context() as crowded:
        crowded.setattr(Decoder, "look", busy)
        later = await pc.send(data)
    again = await pc.put(claim(data), data)

    assert (later.status_code, later.json()["type"]) == (503, "/problems/image-later")
    assert int(later.headers["retry-after"]) > 0
    assert again.json()["state"] == "stored"


@pytest.mark.requirement("R34")
@pytest.mark.parametrize(
    ("kind", "width", "height"), [("camera", 641, 48), ("camera", 64, 481), ("screen", 64, 1081)]
)
async def test_an_image_larger_than_promised_is_refused(
    pc: Pc, kind: str, width: int, height: int
) -> None:
    data = jpeg(width, height)
    large = claim(data, kind=EvidenceKind(kind), width=width, height=min(height, 1080))
    honest = await pc.offer(large)
    small = claim(data, 2, kind=EvidenceKind(kind))
    await pc.offer(small)
    lying = await pc.put(small, data)

    assert honest.status_code == 422 or height > 1080
    assert lying.status_code == 422
    assert pc.vaulted == []


@pytest.mark.requirement("R51")
async def test_what_was_not_signed_or_is_of_another_device_is_refused(pc: Pc) -> None:
    data = jpeg()
    said = claim(data)
    forged = await pc.offer(said, signed=replace(said, taken_at=NOON + 1))
    assert forged.status_code == 422

    await pc.offer(said)
    changed = await pc.put(said, data[:-3] + b"\x00" + data[-2:])
    assert changed.status_code == 422

    _, other = await pc.office.worker("kato")
    headers = {"Authorization": f"Bearer {other.token}"}
    async with httpx2.AsyncClient(base_url=pc.hub.url, headers=headers, trust_env=False) as http:
        stranger = Pc(pc.hub, pc.office, 0, 0, http)
        assert (await stranger.offer(said)).status_code == 409
        assert (await stranger.put(said, data)).status_code == 404
    async with httpx2.AsyncClient(base_url=pc.hub.url, trust_env=False) as nobody:
        assert (await nobody.put(f"{IMAGES}/{said.id}", content=data)).status_code == 401


async def test_an_id_is_no_path_and_a_part_has_a_limit(pc: Pc) -> None:
    data = jpeg()
    traversal = await pc.offer(replace(claim(data), id="../../../../etc/passwd"))
    too_much = await pc.put(claim(data), bytes(CHUNK_MAX_BYTES + 1))

    assert traversal.status_code == 422
    assert too_much.status_code == 413


@pytest.mark.parametrize("level", [EvidenceLevel.OFF, EvidenceLevel.STATE_ONLY])
async def test_where_no_images_are_allowed_none_is_taken(pc: Pc, level: EvidenceLevel) -> None:
    async with pc.hub.engine.begin() as conn:
        await set_policy(conn, pc.office.id, Policy(level))

    assert (await pc.offer(claim(jpeg()))).status_code == 422


@pytest.mark.requirement("R40")
@pytest.mark.parametrize("verdict", [Verdict.BENIGN, Verdict.FALSE_POSITIVE])
async def test_after_a_verdict_that_clears_somebody_only_a_tombstone_is_left(
    pc: Pc, verdict: Verdict
) -> None:
    incident = "c" * 32
    data = jpeg()
    assert (await pc.send(data, incident=incident)).json()["state"] == "stored"
    coming = claim(webp(), 2, incident=incident)
    await pc.offer(coming)
    await pc.put(coming, webp()[:50])
    judged_at = datetime.now(UTC) - UNDO
    async with pc.hub.engine.begin() as conn:
        await opened(conn, pc.office.id, pc.member, pc.device, incident, judged_at)
        await judge(conn, pc.office.id, incident, verdict, None, pc.member, judged_at)

    await until(lambda: not pc.vaulted)
    assert (await pc.offer(coming)).json()["state"] == "erased"
    assert (await pc.put(coming, webp()[50:], 50)).json()["state"] == "erased"
    token = await pc.office.signed_in(pc.member)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=pc.hub.url, headers=headers, trust_env=False) as mori:
        items = (await mori.get("/api/v1/evidence")).json()["items"]
        gone = await mori.get(f"/api/v1/evidence/{items[0]['id']}")
    assert [(each["state"], each["reason"]) for each in items] == [("erased", "verdict")] * 2
    assert all(each["sha256"] and each["erased_at"] for each in items)
    assert gone.status_code == 410
    files = FileVault(pc.hub.settings.state / "evidence")
    vault = SealedVault(files, await opened_keys(pc.hub.engine, pc.hub.settings))
    await erase_due(pc.hub.engine, vault)
    async with pc.hub.engine.connect() as conn:
        assert await left_in_vault(conn, 9) == []
