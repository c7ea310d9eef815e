"""A maintenance window on real hubs: announced, begun, ended; and nothing is lost over it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from sqlalchemy import select

from hub.access import Role
from hub.keyring import opened_keys
from hub.maintenance import RETRY_MAX_S, RETRY_MIN_S, Stage, Window, retry_after_s, shown, stage
from hub.protocol import session
from hub.protocol.facts import IncidentKind, Label, Link, Phase, Presence
from storage.database import embedded_url
from storage.models.incidents import Incident
from storage.models.log import LogEntry
from storage.outgoing import mails
from storage.people.sessions import open_session
from storage.people.tenants import create_tenant
from tests.clock import until
from tests.hubs import PLAIN, Running, running
from tests.mailbox import mailbox
from tests.peers import agent, board
from tests.record import person
from tests.rows import rows

NOON = datetime(2027, 3, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

PLANNED = Window(1, NOON, NOON + HOUR, "ディスクを交換します", "A new disk")
WORDS = {"text_ja": PLANNED.text_ja, "text_en": PLANNED.text_en}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is told to come later does so at once."""
    monkeypatch.setattr(session, "WAIT_S", 0.1)


# ---- rules


def test_a_window_runs_from_an_operators_word_to_an_operators_word() -> None:
    begun = Window(1, NOON, NOON + HOUR, begun_at=NOON)

    assert stage(PLANNED, NOON - HOUR) is Stage.ANNOUNCED
    assert stage(PLANNED, NOON) is Stage.ANNOUNCED
    assert stage(PLANNED, NOON + HOUR) is Stage.OVER
    assert stage(begun, NOON + 9 * HOUR) is Stage.RUNNING
    assert stage(Window(1, NOON, NOON + HOUR, ended_at=NOON), NOON) is Stage.OVER


def test_what_runs_is_shown_before_what_is_announced_and_the_next_before_a_later_one() -> None:
    later = Window(2, NOON + 5 * HOUR, NOON + 6 * HOUR)
    running_now = Window(3, NOON - HOUR, NOON, begun_at=NOON)

    assert shown([later, PLANNED], NOON) == PLANNED
    assert shown([later, PLANNED, running_now], NOON) == running_now
    assert shown([PLANNED], NOON + HOUR) is None


def test_what_is_said_in_one_language_is_told_in_the_other() -> None:
    assert (PLANNED.text("ja"), PLANNED.text("en")) == (PLANNED.text_ja, PLANNED.text_en)
    assert Window(1, NOON, NOON, text_en="A new disk").text("ja") == "A new disk"


@given(st.timedeltas(-9 * HOUR, 9 * HOUR))
def test_nobody_is_told_to_come_back_at_once_or_too_late(ago: timedelta) -> None:
    assert RETRY_MIN_S <= retry_after_s(PLANNED, NOON + ago) <= RETRY_MAX_S


# ---- hubs


@dataclass
class Operator:
    """Somebody who runs the installation, at one of its nodes."""

    http: httpx2.AsyncClient

    async def announces(self, begins: timedelta = HOUR, lasts: timedelta = HOUR) -> int:
        now = datetime.now(UTC)
        times = {"begins_at": (now + begins).timestamp()}
        times["ends_at"] = times["begins_at"] + lasts.total_seconds()
        made = await self.http.post("/api/v1/maintenance/windows", json=times | WORDS)
        assert made.status_code == 201, made.text
        return int(made.json()["id"])

    async def says(self, window: int, word: str) -> httpx2.Response:
        return await self.http.post(f"/api/v1/maintenance/windows/{window}/{word}")

    async def begins(self) -> int:
        window = await self.announces()
        assert (await self.says(window, "begin")).status_code == 200
        return window


@asynccontextmanager
async def operator(hub: Running) -> AsyncIterator[Operator]:
    now = datetime.now(UTC)
    async with hub.engine.begin() as conn:
        home = await create_tenant(conn, "運用", now, operators=True)
        op = await person(conn, home.id, "op", Role.OPERATOR)
        token = await open_session(conn, home.id, op, "terminal", now)
    async with client(hub, token) as http:
        yield Operator(http)


