"""`zaiseki keys` is killed again and again while a hub runs: all opens, and old keys are gone."""

import asyncio
import multiprocessing
import os
import random
import struct
import sys
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from agent.uplink import mint
from hub import cli
from hub.keyring import FILE, opened_keys
from hub.protocol.facts import EvidenceState
from storage.images.evidence import image_name, utc
from storage.images.vault import SealedVault, vault
from storage.models.images import Enrolment, Evidence
from storage.sealing.keys import KeyRow, keys_of
from storage.sealing.masters import FileMasters
from storage.sealing.rotation import masters
from storage.sealing.sealed import HEAD_BYTES, head
from tests.clock import until
from tests.hub.http.pictures.test_evidence import NOON, Pc, webp
from tests.hubs import PACE, PLAIN, spawned

KILLS = 14
SEED = 20261122
MODEL = "a" * 64

# Forked from a process that has everything loaded, so that a kill meets work and not imports.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["pytest", "hub.cli", "hub.shell.keys", __name__])


def typed(words: Sequence[str], said: Path) -> None:
    """The command, in a process of its own."""
    os.environ["ZAISEKI_PACE"] = str(PACE)
    sys.argv = ["zaiseki", "keys", *words]
    with said.open("a") as sys.stdout, said.open("a") as sys.stderr:
        cli.main()


@dataclass
class Site:
    """A hub, a PC that goes on sending, and what it has sent."""

    pc: Pc
    options: tuple[str, ...]
    images: dict[str, bytes] = field(default_factory=dict)
    templates: list[str] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.pc.hub.settings.state

    async def run(self, *words: str, within_s: float = 60.0) -> tuple[int | None, float]:
        """Its exit code, which is -9 for one that took longer, and how long it was there."""
        process = FORKS.Process(target=typed, args=([*words, *self.options], self.state / "said"))
        await asyncio.to_thread(process.start)
        begun = time.monotonic()
        await asyncio.to_thread(process.join, within_s)
        if process.is_alive():
            process.kill()
            await asyncio.to_thread(process.join)
        return process.exitcode, time.monotonic() - begun

    async def send(self) -> None:
        number = len(self.images) + 1
        data, face = webp(), struct.pack("<512f", *(number / (one + 1) for one in range(512)))
        answer = await self.pc.send(data, id=mint(NOON, number))
        assert answer.json()["state"] == "stored", answer.text
        self.images[mint(NOON, number)] = data
        self.templates.append(b64encode(face).decode())
        sent = {"model": MODEL, "condition": "plain", "images": 3, "template": self.templates[-1]}
        made = await self.pc.http.post("/api/v1/agent/enrolments", json=sent)
        assert made.status_code == 201, made.text

    async def read(self) -> None:
        """Everything opens: for the hub that runs, and for one that has just started."""
        asked = await self.pc.http.get("/api/v1/agent/enrolments", params={"model": MODEL})
        assert [one["template"] for one in asked.json()["items"]] == self.templates
        fresh = SealedVault(
            vault(None, self.state), await opened_keys(self.pc.hub.engine, self.pc.hub.settings)
        )
        for id, data in self.images.items():
            name = image_name(self.pc.office.id, id, utc(NOON))
            assert await fresh.get(name, self.pc.member, utc(NOON)) == data

    async def keys(self) -> list[KeyRow]:
        async with self.pc.hub.engine.connect() as conn:
            return await keys_of(conn, self.pc.office.id)

    async def heads(self) -> set[bytes]:
        """The beginnings of all that is stored."""
        wanted = select(Enrolment.template)
        async with self.pc.hub.engine.connect() as conn:
            sealed = list((await conn.execute(wanted)).scalars())
            stored = select(Evidence.id).where(Evidence.state == EvidenceState.STORED)
            assert len((await conn.execute(stored)).all()) == len(self.images)
        return {one[:HEAD_BYTES] for one in (*sealed, *(f.read_bytes() for f in self.pc.vaulted))}

    async def resealed(self) -> bool:
        return (await self.keys())[-1].complete_at is not None

    async def old_masters(self) -> list[str]:
        async with self.pc.hub.engine.connect() as conn:
            return [row.name for row in await masters(conn) if not row.dropped_at][:-1]


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    database = None
    options: tuple[str, ...] = ("--state", str(tmp_path))
    if request.param == "postgresql":
        database = str(request.getfixturevalue("postgres_url"))
        options = (*options, "--database", database)
    plain = {"ZAISEKI_MASTER_KEY": ""}  # its own file has it, so that it can make another
    async with spawned(tmp_path, database=database, environ=plain) as hub:
        office = await hub.office()
        member, device = await office.worker("mori")
        headers = {"Authorization": f"Bearer {device.token}"}
        async with httpx2.AsyncClient(
            base_url=hub.url, headers=headers, trust_env=False, verify=PLAIN
        ) as http:
            hub.settings = replace(hub.settings, master_key=None)
            yield Site(Pc(hub, office, member, device.id, http), options)


@pytest.mark.requirement("R50")
async def test_killed_at_any_moment_nothing_is_lost_and_old_keys_go(site: Site) -> None:
    chance = random.Random(SEED)
    await site.send()
    await site.run("status")  # the first one waits until everything is loaded
    code, took_s = await site.run("rotate")
    assert code == 0, (site.state / "said").read_text()
    killed = 0
    for _ in range(KILLS):
        old = await site.old_masters()
        drop = ("drop", old[0], "--confirm", old[0]) if old else ("status",)
        words = chance.choice([("rotate",), ("rotate", "--master"), ("retire",), drop])
        (code, ran_s), _ = await asyncio.gather(
            site.run(*words, within_s=chance.uniform(0, 1.2 * took_s)), site.send()
        )
        killed += code == -9
        took_s = min(took_s, ran_s) if code == 0 else took_s  # the first one's machine was busy
        await site.read()

    assert killed > KILLS / 3
    for words in (("rotate", "--master"), ("rotate",)):
        assert (await site.run(*words))[0] == 0
    await until(site.resealed)
    assert (await site.run("retire"))[0] == 0
    for name in await site.old_masters():
        assert (await site.run("drop", name, "--confirm", name))[0] == 0

    *gone, last = await site.keys()
    assert gone and all(row.retired_at and not row.wrapped for row in gone)
    assert await site.heads() == {head(last.id)}
    assert FileMasters(site.state / FILE).names() == [last.master]
    assert not list(site.state.glob(f".{FILE}.[0-9a-f]*"))
    await site.read()
