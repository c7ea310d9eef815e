"""The hub as one command: what it needs to start, how it ends, and what it tells its operator."""

import asyncio
import os
import re
import shutil
import signal
import socket
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from hub.app import hub as hub_of
from hub.opening import FAILURES
from hub.protocol.facts import Label, Presence
from storage.database import embedded_url, engine, upgrade
from tests.brokers import free_port, valkey_on_a_port
from tests.clock import until
from tests.hubs import PLAIN, Running, refused, running, settings, spawned
from tests.peers import agent, board


async def answer(hub: Running, path: str) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=hub.url, verify=PLAIN) as client:
        return await client.get(path)


async def works(hub: Running) -> None:
    """A report goes all the way: to a board, to the record, and back as its ack."""
    office = await hub.office()
    mori, device = await office.worker("mori")
    async with agent(hub.url, device.token) as pc, board(hub.url, await office.boss()) as wall:
        pc.tell(Presence.AWAY)
        await until(lambda: wall.label(mori) is Label.AWAY)
        await pc.recorded()


@pytest.mark.requirement("R5", "R82")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
async def test_the_command_serves_and_ends_in_good_order(
    tmp_path: Path, by: signal.Signals
) -> None:
    async with spawned(tmp_path) as hub:
        await works(hub)
        valkey = await broker_of(tmp_path)

        assert await hub.ended(by) == 0
    assert not alive(valkey)
    assert "Traceback" not in logged(tmp_path)


async def test_a_hub_that_is_killed_takes_its_broker_along_and_its_record_stays(
    tmp_path: Path,
) -> None:
    async with spawned(tmp_path) as hub:
        await works(hub)
        valkey = await broker_of(tmp_path)
        await hub.kill()
    await until(lambda: not alive(valkey))
    with pytest.raises(OSError):
        await asyncio.open_unix_connection(tmp_path / "valkey.sock")
    async with running(tmp_path) as again, again.engine.connect() as conn:
        assert (await conn.execute(text("SELECT count(*) FROM transitions"))).scalar_one() >= 2


@pytest.mark.requirement("R82")
async def test_an_embedded_broker_that_dies_is_started_again_and_everybody_is_back(
    tmp_path: Path,
) -> None:
    """Order and delivery, 7: its data is gone, which is another epoch."""
    async with spawned(tmp_path) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        async with agent(hub.url, device.token) as pc, board(hub.url, await office.boss()) as wall:
            pc.tell(Presence.AWAY)
            await until(lambda: wall.label(mori) is Label.AWAY)
            epoch, valkey = wall.epoch, await broker_of(tmp_path)
            os.kill(valkey, signal.SIGKILL)
            await until(lambda: wall.live and wall.epoch != epoch)
            pc.tell(Presence.PRESENT)
            await until(lambda: wall.label(mori) is Label.PRESENT)
            await pc.recorded()
            again = await broker_of(tmp_path)

        async def ready() -> bool:
            return (await answer(hub, "/readyz")).status_code == 200

        await until(ready)
        assert await hub.ended() == 0
    assert not alive(again)


