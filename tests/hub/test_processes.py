"""The hub in parts: nodes and jobs as processes, restarted without anybody noticing."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from hub.live.node import AWAY_EVERY_S, AWAY_PER_S, AWAY_WITHIN_S, parted
from hub.protocol.facts import Label, Presence
from hub.settings import WrongSetting
from hub.up import apart
from storage.database import embedded_url
from tests.balancer import balancer
from tests.brokers import valkey_on_a_port
from tests.clock import until
from tests.hubs import COMMAND, PLAIN, ROOT, Office, Running, running, settings, spawned
from tests.peers import ScriptedAgent, ScriptedBoard, agent, board

HUB, JOBS = ("hub",), ("jobs",)
UNHURRIED = 0.2  # leases of 8 s: a start takes seconds on two busy cores


class Servers:
    """One broker and one record for all processes of a test."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.database = embedded_url(folder)
        self.redis = f"redis://127.0.0.1:{port}"

    @asynccontextmanager
    async def process(
        self, command: Sequence[str], pace: float = UNHURRIED
    ) -> AsyncIterator[Running]:
        """They share the state folder, too."""
        async with spawned(
            self.folder, database=self.database, redis=self.redis, pace=pace, command=command
        ) as one:
            yield one


@pytest.fixture
async def servers(tmp_path: Path) -> AsyncIterator[Servers]:
    async with valkey_on_a_port(tmp_path) as port:
        yield Servers(tmp_path, port)


async def get(url: str, path: str) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=url, verify=PLAIN) as client:
        return await client.get(path)


@pytest.mark.requirement("R82")
async def test_a_hub_without_jobs_ends_what_nobody_renews(servers: Servers) -> None:
    """What its boards show is true by its own doing."""
    async with servers.process(HUB, 0.05) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        async with board(hub.url, await office.boss()) as wall:
            async with agent(hub.url, device.token) as pc:
                await until(lambda: wall.label(mori) is Label.PRESENT)
                await pc.vanish()
            await until(lambda: wall.label(mori) is Label.OFFLINE)
        assert (await get(hub.url, "/")).status_code == 200
        assert await hub.ended() == 0


@pytest.mark.requirement("R82")
async def test_jobs_end_leases_where_no_hub_is_left_and_serve_nobody(servers: Servers) -> None:
    async with servers.process(HUB, 0.05) as hub:
        office = await hub.office()
        _, device = await office.worker("mori")
        async with agent(hub.url, device.token) as pc:
            await pc.recorded()
            await hub.kill()
    async with servers.process(JOBS, 0.05) as jobs:

        async def ended() -> bool:
            counted = (await get(jobs.url, "/metrics")).text
            found = re.findall(r"^zaiseki_leases_expired_total (\S+)$", counted, re.M)
            return float(found[0]) >= 2

        await until(ended)
        assert (await get(jobs.url, "/readyz")).status_code == 200
        assert (await get(jobs.url, "/api/session")).status_code == 404
        assert await jobs.ended() == 0


@pytest.mark.parametrize("name", ["hub", "jobs"])
def test_apart_they_want_a_broker_and_a_record_of_all(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongSetting, match=f"zaiseki {name} needs --redis URL"):
        apart(name, settings(tmp_path, database=embedded_url(tmp_path)))
    with pytest.raises(WrongSetting, match=f"zaiseki {name} needs --database URL"):
        apart(name, settings(tmp_path, redis="redis://127.0.0.1"))


# ---- restarts


