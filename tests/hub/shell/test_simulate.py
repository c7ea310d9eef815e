"""`zaiseki simulate`, typed as an operator would, beside a running hub."""

import asyncio
import re
import signal
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest
from sqlalchemy import select

from hub.access import Scope
from storage.models.log import LogEntry
from storage.people.groups import groups
from storage.people.members import members
from storage.proof.log import What
from storage.seats.devices import devices
from tests.brokers import free_port
from tests.hubs import COMMAND, ROOT, Office, Running, running

DID = re.compile(
    r"(\d+) devices made (\d+) changes and (\d+) incidents in [\d.]+ s;"
    r" (\d+) reports recorded, (\d+) connections lost\n"
)


async def typed(*words: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *COMMAND, "simulate", *words, cwd=ROOT, stdout=PIPE, stderr=PIPE
    )


async def said(*words: str) -> tuple[int, str, str]:
    """Exit code, and what it wrote."""
    process = await typed(*words)
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def standing(office: Office) -> tuple[list[bool], list[bool]]:
    """Of the simulated: which members are disabled, which devices revoked."""
    everybody = Scope(office.id, everybody=True)
    async with office.engine.connect() as conn:
        there = [one for one in await members(conn, everybody) if one.login.startswith("sim-")]
        pcs = await devices(conn, everybody)
    return [one.disabled for one in there], [one.revoked for one in pcs]


def beside(hub: Running) -> tuple[str, ...]:
    return "--state", str(hub.settings.state), "--hub", hub.url


async def test_devices_come_change_and_leave_nothing_open_behind_them(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        words = ("60", "--changes-per-second", "100", "--seconds", "1", *beside(hub))
        code, out, err = await said(*words)
        assert (code, err) == (0, "")
        assert out.startswith("60 of 60 devices are live")
        found = DID.search(out)
        assert found
        assert (found[1], found[5]) == ("60", "0")
        assert int(found[2]) > 20
        assert int(found[4]) > 20
        disabled, revoked = await standing(office)
        assert (len(disabled), all(disabled), len(revoked), all(revoked)) == (60, True, 60, True)
        async with office.engine.connect() as conn:
            names = {group.name for group in (await groups(conn, office.id)).values()}
            told = (await conn.execute(select(LogEntry.what))).scalars().all()
        assert {"営業部", "カスタマーサポート課"} <= names
        assert What.SIMULATED in told

        await said("3", "--seconds", "0", *beside(hub))
        disabled, revoked = await standing(office)
        assert (len(disabled), all(disabled), len(revoked), all(revoked)) == (60, True, 63, True)


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
async def test_it_goes_on_until_it_is_told_to_end(tmp_path: Path, told: signal.Signals) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        process = await typed("2", "--changes-per-second", "20", *beside(hub))
        assert process.stdout
        assert b"live" in await process.stdout.readline()
        process.send_signal(told)
        out, err = await process.communicate()
        assert (process.returncode, err) == (0, b"")
        assert DID.search(out.decode())
        assert await standing(office) == ([True, True], [True, True])


async def test_a_hub_whose_record_is_elsewhere_takes_devices_by_their_tokens(
    tmp_path: Path,
) -> None:
    async with running(tmp_path / "hub") as hub:
        office = await hub.office()
        file = tmp_path / "tokens"
        tokens = [(await office.worker(f"w{number}"))[1].token for number in range(3)]
        file.write_text("\n".join(tokens))
        words = ("--seconds", "0", "--tokens", str(file), "--hub", hub.url)
        code, out, _ = await said("3", *words)
        assert (code, out.splitlines()[0][:20]) == (0, "3 of 3 devices are l")
        code, _, err = await said("4", *words)
        assert (code, err) == (1, f"zaiseki: {file} has 3 tokens; 4 are needed\n")
        file.write_text("wrong")
        code, _, err = await said("1", *words)
        assert code == 1
        assert err.startswith(f"zaiseki: the hub at {hub.url} takes none of the devices")
        assert len(err.splitlines()) == 1


async def test_it_says_that_no_hub_answers_while_it_tries(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text("one")
    hub = f"http://127.0.0.1:{free_port()}"
    process = await typed("1", "--tokens", str(file), "--hub", hub)
    assert process.stderr
    told = (await process.stderr.readline()).decode()
    assert told == f"zaiseki: no hub answers at {hub} yet; trying until one does\n"
    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")


async def test_what_cannot_be_meant_is_one_line(tmp_path: Path) -> None:
    where = ("--state", str(tmp_path))
    for words, code, line in (
        (("1", "--tokens", "x", *where), 1, "zaiseki: say with --hub URL where"),
        (("0", *where), 2, "zaiseki simulate: error: argument N: N is a number from 1"),
        (("1", "--seconds", "long", *where), 2, "zaiseki simulate: error: argument --seconds"),
    ):
        got, _, err = await said(*words)
        assert (got, err.splitlines()[-1][: len(line)]) == (code, line)