def client(hub: Running, token: str = "", locale: str = "en") -> httpx2.AsyncClient:
    headers = {"accept-language": locale} | ({"authorization": f"Bearer {token}"} if token else {})
    return httpx2.AsyncClient(base_url=hub.url, headers=headers, verify=PLAIN)


async def told(http: httpx2.AsyncClient) -> dict[str, Any] | None:
    state = (await http.get("/api/v1/maintenance")).json()
    window: dict[str, Any] | None = state.get("window")
    return window


def told_as(http: httpx2.AsyncClient, stage: str) -> Callable[[], Any]:
    async def look() -> bool:
        window = await told(http)
        return window is not None and window["stage"] == stage

    return look


async def test_what_is_announced_is_told_to_everybody_in_their_language(tmp_path: Path) -> None:
    async with running(tmp_path) as hub, operator(hub) as op, client(hub, locale="ja") as anybody:
        assert await told(anybody) is None
        window = await op.announces()
        await until(told_as(anybody, "announced"))
        seen, in_english = await told(anybody), await told(op.http)

        assert seen and in_english
        assert (seen["id"], seen["text"]) == (window, PLANNED.text_ja)
        assert in_english["text"] == PLANNED.text_en
        assert seen["ends_at"] - seen["begins_at"] == HOUR.total_seconds()
        assert (await anybody.get("/api/v1/session")).status_code == 401

        assert (await op.says(window, "end")).json()["ended_at"]
        await until(lambda: _gone(anybody))
        async with hub.engine.connect() as conn:
            logged = list(
                await conn.execute(
                    select(LogEntry.what, LogEntry.subject).where(
                        LogEntry.what.startswith("maintenance.")
                    )
                )
            )
        assert [row.what for row in logged] == ["maintenance.announced", "maintenance.ended"]
        assert logged[1].subject == {"window": window, "withdrawn": True}


async def _gone(http: httpx2.AsyncClient) -> bool:
    return await told(http) is None


async def test_plans_that_meet_or_are_over_are_refused(tmp_path: Path) -> None:
    async with running(tmp_path) as hub, operator(hub) as op:
        first = await op.announces()
        now = datetime.now(UTC).timestamp()
        for begins, ends, problem in (
            (now + 3600, now + 7200, "window-overlaps"),
            (now + 9000, now + 8000, "window-over"),
            (now - 9000, now - 8000, "window-over"),
        ):
            body = {"begins_at": begins, "ends_at": ends}
            refused = await op.http.post("/api/v1/maintenance/windows", json=body)
            assert (refused.status_code, refused.json()["type"]) == (409, f"/problems/{problem}")
        assert (await op.says(first, "end")).status_code == 200
        assert (await op.says(first, "begin")).status_code == 409
        assert (await op.says(first, "end")).status_code == 409
        assert (await op.says(99, "begin")).status_code == 404


@pytest.mark.requirement("R82")
async def test_during_maintenance_the_hub_takes_nothing_and_afterwards_nothing_is_missing(
    tmp_path: Path,
) -> None:
    """The agent goes on by itself; the record afterwards shows both what it saw and the gap."""
    async with running(tmp_path) as hub, operator(hub) as op:
        office = await hub.office()
        mori, device = await office.worker("mori")
        boss = await office.boss()
        async with (
            agent(hub.url, device.token) as pc,
            board(hub.url, boss) as wall,
            client(hub, boss, "ja") as rest,
        ):
            await until(lambda: wall.label(mori) is Label.PRESENT)
            window = await op.begins()
            await until(lambda: not pc.live and not wall.live)
            assert "maintenance" in pc.client.trouble

            first = pc.tell(Presence.AWAY)
            incident = pc.opens(IncidentKind.PEEPING)
            pc.ends(incident)
            last = pc.tell(Presence.PRESENT)

            refused = await rest.get("/api/v1/members")
            assert refused.status_code == 503
            assert refused.json()["type"] == "/problems/maintenance"
            assert refused.json()["title"] == "メンテナンス中です"
            assert RETRY_MIN_S <= int(refused.headers["retry-after"]) <= RETRY_MAX_S
            assert (await rest.get("/api/v1/session")).status_code == 200
            assert (await rest.get("/healthz")).status_code == 200
            assert (await rest.get("/readyz")).json()["maintenance"] is True
            assert (await op.http.get("/api/v1/tenants")).status_code == 200
            image = f"/api/v1/agent/images/{'0' * 32}"
            assert (await rest.put(image, content=b"x")).status_code == 503

            await until(lambda: _silent(hub, mori))
            assert len(pc.spool.reports) == last - first + 1
            assert (pc.live, wall.live) == (False, False)

            assert (await op.says(window, "end")).json()["stage"] == "over"
            await until(lambda: pc.live and wall.live)
            await pc.recorded()
            await until(lambda: wall.label(mori) is Label.PRESENT)

        lines = await rows(hub.engine, member_id=mori)
        late = [row.seq for row in lines if row.cause == "late"]
        assert sorted(filter(None, late)) == [first, last]
        live = [(row.cause, row.label) for row in lines if row.cause in ("hello", "expired")]
        assert live[0] == ("hello", "present")
        assert ("hello", "present") in live[1:]
        async with hub.engine.connect() as conn:
            found = list(await conn.execute(select(Incident.id)))
        assert [row.id for row in found] == [incident]


