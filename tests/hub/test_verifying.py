"""`zaiseki verify`: on a hub's own folder, with what it kept outside the record."""

import asyncio
import json
import re
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from hub.jobs.heads import seal_due, trust
from hub.settings import Settings
from hub.verifying import CannotVerify, document, told, verify
from storage.database import embedded_url, engine, upgrade
from storage.proof.outside import FOLDER, FolderPlace, Place, place
from storage.proof.signing import FILE, signer_at
from storage.proof.verification import Fault
from tests.clock import until
from tests.hubs import COMMAND, running, settings
from tests.record import company, person
from tests.storage.chained import Written, without_rules, written


async def installation(state: Path, *second: Place, database: str | None = None) -> Written:
    """A tenant that wrote in every table; its heads are kept in the folder, and a second time."""
    url = database or embedded_url(state)
    await upgrade(url)
    signer = signer_at(state / FILE)
    places = [FolderPlace(state / FOLDER), *second]
    opened = engine(url, signer)
    try:
        w = await written(opened, state, signer)
        await trust(signer, places)
        await seal_due(opened, signer, places)
    finally:
        await opened.dispose()
    return w


def attack(state: Path, *statements: str) -> None:
    """With SQL, past the program and past the database's own rules, which are put back."""
    conn = sqlite3.connect(state / "zaiseki.db")
    rules = conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in rules:
        conn.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        conn.execute(statement)
    for _, rule in rules:
        conn.execute(rule)
    conn.commit()
    conn.close()


async def command(state: Path, *options: str) -> tuple[int, str]:
    run = await asyncio.create_subprocess_exec(
        *COMMAND, "verify", "--state", str(state), *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await run.communicate()
    return run.returncode or 0, said.decode().strip()


@pytest.mark.requirement("R51")
async def test_the_command_says_that_all_is_whole_or_names_the_first_broken_row(
    tmp_path: Path,
) -> None:
    await installation(tmp_path)
    code, said = await command(tmp_path)
    assert (code, said.count("\n")) == (0, 0)
    assert re.fullmatch(r"tenant 1: whole: \d+ entries, 1 lawfully erased, 2 images", said), said

    attack(tmp_path, "UPDATE punches SET at = datetime(at, '-1 hour') WHERE id = 1")
    code, said = await command(tmp_path)
    assert code == 1
    assert "punch 1 was CHANGED" in said
    code, said = await command(tmp_path, "--json")
    found: dict[str, Any] = json.loads(said)
    assert code == 1
    assert (found["whole"], found["first_tenant"]) == (False, 1)
    assert found["first"]["fault"] == "changed"
    assert (found["first"]["area"], found["first"]["row"]) == ("punch", "1")


@pytest.mark.requirement("R51")
async def test_a_tail_that_was_cut_off_with_its_heads_is_known_from_outside(
    tmp_path: Path,
) -> None:
    second = tmp_path / "elsewhere"
    second.mkdir()
    w = await installation(tmp_path, place(second.as_uri()))
    end = w.heads[-1].position
    attack(
        tmp_path,
        "DELETE FROM system_log WHERE what = 'session.closed'",
        f"DELETE FROM chain WHERE position > {end}",
        f"DELETE FROM heads WHERE position > {end}",
    )
    own = settings(tmp_path)
    for known in (own, replace(own, heads=str(second.as_uri()))):
        verdict = await verify(known)
        faults = [one.fault for tenant in verdict.tenants for one in tenant.broken]
        assert Fault.TRUNCATED in faults
        assert not verdict.whole
    (tmp_path / FOLDER / "1").rename(tmp_path / "away")
    assert (await verify(own)).whole  # which is why there is a second place
    assert not (await verify(replace(own, heads=str(second.as_uri())))).whole


@pytest.mark.requirement("R51")
async def test_a_record_on_postgresql_is_checked_in_the_same_way(
    tmp_path: Path, postgres_url: str
) -> None:
    await installation(tmp_path, database=postgres_url)
    known = replace(settings(tmp_path, database=postgres_url), master_key=None)
    assert (await verify(known)).whole

    attacker = engine(postgres_url)
    async with attacker.begin() as conn:
        await without_rules(conn)
        await conn.execute(text("DELETE FROM system_log WHERE what = 'policy.changed'"))
    await attacker.dispose()
    verdict = await verify(known)

    assert verdict.first is not None
    assert (verdict.first.fault, verdict.first.area) == (Fault.REMOVED, "log")
    assert "system_log_no_delete" in verdict.rules


async def test_a_missing_rule_of_the_database_is_told(tmp_path: Path) -> None:
    await installation(tmp_path)
    conn = sqlite3.connect(tmp_path / "zaiseki.db")
    conn.execute("DROP TRIGGER punches_no_update")
    conn.close()

    verdict = await verify(settings(tmp_path))

    assert (verdict.whole, verdict.rules) == (False, ["punches_no_update"])
    assert "the database's own rule punches_no_update is gone" in told(verdict)
    assert json.loads(document(verdict))["rules"] == ["punches_no_update"]


async def test_without_a_key_or_a_record_nothing_is_claimed(tmp_path: Path) -> None:
    with pytest.raises(CannotVerify, match="there is no signing key"):
        await verify(settings(tmp_path))
    signer_at(tmp_path / FILE)
    told = r"no database at \S+; give the --state or --database of the hub; for a new one, run: z"
    with pytest.raises(CannotVerify, match=told):
        await verify(settings(tmp_path))
    damaged = tmp_path / FOLDER / "1" / "2026-11.jsonl"
    await installation(tmp_path)
    (tmp_path / FOLDER / "1").mkdir(exist_ok=True)
    damaged.write_text("no head\n")
    with pytest.raises(CannotVerify, match=r"2026-11\.jsonl, line 1 is no head"):
        await verify(settings(tmp_path))


@pytest.mark.requirement("R51")
async def test_a_running_hub_signs_heads_by_itself(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        known: Settings = hub.settings

        async def signed() -> bool:
            return any(await FolderPlace(known.state / FOLDER).tenants())

        async with hub.engine.begin() as conn:
            a = await company(conn)
            await person(conn, a.id, "mori")  # whose consent is chained
        await until(signed)
    verdict = await verify(known)

    assert verdict.whole
    assert verdict.tenants[-1].position > 0
