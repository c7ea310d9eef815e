"""What webhooks tell: every type of event comes out of the act that it is about, once and thin."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from sqlalchemy import select, update

from hub.access import Role
from hub.jobs.retention import sweep
from hub.keyring import opened_keys
from hub.opening import opened
from hub.protocol.facts import IncidentKind, Presence
from storage.images.vault import FileVault, SealedVault
from storage.models.incidents import Incident
from storage.webhooks.bodies import BODY_MAX_BYTES
from storage.webhooks.endpoints import Wishes, add_endpoint
from storage.webhooks.events import EVENT_TYPES, TYPES, IncidentStep
from tests.clock import until
from tests.hub.http.pictures.test_evidence import Pc, jpeg
from tests.hubs import PLAIN, Office, Running, running
from tests.peers import agent
from tests.receiver import Received, Receiver, receiver

LOOPBACK = IPv4Network("127.0.0.0/8")
NEVER = ("template", "image", "name", "note", "text", "email", "login", "task")
DATA = {one.type: one.data for one in EVENT_TYPES}


@dataclass
class World:
    """A hub with one receiver of everything, and people who act."""

    hub: Running
    office: Office
    here: Receiver
    endpoint: int
    mori: int
    token: str
    device: int
    boss: int
    chief: httpx2.AsyncClient
    own: httpx2.AsyncClient

    async def told(self, kind: str, /, **data: Any) -> Received:
        """The first message of the type that says so."""
        await until(lambda: self.find(kind, data))
        found = self.find(kind, data)
        assert found
        return found

    def find(self, kind: str, data: dict[str, Any]) -> Received | None:
        found = (got for got in self.here.received if got.type == kind)
        return next((got for got in found if data.items() <= got.data.items()), None)


@asynccontextmanager
async def client(hub: Running, token: str) -> AsyncIterator[httpx2.AsyncClient]:
    bearer = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(
        base_url=hub.url, headers=bearer, trust_env=False, verify=PLAIN
    ) as rest:
        yield rest


@asynccontextmanager
async def world(state: Path) -> AsyncIterator[World]:
    async with receiver() as here, running(state, allow=[LOOPBACK]) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori", groups=[office.at.tokyo])
        boss = await office.member("boss", Role.ADMINISTRATOR)
        endpoint = await listening(hub, office, here)
        async with (
            client(hub, await office.signed_in(boss)) as chief,
            client(hub, await office.signed_in(mori)) as own,
        ):
            made = (hub, office, here, endpoint, mori, device.token, device.id, boss, chief, own)
            yield World(*made)


async def listening(hub: Running, office: Office, here: Receiver, *types: str) -> int:
    box = await (await opened_keys(hub.engine, hub.settings)).box(office.id)
    async with hub.engine.begin() as conn:
        shown = await add_endpoint(conn, box, Wishes(here.url, types), datetime.now(UTC))
    assert shown.secret
    here.secret = shown.secret
    return shown.id


API = "/api/v1"


@pytest.mark.requirement("R59")
async def test_every_type_comes_out_of_its_act_once_signed_and_thin(tmp_path: Path) -> None:
    async with world(tmp_path) as on:
        await on_the_floor(on)
        await about_people(on)
        await about_images(on)
        await until(lambda: {got.type for got in on.here.received} == set(TYPES))

        received = on.here.received
        assert all(got.verified for got in received)
        assert len({got.id for got in received}) == len(received)
        for got in received:
            assert int(got.headers["content-length"]) < 1_000 < BODY_MAX_BYTES
            msgspec.convert(got.data, DATA[got.type])
            assert got.data.keys().isdisjoint(NEVER)
        steps = {got.data["step"] for got in received if got.type == "incident.updated"}
        assert steps == set(IncidentStep)
        assert [got.type for got in received].count("punch.created") == 1


async def on_the_floor(on: World) -> None:
    """What a device reports, and what people and jobs make of it."""
    async with agent(on.hub.url, on.token) as pc:
        pc.tell(presence=Presence.AWAY)
        away = await on.told("presence.updated", member=on.mori, label="away")
        assert away.data["seq"] > 0
        id = pc.opens(IncidentKind.PEEPING)
        await on.told("incident.opened", id=id, member=on.mori, device=on.device, late=False)
        pc.ends(id)
        await on.told("incident.updated", id=id, step="ended")
        one = f"{API}/incidents/{id}"
        for assignee, step in ((on.boss, "taken"), (None, "released")):
            await on.chief.put(f"{one}/assignee", json={"assignee": assignee})
            await on.told("incident.updated", id=id, step=step, by=on.boss, assignee=assignee)
        await on.chief.post(f"{one}/verdict", json={"verdict": "confirmed", "note": "見た"})
        await on.told("incident.reviewed", id=id, verdict="confirmed", by=on.boss)
        await on.own.post(f"{one}/dispute", json={"text": "本人です。"})
        await on.told("incident.updated", id=id, step="disputed", by=on.mori)

        unanswered = pc.opens(IncidentKind.IMPERSONATION)
        await pc.recorded()
        await on.chief.put(f"{API}/escalation", json={"after_min": 5})
        await waited(on)
        await on.told("incident.updated", id=unanswered, step="escalated", told=[on.boss], level=1)
        pc.loses(5)
        await on.told("device.gap", device=on.device, member=on.mori, count=5, images=False)
    await on.told("device.offline", device=on.device, member=on.mori, reason="said_bye")


async def waited(on: World) -> None:
    """Nobody answered for ten minutes."""
    async with on.hub.engine.begin() as conn:
        rows = await conn.execute(select(Incident.id, Incident.recorded_at))
        for row in rows.all():
            ago = row.recorded_at - timedelta(minutes=10)
            one = update(Incident).where(Incident.id == row.id)
            await conn.execute(one.values(recorded_at=ago))


async def about_people(on: World) -> None:
    punch = {"kind": "start", "request_id": "7b1f"}
    for _ in range(2):
        assert (await on.own.post(f"{API}/punches", json=punch)).status_code == 200
    await on.told("punch.created", member=on.mori, kind="start", work="working")
    for kind, told in (("withdrawn", "consent.withdrawn"), ("accepted", "consent.given")):
        await on.own.post(f"{API}/consents", json={"kind": kind, "charter": 1})
        await on.told(told, member=on.mori, charter=1)

    new = {"login": "kato", "name": "加藤", "role": "worker", "groups": [on.office.at.tokyo]}
    kato = (await on.chief.post(f"{API}/members", json=new)).json()["id"]
    await on.told("user.created", member=kato, groups=[on.office.at.tokyo])
    await on.chief.patch(f"{API}/members/{kato}", json={"role": "auditor", "groups": []})
    await on.told("user.updated", member=kato, role="auditor", groups=[], disabled=False)
    await on.chief.post(f"{API}/members/{kato}/disable")
    await on.told("user.disabled", member=kato)


async def about_images(on: World) -> None:
    """Somebody looks at one; four months later it has gone."""
    async with client(on.hub, on.token) as http:
        sent = await Pc(on.hub, on.office, on.mori, on.device, http).send(jpeg())
        assert sent.json()["state"] == "stored"
    (image,) = (await on.chief.get(f"{API}/evidence")).json()["items"]
    looked = {"purpose": "audit"}
    assert (
        await on.chief.post(f"{API}/evidence/{image['id']}/viewings", json=looked)
    ).status_code == 201
    await on.told("evidence.viewed", evidence=image["id"], viewer=on.boss, purpose="audit")

    files = FileVault(on.hub.settings.state / "evidence")
    async with opened(on.hub.settings) as record:
        vault = SealedVault(files, await opened_keys(record, on.hub.settings))
        await sweep(vault, on.office.id, datetime.now(UTC) + timedelta(days=130))
    purged = await on.told("retention.purged")
    assert purged.data["gone"]["image"] == 1