async def _silent(hub: Running, member: int) -> bool:
    """The record says that nothing is known of them."""
    last = [row for row in await rows(hub.engine, member_id=member) if row.cause != "late"][-1]
    return last.label == Label.OFFLINE


async def test_a_window_that_ends_within_a_lease_leaves_no_trace_on_the_board(
    tmp_path: Path,
) -> None:
    """Lease and fencing, 4: a device that comes back within its lease was never away."""
    async with running(tmp_path, pace=1.0) as hub, operator(hub) as op:
        office = await hub.office()
        mori, device = await office.worker("mori")
        async with (
            agent(hub.url, device.token) as pc,
            board(hub.url, await office.boss()) as wall,
        ):
            await until(lambda: wall.label(mori) is Label.PRESENT)
            window = await op.begins()
            await until(lambda: not pc.live and not wall.live)
            await op.says(window, "end")
            await until(lambda: pc.live and wall.live)
            await until(lambda: wall.seat(mori).devices[0].link is Link.ONLINE)
            incident = pc.opens(IncidentKind.PEEPING)
            await until(lambda: Phase.RECORDED in wall.phases(incident))

        assert wall.shown[mori][-1:] == [Label.PRESENT]
        assert set(wall.shown[mori]) <= {Label.OFF, Label.PRESENT}


async def test_every_node_follows_and_one_that_starts_meanwhile_lets_nobody_in(
    tmp_path: Path, redis: Redis, broker_url: str
) -> None:
    database = embedded_url(tmp_path)
    async with running(tmp_path, database=database, redis=broker_url) as one, operator(one) as op:
        office = await one.office()
        _, device = await office.worker("mori")
        async with (
            running(tmp_path, database=database, redis=broker_url) as other,
            client(other) as rest,
            agent(other.url, device.token) as pc,
        ):
            window = await op.begins()
            await until(told_as(rest, "running"))
            await until(lambda: not pc.live)
        async with (
            running(tmp_path, database=database, redis=broker_url) as third,
            client(third) as rest,
            agent(third.url, device.token, wait=False) as pc,
        ):
            assert (await rest.get("/readyz")).json()["maintenance"] is True
            await until(lambda: "maintenance" in pc.client.trouble)
            await op.says(window, "end")
            await until(lambda: pc.live)


async def test_jobs_rest_while_it_runs_and_go_on_after_it(tmp_path: Path) -> None:
    async with (
        mailbox() as postbox,
        running(tmp_path, mail=postbox.server) as hub,
        operator(hub) as op,
        client(hub) as rest,
    ):
        office = await hub.office()
        box = await (await opened_keys(hub.engine, hub.settings)).box(office.id)
        window = await op.begins()
        await until(told_as(rest, "running"))
        now = datetime.now(UTC)
        async with hub.engine.begin() as conn:
            await mails.enqueue(
                conn, box, recipient="sato@example.jp", subject="試験", text="こんにちは", now=now,
                life=HOUR,
            )  # fmt: skip
        _, device = await office.worker("mori")
        async with agent(hub.url, device.token, wait=False) as pc:
            await until(lambda: pc.client.session.attempts > 3)
            assert postbox.mails == []
            await op.says(window, "end")
            await until(lambda: postbox.mails)
            await until(lambda: pc.live)
