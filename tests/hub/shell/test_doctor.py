"""The doctor: what is wrong with each dependency, in one line, on real ones that are broken."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from hub.checks import Finding, Level, clock
from hub.checks.address import url
from hub.checks.broker import memory
from hub.checks.machine import FREE_FAIL_BYTES, FREE_WARN_BYTES, files, space, web
from hub.checks.record import judged
from hub.live.broker import key
from hub.settings import Settings
from hub.shell.doctor import findings
from storage.database import embedded_url, engine, upgrade
from storage.health import Health
from storage.people.tenants import create_tenant
from tests.brokers import free_port, valkey_on_a_port
from tests.hubs import COMMAND, ROOT, running, settings


async def examined(known: Settings, part: str, addressed: bool = False) -> list[Finding]:
    return [one async for one in findings(known, addressed=addressed) if one.part == part]


def worst(found: list[Finding]) -> Finding:
    order = [Level.FAIL, Level.WARN, Level.OK]
    return min(found, key=lambda finding: order.index(finding.level))


async def complaint(known: Settings, part: str) -> str:
    finding = worst(await examined(known, part))
    assert finding.level is Level.FAIL, finding
    assert "\n" not in finding.said
    return finding.said


@pytest.mark.requirement("R82")
async def test_a_fresh_machine_is_fit(tmp_path: Path) -> None:
    """One line a part, exit code 0."""
    code, lines = await doctor("--state", str(tmp_path), "--port", "0")

    assert code == 0
    parts = [line.split()[1] for line in lines]
    for part in ("state", "disk", "record", "broker", "port", "files", "web"):
        assert part in parts
    assert not (tmp_path / "zaiseki.db").exists()


@pytest.mark.requirement("R82")
async def test_something_broken_is_exit_code_1(tmp_path: Path) -> None:
    address = f"redis://127.0.0.1:{free_port()}"
    code, lines = await doctor("--state", str(tmp_path), "--port", "0", "--redis", address)

    assert code == 1
    (line,) = [line for line in lines if line.startswith("fail")]
    assert line.split()[1] == "broker"
    assert "start it" in line


async def doctor(*options: str) -> tuple[int, list[str]]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "doctor", *options, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode().splitlines()


async def test_a_running_hub_is_examined_while_it_runs(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        found = [one async for one in findings(hub.settings, addressed=True)]
    said = {one.part: one.said for one in found if one.level is Level.OK}

    assert "in use by a running zaiseki" in said["state"]
    assert "commits in" in said["record"]
    assert "Valkey is 9" in said["broker"]
    assert "a zaiseki answers" in said["port"]
    assert "websockets come through" in said["url"]
    assert not [one for one in found if one.level is Level.FAIL]


# ---- the machine


async def test_a_state_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert "is a file" in await complaint(settings(tmp_path / "file"), "state")


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    assert worst(space(tmp_path, FREE_WARN_BYTES)).level is Level.OK
    assert worst(space(tmp_path, FREE_WARN_BYTES - 1)).level is Level.WARN
    assert worst(space(tmp_path, FREE_FAIL_BYTES - 1)).level is Level.FAIL


def test_open_files_are_enough_for_the_connections_that_are_expected() -> None:
    assert worst(files(10)).level is Level.OK
    assert "LimitNOFILE" in worst(files(2**31)).said


def test_a_web_app_that_was_never_built(tmp_path: Path) -> None:
    assert "./run" in worst(web(tmp_path)).said


# ---- the record


async def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    address = f"postgresql+asyncpg://zaiseki:secret@127.0.0.1:{free_port()}/zaiseki"
    said = await complaint(settings(tmp_path, database=address), "record")

    assert "check that the server runs" in said
    assert "secret" not in said


async def test_a_database_that_was_never_upgraded(tmp_path: Path, postgres_url: str) -> None:
    said = await complaint(settings(tmp_path, database=postgres_url), "record")

    assert "zaiseki db upgrade" in said


async def test_a_database_that_takes_no_writes(tmp_path: Path, postgres_url: str) -> None:
    await upgrade(postgres_url)
    await alter(postgres_url, "default_transaction_read_only = on")

    assert "takes no writes" in await complaint(settings(tmp_path, database=postgres_url), "record")


async def test_a_database_whose_commits_are_not_durable(tmp_path: Path, postgres_url: str) -> None:
    await upgrade(postgres_url)
    await alter(postgres_url, "synchronous_commit = off")
    found = await examined(settings(tmp_path, database=postgres_url), "record")

    assert any("synchronous_commit is off" in one.said for one in found)


async def alter(address: str, setting: str) -> None:
    """Change a setting of this database for those who connect from now on."""
    opened = engine(address)
    async with opened.begin() as conn:
        name = (await conn.execute(text("SELECT current_database()"))).scalar_one()
        await conn.execute(text(f"ALTER DATABASE {name} SET {setting}"))
    await opened.dispose()


async def test_an_embedded_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "zaiseki.db").write_bytes(b"a letter, not a database" * 100)

    assert "not a database" in await complaint(settings(tmp_path), "record")


def test_a_slow_or_a_crowded_database_is_a_warning() -> None:
    slow = judged(Health("PostgreSQL 15", 0.5, 0.5, free_connections=3), "postgresql://db")

    assert [one.level for one in slow] == [Level.OK, Level.WARN, Level.WARN, Level.WARN]


# ---- the broker


async def test_a_redis_address_that_cannot_be_meant(tmp_path: Path) -> None:
    assert "is no address" in await complaint(settings(tmp_path, redis="nonsense"), "broker")


async def test_a_redis_with_another_password(tmp_path: Path) -> None:
    async with valkey_on_a_port(tmp_path, "--requirepass", "right") as port:
        known = settings(tmp_path / "state", redis=f"redis://:wrong@127.0.0.1:{port}")
        said = await complaint(known, "broker")

        assert "another password" in said
        assert "wrong" not in said


async def test_a_redis_that_evicts(tmp_path: Path) -> None:
    options = ("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
    async with valkey_on_a_port(tmp_path, *options) as port:
        known = settings(tmp_path / "state", redis=f"redis://127.0.0.1:{port}")

        assert "set maxmemory-policy noeviction" in await complaint(known, "broker")


async def test_a_redis_that_is_a_replica(tmp_path: Path) -> None:
    options = ("--replicaof", "127.0.0.1", str(free_port()))
    async with valkey_on_a_port(tmp_path, *options) as port:
        known = settings(tmp_path / "state", redis=f"redis://127.0.0.1:{port}")

        assert "is a replica" in await complaint(known, "broker")


async def test_a_redis_user_who_may_not_publish(tmp_path: Path) -> None:
    async with valkey_on_a_port(tmp_path) as port, Redis(port=port) as redis:
        await redis.execute_command(
            "ACL", "SETUSER", "poor", "on", ">word", "~*", "+@all", "-@pubsub"
        )
        known = settings(tmp_path / "state", redis=f"redis://poor:word@127.0.0.1:{port}")

        assert "allow scripts and sharded pub/sub" in await complaint(known, "broker")


async def test_a_redis_nearly_full_is_a_warning() -> None:
    info = {"maxmemory": 100, "used_memory": 90, "maxmemory_policy": "noeviction"}

    assert worst(memory(info, "redis")).level is Level.WARN


async def test_leases_that_nobody_ends(tmp_path: Path) -> None:
    """A hub without jobs would show silent people as present."""
    address = embedded_url(tmp_path)
    await upgrade(address)
    async with valkey_on_a_port(tmp_path) as port, Redis(port=port) as redis:
        known = settings(tmp_path / "state", database=address, redis=f"redis://127.0.0.1:{port}")
        opened = engine(address)
        async with opened.begin() as conn:
            tenant = await create_tenant(conn, "株式会社A", datetime.now(UTC))
        await opened.dispose()
        assert worst(await examined(known, "jobs")).level is Level.OK

        a_minute_ago = (datetime.now(UTC).timestamp() - 60) * 1000
        await redis.zadd(key(tenant.id, "leases"), {"7": a_minute_ago})

        assert "start zaiseki jobs" in await complaint(known, "jobs")


# ---- the way to it


async def test_a_port_of_another_program(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        known = settings(tmp_path, port=taken.getsockname()[1])

        assert "choose another with --port" in await complaint(known, "port")


async def test_an_address_that_agents_would_refuse() -> None:
    known = at("http://hub.example.jp")

    assert "unencrypted" in worst(await url(known)).said


async def test_an_address_where_nobody_answers() -> None:
    assert "nobody answers" in worst(await url(at(f"http://127.0.0.1:{free_port()}"))).said


async def test_a_proxy_that_leads_elsewhere() -> None:
    async with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") as port:
        assert "no zaiseki" in worst(await url(at(f"http://127.0.0.1:{port}"))).said


async def test_a_proxy_that_passes_no_websockets() -> None:
    ready = b'{"ready":true}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(ready), ready)
    async with serving(answer) as port:
        assert "Upgrade" in worst(await url(at(f"http://127.0.0.1:{port}"))).said


def at(address: str) -> Settings:
    return replace(settings(Path("/nowhere")), url=address)


@asynccontextmanager
async def serving(answer: bytes) -> AsyncIterator[int]:
    """A web server that knows one answer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("ahead_s", "level"), [(0.2, None), (-3, Level.WARN), (3, Level.WARN), (-60, Level.FAIL)]
)
def test_clocks_that_differ(ahead_s: float, level: Level | None) -> None:
    found = clock("broker", ahead_s)

    assert [one.level for one in found] == ([level] if level else [])
