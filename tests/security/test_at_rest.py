"""What the hub keeps shows nothing to whoever copies its files, its database or its broker."""

import asyncio
import base64
import hashlib
import secrets
import sqlite3
import struct
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import make_url, text

from hub.http.pictures.plain import plain
from hub.identity.mail_server import Guard, MailServer
from hub.identity.second_factor import new_recovery_codes, recovery_digest
from hub.keyring import FILE, opened_keys
from storage.images.vault import FOLDER
from storage.outgoing.mails import enqueue
from storage.people.oidc import set_provider
from storage.people.second_factors import begin_totp, keep_recovery_codes
from storage.sealing.sealed import MARK
from storage.webhooks.endpoints import Wishes, add_endpoint
from storage.webhooks.keys import SigningKeys
from tests.hub.http.pictures.test_evidence import Pc, webp
from tests.hubs import PLAIN, Running, running
from tests.mailbox import SENDER
from tests.peers import agent
from tests.record import NOW
from tests.servers import Postgres

MODEL = "a" * 64
LOGIN = "mori-who-is-no-secret"
MAGIC = (b"RIFF", b"\xff\xd8\xff")
CONTROL = b"what lies plain here is found"
OIDC_SECRET = "the-client-secret-of-the-provider"
SMTP_PASSWORD = "the-password-of-the-mail-server"
LINK = "https://hub.example/reset?token=of-a-mail-that-waits"
NOBODY = 9  # discard (RFC 863): no mail server listens there, so mail waits
MAIL = MailServer("127.0.0.1", NOBODY, Guard.LOOPBACK, SENDER, "hub", SMTP_PASSWORD)


@dataclass
class Kept:
    """A hub that has been given one of everything, and what it was given."""

    hub: Running
    pc: Pc
    image: bytes
    template: bytes
    webhook: SigningKeys
    totp: bytes
    tokens: tuple[str, ...]

    @property
    def known(self) -> dict[str, bytes]:
        """Pieces that would be found if they lay plain, in the ways in which they are written."""
        secret, private = self.webhook.secret, self.webhook.private
        plainly = {
            "image": self.image[40:72],
            "template": self.template[400:432],
            "template in base64": base64.b64encode(self.template[300:330]),
            "webhook": secret.encode(),
            "webhook's key": base64.b64decode(secret.removeprefix("whsec_")),
            "webhook's private key": base64.b64decode(private.removeprefix("whsk_")),
            "totp": self.totp,
            "totp in base32": base64.b32encode(self.totp),
            "OpenID client's secret": OIDC_SECRET.encode(),
            "mail server's password": SMTP_PASSWORD.encode(),
            "mail": LINK.encode(),
            **{f"token {place}": token.encode() for place, token in enumerate(self.tokens)},
        }
        return plainly | {f"{what} in hex": piece.hex().encode() for what, piece in plainly.items()}


@pytest.fixture(params=["sqlite", "postgresql"])
async def kept(
    request: pytest.FixtureRequest, broker_url: str, tmp_path: Path
) -> AsyncIterator[Kept]:
    database = None
    if request.param == "postgresql":
        database = str(request.getfixturevalue("postgres_url"))
    async with running(tmp_path / "hub", database=database, redis=broker_url, mail=MAIL) as hub:
        office = await hub.office()
        member, device = await office.worker(LOGIN)
        tokens = (device.token, await office.signed_in(member))
        headers = {"Authorization": f"Bearer {device.token}"}
        async with httpx2.AsyncClient(
            base_url=hub.url, headers=headers, trust_env=False, verify=PLAIN
        ) as http:
            pc = Pc(hub, office, member, device.id, http)
            async with agent(hub.url, device.token):
                yield await given(pc, tokens)


async def given(pc: Pc, tokens: tuple[str, ...]) -> Kept:
    image = webp()
    assert (await pc.send(image)).json()["state"] == "stored"
    template = struct.pack("<512f", *(secrets.randbelow(2**20) / 2**20 for _ in range(512)))
    sent = {
        "model": MODEL, "condition": "plain", "images": 3,
        "template": base64.b64encode(template).decode(),
    }  # fmt: skip
    assert (await pc.http.post("/api/v1/agent/enrolments", json=sent)).status_code == 201
    keys = await opened_keys(pc.hub.engine, pc.hub.settings)
    box = await keys.box(pc.office.id)
    totp = secrets.token_bytes(20)
    async with pc.hub.engine.begin() as conn:
        webhook = (await add_endpoint(conn, box, Wishes("https://h.example/"), NOW)).keys
        await begin_totp(conn, box, pc.member, totp, NOW)
        codes = new_recovery_codes()
        digests = [recovery_digest(pc.member, code) for code in codes]
        await keep_recovery_codes(conn, pc.office.id, pc.member, digests, NOW)
        provider = {"issuer": "https://id.example", "client_id": "zaiseki", "label": "社内"}
        await set_provider(conn, box, **provider, secret=OIDC_SECRET, now=NOW)
        await enqueue(
            conn, box, recipient="mori@example.com", subject="件名", text=LINK,
            now=datetime.now(UTC), life=timedelta(days=1),
        )  # fmt: skip
    return Kept(pc.hub, pc, image, template, webhook, totp, (*tokens, *codes))