@pytest.mark.requirement("R82")
async def test_a_node_is_restarted_and_no_board_shows_any_change(servers: Servers) -> None:
    async with AsyncExitStack() as stack:
        old = await stack.enter_async_context(servers.process(HUB))
        other = await stack.enter_async_context(servers.process(HUB))
        await stack.enter_async_context(servers.process(JOBS))
        front = await stack.enter_async_context(balancer(targets(old, other)))
        url = f"http://{front.address}"
        office = await old.office()
        agents = [await newcomer(office, url, number, stack) for number in range(40)]
        boss = await office.boss()
        walls = [await stack.enter_async_context(board(url, boss)) for _ in range(4)]
        assert await connected(old) == await connected(other) == 20
        for wall in walls:
            await shows(wall, 40)
            wall.shown.clear()

        stopping = asyncio.create_task(old.ended())
        for one in agents:
            one.tell(Presence.PRESENT)
        assert await stopping == 0
        await until(lambda: all(one.live for one in agents) and all(wall.live for wall in walls))
        again = await stack.enter_async_context(servers.process(HUB))
        front.targets[:] = targets(other, again)
        assert await other.ended() == 0
        for one in agents:
            await one.recorded()
        await until(lambda: all(wall.live for wall in walls))

        assert {label for wall in walls for words in wall.shown.values() for label in words} <= {
            Label.PRESENT,
            Label.OFF,  # the boss has no device
        }
        assert await recorded(again) == sum(one.spool.next - 1 for one in agents) == 40
        assert await caused(again, "expiry") == await caused(again, "bye") == 0
        assert (await get(url, "/readyz")).status_code == 200


async def shows(wall: ScriptedBoard, seats: int) -> None:
    await until(lambda: len(wall.seats) >= seats)


def targets(*hubs: Running) -> list[str]:
    return [hub.url.removeprefix("http://") for hub in hubs]


async def newcomer(office: Office, url: str, number: int, stack: AsyncExitStack) -> ScriptedAgent:
    _, device = await office.worker(f"worker{number}")
    return await stack.enter_async_context(agent(url, device.token))


async def connected(hub: Running) -> int:
    counted = (await get(hub.url, "/metrics")).text
    return int(float(re.findall(r"^zaiseki_agents (\S+)$", counted, re.M)[0]))


async def recorded(hub: Running) -> int:
    """Reports of devices, each counted once; as live or as late ones."""
    return await count(hub, "SELECT count(DISTINCT device_id * 1000 + seq) FROM transitions")


async def caused(hub: Running, cause: str) -> int:
    return await count(hub, f"SELECT count(*) FROM transitions WHERE cause = '{cause}'")


async def count(hub: Running, question: str) -> int:
    async with hub.engine.connect() as conn:
        return int((await conn.execute(text(question))).scalar_one())


@pytest.mark.requirement("R82")
async def test_a_node_that_drains_says_so_and_still_serves(servers: Servers) -> None:
    """So that balancers have found the others when it closes."""
    async with servers.process((*HUB, "--drain", "2")) as hub:
        office = await hub.office()
        _, device = await office.worker("mori")
        assert hub.process
        hub.process.send_signal(signal.SIGTERM)

        async def said() -> dict[str, object] | None:
            answer = await get(hub.url, "/readyz")
            return answer.json() if answer.status_code == 503 else None

        assert await until(said) == {
            "ready": False, "broker": True, "record": True, "leaving": True,
        }  # fmt: skip
        async with agent(hub.url, device.token) as pc:
            pc.tell(Presence.AWAY)
            await pc.recorded()
            assert await hub.process.wait() == 0
            await until(lambda: not pc.live)
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", hub.port)
            assert pc.stopped is None


def test_those_who_are_sent_away_go_in_a_stream() -> None:
    few, many = list(parted(list(range(10)))), list(parted(list(range(20_000))))

    assert few == [list(range(10))]
    assert [one for some in many for one in some] == list(range(20_000))
    assert len(many) * AWAY_EVERY_S <= AWAY_WITHIN_S
    middle = list(parted(list(range(2_000))))
    assert len(middle) * AWAY_EVERY_S == pytest.approx(2_000 / AWAY_PER_S)


# ---- what they tell the commands beside them


async def test_a_device_is_given_the_address_of_the_hub_that_runs(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        await office.member("mori")
        process = await asyncio.create_subprocess_exec(
            *COMMAND, "device", "add", "mori", "--state", str(tmp_path),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await process.communicate()

    assert f"--hub {hub.url} " in out.decode()