def alive(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def logged(state: Path) -> str:
    return (state / "stderr").read_text()


async def broker_of(state: Path) -> int:
    """The process of the embedded Valkey."""
    async with Redis(unix_socket_path=str(state / "valkey.sock")) as redis:
        return int((await redis.info("server"))["process_id"])


async def test_a_broker_and_a_database_of_ones_own(tmp_path: Path, postgres_url: str) -> None:
    async with (
        valkey_on_a_port(tmp_path) as port,
        spawned(
            tmp_path / "state", database=postgres_url, redis=f"redis://127.0.0.1:{port}/0"
        ) as hub,
    ):
        await works(hub)
        assert (await answer(hub, "/readyz")).status_code == 200
        assert not (tmp_path / "state" / "zaiseki.db").exists()
        assert not (tmp_path / "state" / "valkey.log").exists()
        assert await hub.ended() == 0


# ---- a start that cannot be


async def refusal(state: Path, *, database: str | None = None, redis: str | None = None) -> str:
    """The one line that the command would write."""
    with pytest.raises(FAILURES) as failed:
        async with hub_of(settings(state, database=database, redis=redis)):
            pass
    line = str(failed.value)
    assert line and "\n" not in line
    return line


async def test_a_port_in_use(tmp_path: Path) -> None:
    """What cannot start says so in one line, without a traceback, and with exit code 1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, lines = await refused(settings(tmp_path, port=taken.getsockname()[1]))

    assert code == 1
    (line,) = lines
    assert line.startswith("zaiseki: cannot listen on")
    assert "--port" in line


async def test_a_redis_that_is_not_there(tmp_path: Path) -> None:
    line = await refusal(tmp_path, redis=f"redis://127.0.0.1:{free_port()}")

    assert "no Redis or Valkey answers" in line
    assert "start it" in line


async def test_a_redis_address_that_cannot_be_meant(tmp_path: Path) -> None:
    assert "is no address" in await refusal(tmp_path, redis="nonsense")


async def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    url = f"postgresql+asyncpg://zaiseki:secret@127.0.0.1:{free_port()}/zaiseki"
    line = await refusal(tmp_path, database=url)

    assert "check that the server runs" in line
    assert "secret" not in line


async def test_a_database_that_was_never_upgraded(tmp_path: Path, postgres_url: str) -> None:
    assert "run: zaiseki db upgrade" in await refusal(tmp_path, database=postgres_url)


async def test_a_database_of_an_older_zaiseki(tmp_path: Path, postgres_url: str) -> None:
    await upgrade(postgres_url)
    await revision_is(postgres_url, "")

    assert "run: zaiseki db upgrade" in await refusal(tmp_path, database=postgres_url)


async def test_a_database_of_a_newer_zaiseki(tmp_path: Path) -> None:
    await upgrade(embedded_url(tmp_path))
    await revision_is(embedded_url(tmp_path), "ffffffffffff")

    assert "newer zaiseki" in await refusal(tmp_path)


async def revision_is(url: str, revision: str) -> None:
    """Leave another version's mark; none at all is what the first one has before its end."""
    opened = engine(url)
    async with opened.begin() as conn:
        await conn.execute(text("DELETE FROM alembic_version"))
        if revision:
            mark = text("INSERT INTO alembic_version VALUES (:revision)")
            await conn.execute(mark, {"revision": revision})
    await opened.dispose()


async def test_a_state_folder_that_another_hub_uses(tmp_path: Path) -> None:
    async with running(tmp_path):
        assert "another zaiseki uses" in await refusal(tmp_path)


async def test_a_state_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert "choose another with --state" in await refusal(tmp_path / "file")


# ---- what its operator sees


@pytest.mark.requirement("R82")
async def test_a_hub_says_what_it_is_missing(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        assert (await answer(hub, "/healthz")).text == "ok\n"
        ready = await answer(hub, "/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (200, True)

        valkey = await broker_of(tmp_path)
        os.kill(valkey, signal.SIGSTOP)

        async def unready() -> bool:
            return (await answer(hub, "/readyz")).status_code == 503

        try:
            await until(unready)
            said = (await answer(hub, "/readyz")).json()
            assert said == {"ready": False, "broker": False, "record": True}
            assert (await answer(hub, "/healthz")).status_code == 200
        finally:
            os.kill(valkey, signal.SIGCONT)


@pytest.mark.requirement("R82")
async def test_a_hub_counts_for_prometheus(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        _, device = await office.worker("mori")
        async with agent(hub.url, device.token), board(hub.url, await office.boss()):
            counted = (await answer(hub, "/metrics")).text

    values = dict(re.findall(r"^(zaiseki_\w+) (\S+)$", counted, re.MULTILINE))
    assert values["zaiseki_agents"] == values["zaiseki_watchers"] == "1.0"
    assert values["zaiseki_broker_lost_seconds"] == "0.0"
    assert "process_resident_memory_bytes" in counted


async def test_a_long_state_folder_is_no_trouble_for_the_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 30)
    async with running(deep) as hub:
        await works(hub)
    shutil.rmtree(deep)
