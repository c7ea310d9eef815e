"""The terminal against the hub itself: sign-in, live changes, incidents, a cut and the end."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.spool import Spool
from console_tui.app import BoardApp
from console_tui.config import Config
from hub.access import Role
from hub.app import hub
from hub.client import Client
from hub.identity import passwords
from hub.opening import opened
from hub.protocol.agents import IncidentReport, StateReport
from hub.protocol.facts import Facts, IncidentKind, Phase, Presence, Sighting, Why
from hub.protocol.session import AgentSession
from hub.settings import Settings
from storage.people.groups import add_group
from storage.people.members import add_member
from storage.people.tenants import create_tenant
from storage.seats.devices import add_device
from tests.clock import until
from tests.console_tui.conftest import BROAD, ENGLISH, JAPANESE, SMALL, WIDE, Desk, lines
from tests.links import link

PASSWORD = "correct horse battery"
INCIDENT = "0199aa" + "0" * 26


@dataclass
class Office:
    """A running hub with a supervisor of 営業部, and two workers of whom she sees one."""

    url: str
    device_token: str


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    where = Settings(
        tmp_path / "hub", None, None, "127.0.0.1", 0, "http://127.0.0.1:0", 1.0, ()
    )  # fmt: skip
    async with hub(where) as running:
        yield Office(running.url, await people(running))


async def people(running: Settings) -> str:
    """Fill the record; the token of the device that she watches."""
    now, hashed = datetime.now(UTC), await passwords.hash_aside(PASSWORD)
    async with opened(running) as engine, engine.begin() as conn:
        tenant = await create_tenant(conn, "青葉商事", now)
        sales = await add_group(conn, tenant.id, "営業部")

        async def member(
            login: str, name: str, role: Role, of: Sequence[int] = (), over: Sequence[int] = ()
        ) -> int:
            return await add_member(
                conn, tenant.id, login=login, name=name, role=role, password_hash=hashed,
                now=now, groups=of, supervises=over,
            )  # fmt: skip

        await member("kimura", "木村 亮", Role.SUPERVISOR, over=[sales])
        await member("hidden", "他部 署", Role.WORKER)
        seen = await member("yoshida", "吉田 千尋", Role.WORKER, of=[sales])
        return (await add_device(conn, tenant.id, seen, "PC", now)).token


@asynccontextmanager
async def agent(office: Office, folder: Path) -> AsyncIterator["Worker"]:
    spool = Spool(folder, time.time())
    client = Client(AgentSession("run-1", spool), office.url, "/ws/agent", office.device_token)
    task = asyncio.create_task(client.run())
    try:
        yield Worker(spool, client)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        spool.close()


@dataclass
class Worker:
    """Somebody's agent, without the camera."""

    spool: Spool
    client: Client

    def is_(self, presence: Presence) -> None:
        self.spool.report(StateReport(0, Facts(time.time(), presence)))
        self.client.wake()

    def sees(self, phase: Phase, ongoing: bool = True) -> None:
        why = Why(score=0.31, threshold=0.42)
        now = time.time()
        sighting = Sighting(INCIDENT, IncidentKind.IMPERSONATION, now, now, 1, ongoing, why)
        self.spool.report(IncidentReport(0, now, phase, sighting))
        self.client.wake()