def below(folder: Path) -> dict[Path, bytes]:
    """What lies there; a server puts files away while one looks."""
    found = dict[Path, bytes]()
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if file.is_file():
                found[file] = file.read_bytes()
    return found


def found(known: dict[str, bytes], files: dict[Path, bytes]) -> list[str]:
    return [
        f"{what} in {file}"
        for what, piece in known.items()
        for file, content in files.items()
        if piece in content
    ]


@pytest.mark.requirement("R50", "R55")
async def test_neither_database_nor_evidence_shows_anything(
    kept: Kept, request: pytest.FixtureRequest
) -> None:
    folder = kept.hub.settings.state
    if kept.hub.settings.database:
        async with kept.hub.engine.connect() as conn:
            await conn.execute(text("CHECKPOINT"))
        postgres: Postgres = request.getfixturevalue("postgres")
        record = below(postgres.folder / "data" / "base") | below(postgres.folder / "data/pg_wal")
    else:
        record = {file: content for file, content in below(folder).items() if ".db" in file.name}
    images = below(folder / FOLDER)

    assert found({"login": LOGIN.encode()}, record)
    assert len(images) == 1
    assert plain(kept.image).media == "image/webp"
    assert not [one for one in images.values() if one.startswith(MAGIC) or b"WEBPVP8" in one]
    assert found(kept.known, record | images | below(folder)) == []


@pytest.mark.requirement("R50", "R54")
async def test_a_backup_shows_nothing(
    kept: Kept, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    backup = tmp_path / "backup"
    if kept.hub.settings.database:
        postgres: Postgres = request.getfixturevalue("postgres")
        name = str(make_url(kept.hub.settings.database).database)
        await asyncio.to_thread(postgres.run, "pg_dump", "--file", str(backup), name)
    else:
        await asyncio.to_thread(backed_up, kept.hub.settings.state / "zaiseki.db", backup)
    content = {backup: contents(backup)}

    assert found({"login": LOGIN.encode()}, content)
    assert found({"sealed": MARK, "sealed in hex": MARK.hex().encode()}, content)
    assert found(kept.known, content) == []


def backed_up(file: Path, to: Path) -> None:
    """As `sqlite3 FILE .backup` does it, beside the hub."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


@pytest.mark.requirement("R50")
async def test_a_dump_of_the_broker_shows_nothing(kept: Kept, redis: Redis) -> None:
    await redis.set("control", CONTROL)
    await redis.config_set("rdbcompression", "no")
    await redis.save()
    where = await redis.config_get("dir", "dbfilename")
    file = Path(str(where["dir"])) / str(where["dbfilename"])
    dump = {file: contents(file)}

    board = f"{{zaiseki:{kept.pc.office.id}}}".encode()
    assert len(found({"control": CONTROL, "board": board}, dump)) == 2
    assert found(kept.known, dump) == []


@pytest.mark.requirement("R50")
async def test_what_comes_back_is_what_the_device_signed(kept: Kept) -> None:
    token = await kept.pc.office.signed_in(kept.pc.member)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(
        base_url=kept.hub.url, headers=headers, trust_env=False, verify=PLAIN
    ) as mori:
        (item,) = (await mori.get("/api/v1/evidence")).json()["items"]
        image = await mori.get(f"/api/v1/evidence/{item['id']}")

    assert image.content == kept.image
    assert hashlib.sha256(image.content).hexdigest() == item["sha256"]


@pytest.mark.requirement("R50")
async def test_an_image_under_another_name_or_changed_is_refused_as_such(kept: Kept) -> None:
    (file,) = below(kept.hub.settings.state / FOLDER)
    overwrite(file)
    token = await kept.pc.office.signed_in(kept.pc.member)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(
        base_url=kept.hub.url, headers=headers, trust_env=False, verify=PLAIN
    ) as mori:
        (item,) = (await mori.get("/api/v1/evidence")).json()["items"]
        image = await mori.get(f"/api/v1/evidence/{item['id']}")

    assert (image.status_code, image.json()["type"]) == (409, "/problems/unreadable")


async def test_the_master_key_is_for_its_owner_alone_and_apart(tmp_path: Path) -> None:
    async with running(tmp_path / "hub"):
        assert mode(tmp_path / "hub" / FILE) == 0o600


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


def contents(file: Path) -> bytes:
    return file.read_bytes()


def overwrite(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
