"""What a device has on, as its worker sees it on the hub's page; and the pause they ask it for."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from sqlalchemy import select

from hub.presence.skew import on_air_by_hub
from hub.protocol.facts import EvidenceLevel, Reason
from hub.protocol.on_air import Camera, OnAir, Order, PauseAsked, Paused, ResumeAsked
from storage.models.log import LogEntry
from tests.clock import until
from tests.hubs import PLAIN, Office, Running, running
from tests.peers import ScriptedAgent, agent

PATH = "/api/v1/account/devices"
ON = OnAir(
    Camera.ON, EvidenceLevel.PERIODIC, screen=True, next_capture_at=1_780_000_192.0,
    images_today=4, bytes_today=260_000,
)  # fmt: skip
PAUSED = OnAir(
    Camera.CLOSED, EvidenceLevel.PERIODIC, pause=Paused("電話", 1_780_000_900.0),
)  # fmt: skip


@dataclass
class Scene:
    """A worker, their PC, and somebody else in the same office."""

    hub: Running
    office: Office
    pc: ScriptedAgent
    device: int
    mori: httpx2.AsyncClient
    kato: httpx2.AsyncClient

    def on(self, on: OnAir) -> None:
        """The PC has this on from now on."""
        self.pc.session.on_air(on)
        self.pc.client.wake()

    async def shown(self) -> dict[str, Any]:
        answer = await self.mori.get(PATH)
        assert answer.status_code == 200, answer.text
        [item] = answer.json()["items"]
        return dict(item)

    async def live(self) -> dict[str, Any]:
        await until(self._is_live)
        return await self.shown()

    async def _is_live(self) -> bool:
        return bool((await self.shown())["live"])

    async def asked(self, what: str, **body: object) -> int:
        path = f"{PATH}/{self.device}/{what}"
        return (await self.mori.post(path, json=body or None)).status_code

    async def logged(self) -> list[tuple[str, dict[str, Any]]]:
        about = LogEntry.what.like("device.%_asked")
        query = select(LogEntry.what, LogEntry.subject).where(about).order_by(LogEntry.id)
        async with self.hub.engine.connect() as conn:
            return [(row.what, row.subject) for row in await conn.execute(query)]


@asynccontextmanager
async def scene(hub: Running, seen_at: Running | None = None) -> AsyncIterator[Scene]:
    office = await hub.office()
    mori, device = await office.worker("mori")
    kato, _ = await office.worker("kato")
    own, others = [await office.signed_in(one) for one in (mori, kato)]
    async with (
        agent(hub.url, device.token) as pc,
        client(seen_at or hub, own) as here,
        client(hub, others) as there,
    ):
        yield Scene(hub, office, pc, device.id, here, there)


def client(hub: Running, token: str) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.AsyncClient(base_url=hub.url, headers=headers, trust_env=False, verify=PLAIN)


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running(tmp_path) as hub, scene(hub) as here:
        yield here


async def test_the_worker_sees_on_the_hub_what_the_device_says_it_has_on(one: Scene) -> None:
    before = await one.shown()
    assert (before["link"], before["live"], before["on_air"]) == ("online", False, None)

    one.on(ON)
    shown = await one.live()
    assert shown["on_air"]["camera"] == "on"
    assert shown["on_air"]["level"] == "periodic"
    assert (shown["on_air"]["images_today"], shown["on_air"]["bytes_today"]) == (4, 260_000)
    assert abs(shown["told_at"] - time.time()) < 60

    one.on(replace(PAUSED, reason=Reason.NOT_CAPTURING))
    await until(lambda: says(one, "pause"))
    paused = (await one.shown())["on_air"]
    assert paused["pause"]["reason"] == "電話"
    assert paused["reason"] == "not_capturing"
    assert "next_capture_at" not in paused


async def says(one: Scene, field: str) -> bool:
    return field in (await one.shown())["on_air"]


def test_times_are_put_into_the_hubs_clock() -> None:
    said = replace(PAUSED, next_capture_at=1_780_000_192.0)

    heard = on_air_by_hub(said, skew_s=100.0)

    assert heard.next_capture_at == 1_780_000_092.0
    assert heard.pause == Paused("電話", 1_780_000_800.0)
    assert replace(heard, next_capture_at=said.next_capture_at, pause=said.pause) == said
    assert on_air_by_hub(ON, 0.0) == ON


async def test_what_nobody_hears_any_more_is_not_told_as_if_it_were_so_now(one: Scene) -> None:
    one.on(ON)
    told = await one.live()

    await one.pc.vanish()

    await until(lambda: silent(one))
    after = await one.shown()
    assert (after["live"], after["on_air"], after["told_at"]) == (
        False, told["on_air"], told["told_at"],
    )  # fmt: skip


async def silent(one: Scene) -> bool:
    return str((await one.shown())["link"]) != "online"


async def test_nobody_sees_or_pauses_the_device_of_another(one: Scene) -> None:
    one.on(ON)
    await one.live()

    assert [item["id"] for item in (await one.kato.get(PATH)).json()["items"]] != [one.device]
    for what, body in (("pause", {"reason": "x"}), ("resume", None)):
        answer = await one.kato.post(f"{PATH}/{one.device}/{what}", json=body)
        assert answer.status_code == 404
    assert one.pc.session.take_orders() == []
    assert await one.logged() == []


async def test_a_pause_reaches_the_device_and_its_reason_reaches_no_log(one: Scene) -> None:
    one.on(ON)
    await one.live()

    assert await one.asked("pause", reason="宅配", minutes=15) == 202
    assert await one.asked("pause", reason="宅配") == 202
    assert await one.asked("resume") == 202
    heard: list[Order] = []

    def all_heard() -> bool:
        heard.extend(one.pc.session.take_orders())
        return len(heard) == 3

    await until(all_heard)
    assert heard == [PauseAsked("宅配", 900.0), PauseAsked("宅配"), ResumeAsked()]
    assert await one.logged() == [
        ("device.pause_asked", {"device": one.device, "minutes": 15}),
        ("device.pause_asked", {"device": one.device, "minutes": None}),
        ("device.resume_asked", {"device": one.device}),
    ]


async def test_a_device_that_is_away_or_too_old_is_not_said_to_be_paused(one: Scene) -> None:
    assert await one.asked("pause", reason="x") == 409  # has never said what it has on
    one.on(ON)
    await one.live()
    await one.pc.leave()
    await until(lambda: silent(one))

    assert await one.asked("pause", reason="x") == 409
    assert await one.logged() == []


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": "x" * 61}, {"reason": "x", "minutes": 1441}]
)
async def test_a_pause_needs_a_reason_and_an_end_within_a_day(
    one: Scene, body: dict[str, object]
) -> None:
    answer = await one.mori.post(f"{PATH}/{one.device}/pause", json=body)

    assert answer.status_code == 422


async def test_any_node_knows_it_and_a_broker_that_lost_everything_hears_it_again(
    tmp_path: Path, redis: Redis, broker_url: str, database_url: str
) -> None:
    async with (
        running(tmp_path / "a", database=database_url, redis=broker_url) as hub,
        running(tmp_path / "b", database=database_url, redis=broker_url) as other,
        scene(hub, seen_at=other) as one,
    ):
        one.on(ON)
        assert (await one.live())["on_air"]["images_today"] == 4
        assert await one.asked("pause", reason="宅配", minutes=15) == 202
        await until(lambda: one.pc.session.take_orders() == [PauseAsked("宅配", 900.0)])

        await redis.flushall()

        assert (await one.live())["on_air"]["images_today"] == 4