@pytest.mark.requirement("R2", "R5")
@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["100x30", "80x24"])
async def test_a_supervisor_signs_in_and_follows_her_own_group(
    office: Office, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = BoardApp(office.url)
    async with agent(office, tmp_path / "spool") as worker, app.run_test(size=size) as pilot:
        desk = Desk(app, pilot)
        await pilot.pause()
        await desk.type("kimura")
        await desk.press("enter")
        await desk.type(PASSWORD)
        await desk.press("enter")
        await until(desk.has_board)
        await desk.live()
        assert set(desk.names()) == {"吉田 千尋", "木村 亮"}

        worker.is_(Presence.PRESENT)
        await until(lambda: "● 在席" in desk.line("吉田 千尋"))
        worker.is_(Presence.AWAY)
        await until(lambda: "○ 離席" in desk.line("吉田 千尋"))

        worker.sees(Phase.OPENED)
        await until(lambda: "▲ なりすまし" in desk.line("吉田 千尋"))
        await until(lambda: "0.31 < 0.42" in lines(desk.board.pane)[0])
        await until(lambda: "記録中" not in lines(desk.board.pane)[0])


async def signed_in(desk: Desk) -> None:
    await desk.pilot.pause()
    await desk.type(PASSWORD)
    await desk.press("enter")
    await until(desk.has_board)
    await desk.live()


@pytest.mark.requirement("R6")
async def test_an_incident_is_taken_judged_and_given_back_at_the_real_hub(
    office: Office, tmp_path: Path
) -> None:
    app = BoardApp(office.url, "kimura")
    async with agent(office, tmp_path / "spool") as worker, app.run_test(size=BROAD) as pilot:
        desk = Desk(app, pilot)
        await signed_in(desk)
        worker.is_(Presence.PRESENT)
        worker.sees(Phase.OPENED)
        await until(lambda: "0.31 < 0.42" in lines(desk.board.pane)[0])
        await until(lambda: desk.board.known().newest()[0].recorded)
        await desk.press("i", "a")
        await until(lambda: "木村 亮" in lines(desk.board.pane)[0])
        await desk.press("2")
        await until(lambda: "不正と判定" in lines(desk.board.foot)[0])
        await until(lambda: "不正 木村 亮" in lines(desk.board.pane)[0])
        await desk.press("u")
        await until(lambda: "取り消しました" in lines(desk.board.foot)[0])
        await until(lambda: "不正" not in lines(desk.board.pane)[0])


async def test_the_past_of_the_real_hub_is_played_until_now(office: Office, tmp_path: Path) -> None:
    app = BoardApp(office.url, "kimura")
    async with agent(office, tmp_path / "spool") as worker, app.run_test(size=WIDE) as pilot:
        desk = Desk(app, pilot)
        await signed_in(desk)
        worker.is_(Presence.PRESENT)
        await until(lambda: "● 在席" in desk.line("吉田 千尋"))
        await until(lambda: not worker.spool.unrecorded(0, 1))
        then = desk.board.feed.now
        worker.is_(Presence.AWAY)
        await until(lambda: "○ 離席" in desk.line("吉田 千尋"))
        await until(lambda: not worker.spool.unrecorded(0, 1))

        desk.board.go(then)
        await until(lambda: desk.board.past is not None)
        await until(lambda: "● 在席" in desk.line("吉田 千尋"))
        assert "他部 署" not in desk.names()
        await desk.press("space")
        await until(lambda: desk.board.past is None)
        await until(lambda: "○ 離席" in desk.line("吉田 千尋"))


async def test_a_cut_to_the_real_hub_is_resumed_where_it_was(
    office: Office, tmp_path: Path
) -> None:
    async with (
        link(office.url.removeprefix("http://")) as line,
        agent(office, tmp_path / "spool") as worker,
    ):
        app = BoardApp(f"http://{line.address}", "kimura")
        async with app.run_test(size=WIDE) as pilot:
            desk = Desk(app, pilot)
            await pilot.pause()
            await desk.type(PASSWORD)
            await desk.press("enter")
            await until(desk.has_board)
            await desk.live()
            worker.is_(Presence.PRESENT)
            await until(lambda: "● 在席" in desk.line("吉田 千尋"))

            line.refuse()
            line.cut()
            await until(lambda: desk.board.banner.display)
            worker.is_(Presence.AWAY)
            await line.resume()

            await until(lambda: "○ 離席" in desk.line("吉田 千尋"))
            await until(lambda: not desk.board.banner.display)


@pytest.mark.parametrize(("config", "said"), [(JAPANESE, "違います"), (ENGLISH, "Wrong login")])
async def test_a_wrong_password_at_the_real_hub_is_said(
    office: Office, config: Config, said: str
) -> None:
    app = BoardApp(office.url, "kimura", config)
    async with app.run_test(size=SMALL) as pilot:
        desk = Desk(app, pilot)
        await pilot.pause()
        await desk.type("not this one")
        await desk.press("enter")
        await until(lambda: said in str(app.screen.query_one("#notice").render()))
