"""Whatever somebody with SQL rights does to what was written, the first such row is named."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.database import engine, migrations
from storage.models.chain import ChainEntry
from storage.proof.authenticity import verify_images
from storage.proof.chain import CHAINED, Area, digest
from storage.proof.heads import GENESIS, SignedHead, heads, linked, seal, unsealed
from storage.proof.rules import missing_rules
from storage.proof.signing import Signer
from storage.proof.tombstones import CannotSign, bury, purge, tombstone_statement
from storage.proof.verification import Broken, Fault, Found, verify_tenant
from tests.record import NOW, SIGNER
from tests.storage.chained import (
    KEPT,
    SEEN,
    Written,
    attacker,
    copied,
    written,
)

STRANGER = Signer(Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
TRUSTED = {SIGNER.public_key}

# What an attacker does to one row of each area: a column, and what is written into it.
CHANGES = {
    Area.LOG: ("what", "'member.disabled'"),
    Area.PUNCH: ("task", "'remote'"),
    Area.INCIDENT: ("count", "99"),
    Area.VERDICT: ("verdict", "'confirmed'"),
    Area.EVIDENCE: ("reason", "'lost'"),
    Area.VIEWING: ("purpose", "'support'"),
    Area.CONSENT: ("kind", "'withdrawn'"),
    Area.TOMBSTONE: ("reason", "'mistake'"),
}


async def look(conn: AsyncConnection, w: Written, outside: list[SignedHead] | None = None) -> Found:
    return await verify_tenant(conn, w.tenant, TRUSTED, w.heads if outside is None else outside)


async def first(conn: AsyncConnection, w: Written) -> tuple[Fault, str, str] | None:
    broken = (await look(conn, w)).broken
    return named(broken[0]) if broken else None


def named(broken: Broken) -> tuple[Fault, str, str]:
    return broken.fault, broken.area, broken.row


async def victim(conn: AsyncConnection, w: Written, area: Area) -> str | int:
    """A row that no other one refers to."""
    if area is Area.EVIDENCE:
        return KEPT
    table = CHAINED[area].table.__table__
    found: str | int = (
        await conn.execute(select(table.c.id).where(table.c.tenant_id == w.tenant).limit(1))
    ).scalar_one()
    return found


def table_of(area: Area) -> str:
    return str(CHAINED[area].table.__tablename__)


@pytest.mark.requirement("R51")
async def test_what_the_program_wrote_is_whole(record: AsyncEngine, tmp_path: Path) -> None:
    w = await written(record, tmp_path)

    async with record.connect() as conn:
        found = await look(conn, w)
    await verify_images(record, w.vault, found)

    assert found.broken == []
    assert (found.erased, found.images) == (1, 2)
    assert found.position == w.heads[-1].position
    assert found.entries == found.position + found.unsealed
    assert found.unsealed == 1


@pytest.mark.requirement("R51")
async def test_a_changed_removed_or_inserted_row_of_any_table_is_named(
    record: AsyncEngine, tmp_path: Path
) -> None:
    w = await written(record, tmp_path)
    for area, (column, value) in CHANGES.items():
        table = table_of(area)
        async with attacker(record) as conn:
            id = await victim(conn, w, area)
            await conn.execute(
                text(f"UPDATE {table} SET {column} = {value} WHERE id = :id"), {"id": id}
            )
            assert (Fault.CHANGED, area, str(id)) in map(named, (await look(conn, w)).broken)
            if area is not Area.TOMBSTONE:  # without its tombstone, the erased image is first
                assert await first(conn, w) == (Fault.CHANGED, area, str(id))
        async with attacker(record) as conn:
            await conn.execute(text(f"DELETE FROM {table} WHERE id = :id"), {"id": id})
            assert (Fault.REMOVED, area, str(id)) in map(named, (await look(conn, w)).broken)
            if area is not Area.TOMBSTONE:
                assert await first(conn, w) == (Fault.REMOVED, area, str(id))
        async with attacker(record) as conn:
            more = {"request_id": "forged"} if area is Area.PUNCH else {}
            more = {"version": "forged"} if area is Area.CONSENT else more
            new = await copied(conn, area, id, more)
            assert await first(conn, w) == (Fault.INSERTED, area, new)


async def change_digest(conn: AsyncConnection, w: Written) -> None:
    one = update(ChainEntry).where(ChainEntry.tenant_id == w.tenant, ChainEntry.position == 3)
    await conn.execute(one.values(digest=b"\0" * 32))


async def remove_entry(conn: AsyncConnection, w: Written) -> None:
    await conn.execute(text("DELETE FROM chain WHERE position = 3"))


async def truncate(conn: AsyncConnection, w: Written) -> None:
    """Everything after the first head goes: rows, entries, and the heads themselves."""
    end = w.heads[0].position
    after = select(ChainEntry).where(ChainEntry.tenant_id == w.tenant, ChainEntry.position > end)
    for table in ("tombstones", "viewings", "incident_verdicts", "incidents"):
        await conn.execute(text(f"DELETE FROM {table}"))
    await conn.execute(
        text("UPDATE evidence SET state = 'stored', reason = NULL, erased_at = NULL")
    )
    for entry in (await conn.execute(after)).all():
        if entry.area in (Area.PUNCH, Area.LOG):
            gone = text(f"DELETE FROM {table_of(Area(entry.area))} WHERE id = :id")
            await conn.execute(gone, {"id": int(entry.row)})
    await conn.execute(text("DELETE FROM system_log WHERE what = 'session.closed'"))
    await conn.execute(text(f"DELETE FROM chain WHERE position > {end} OR position IS NULL"))
    await conn.execute(text(f"DELETE FROM heads WHERE position > {end}"))


async def rewrite(conn: AsyncConnection, w: Written) -> None:
    """Change a punch, and everything in the database that would show it."""
    await conn.execute(text("UPDATE punches SET task = 'remote' WHERE kind = 'start'"))
    area = CHAINED[Area.PUNCH]
    row = (await conn.execute(select(*area.columns).where(area.key == 1))).one()
    link = GENESIS
    chain = select(ChainEntry).where(ChainEntry.tenant_id == w.tenant)
    placed = chain.where(ChainEntry.position.is_not(None)).order_by(ChainEntry.position)
    for entry in (await conn.execute(placed)).all():
        said = entry.digest
        if (entry.area, entry.row) == (Area.PUNCH, "1"):
            said = digest(Area.PUNCH, row._mapping, entry.salt)
        link = linked(link, w.tenant, entry.position, entry.area, entry.row, said)
        own = update(ChainEntry).where(ChainEntry.id == entry.id)
        await conn.execute(own.values(digest=said, link=link))
    await conn.execute(text("DELETE FROM heads"))


async def forge_head(conn: AsyncConnection, w: Written) -> None:
    await conn.execute(
        text("UPDATE heads SET public_key = :key WHERE position = :at"),
        {"key": STRANGER.public_key, "at": w.heads[0].position},
    )


Attack = Callable[[AsyncConnection, Written], Awaitable[None]]
ATTACKS: list[tuple[Attack, Fault, str, Callable[[Written], int]]] = [
    (change_digest, Fault.CHANGED, "chain", lambda w: 3),
    (remove_entry, Fault.REMOVED, "chain", lambda w: 3),
    (truncate, Fault.TRUNCATED, "chain", lambda w: w.heads[0].position + 1),
    (rewrite, Fault.CHANGED, "chain", lambda w: w.heads[0].position),
    (forge_head, Fault.FORGED, "head", lambda w: w.heads[0].position),
]


@pytest.mark.requirement("R51")
async def test_the_chain_itself_and_its_heads_cannot_be_rewritten_unseen(
    record: AsyncEngine, tmp_path: Path
) -> None:
    w = await written(record, tmp_path)
    for attack, fault, area, row in ATTACKS:
        async with attacker(record) as conn:
            await attack(conn, w)
            broken = [one for one in (await look(conn, w)).broken if one.area != "head"]
            if area == "head":
                broken = (await look(conn, w)).broken

            assert named(broken[0]) == (fault, area, str(row(w))), attack.__name__


@pytest.mark.requirement("R51")
async def test_a_tail_that_is_cut_off_with_any_table_s_last_row_is_named(
    record: AsyncEngine, tmp_path: Path
) -> None:
    w = await written(record, tmp_path)
    for area in Area:
        async with attacker(record) as conn:
            id = await victim(conn, w, area)
            own = (ChainEntry.tenant_id == w.tenant, ChainEntry.area == area)
            begins = select(func.min(ChainEntry.position)).where(*own, ChainEntry.row == str(id))
            cut = (await conn.execute(begins)).scalar_one()
            assert cut is not None
            await conn.execute(text(f"DELETE FROM {table_of(area)} WHERE id = :id"), {"id": id})
            await conn.execute(text(f"DELETE FROM chain WHERE coalesce(position, {cut}) >= {cut}"))
            await conn.execute(text(f"DELETE FROM heads WHERE position >= {cut}"))
            broken = [named(one) for one in (await look(conn, w)).broken if one.area != "head"]

            assert (Fault.TRUNCATED, "chain", str(cut)) in broken, area


@pytest.mark.requirement("R51")
async def test_what_was_lawfully_taken_away_is_told_from_what_was_tampered_with(
    record: AsyncEngine, tmp_path: Path
) -> None:
    w = await written(record, tmp_path)
    async with record.begin() as conn:
        await purge(conn, Area.PUNCH, w.tenant, [1], "retention", NOW)
        gone = select(ChainEntry).where(ChainEntry.area == Area.PUNCH, ChainEntry.row == "1")
        assert (await conn.execute(gone)).one().salt is None
    async with record.connect() as conn:
        found = await look(conn, w)
    assert found.broken == []
    assert found.erased == 2

    async with attacker(record) as conn:  # who deletes, and writes a tombstone of their own
        await conn.execute(text("DELETE FROM punches WHERE id = 2"))
        said = tombstone_statement(w.tenant, Area.PUNCH, "2", "retention", NOW)
        forged = {"area": "punch", "row": "2", "public_key": STRANGER.public_key}
        await copied(conn, Area.TOMBSTONE, 1, {**forged, "signature": STRANGER.sign(said)})
        assert await first(conn, w) == (Fault.REMOVED, Area.PUNCH, "2")
    async with attacker(record) as conn:  # who only says that it was erased
        one = text("UPDATE evidence SET state = 'erased' WHERE id = :id")
        await conn.execute(one, {"id": KEPT})
        assert await first(conn, w) == (Fault.CHANGED, Area.EVIDENCE, KEPT)


@pytest.mark.requirement("R51")
async def test_a_changed_or_missing_image_and_a_forged_signature_are_named(
    record: AsyncEngine, tmp_path: Path
) -> None:
    w = await written(record, tmp_path)
    kept = tmp_path / "evidence" / w.image(KEPT)
    whole = kept.read_bytes()

    async def seen() -> list[tuple[Fault, str, str]]:
        found = Found(w.tenant)
        await verify_images(record, w.vault, found)
        return [named(one) for one in found.broken]

    for other in (whole[:-1] + bytes([whole[-1] ^ 1]), whole[:-1], whole[:20], b"", whole + b"-"):
        kept.write_bytes(other)
        assert await seen() == [(Fault.CHANGED, Area.EVIDENCE, KEPT)]
    kept.write_bytes((tmp_path / "evidence" / w.image(SEEN)).read_bytes())
    assert await seen() == [(Fault.CHANGED, Area.EVIDENCE, KEPT)]
    kept.unlink()
    assert await seen() == [(Fault.REMOVED, Area.EVIDENCE, KEPT)]
    kept.write_bytes(whole)
    assert await seen() == []
    for forged in (kept.with_name("f" * 32), kept.parent.with_name("2020-01-01") / KEPT):
        forged.parent.mkdir(exist_ok=True)
        forged.write_bytes(whole)
        assert await seen() == [(Fault.INSERTED, Area.EVIDENCE, forged.name)]
        forged.unlink()

    async with record.begin() as conn:
        await conn.execute(text("UPDATE evidence SET width = 65 WHERE id = :id"), {"id": KEPT})
        one = text("UPDATE evidence SET signature = :other WHERE id = :id")
        await conn.execute(one, {"id": SEEN, "other": bytes(64)})
    assert await seen() == [
        (Fault.CHANGED, Area.EVIDENCE, KEPT), (Fault.FORGED, Area.EVIDENCE, SEEN),
    ]  # fmt: skip


@pytest.mark.requirement("R21", "R51", "R64")
async def test_the_database_itself_refuses_to_change_the_past(
    record: AsyncEngine, tmp_path: Path
) -> None:
    w = await written(record, tmp_path)

    async def refused(statement: str) -> bool:
        async with record.connect() as conn:
            try:
                await conn.execute(text(statement))
            except DBAPIError as wrong:
                return "is append-only" in str(wrong)
            finally:
                await conn.rollback()
        return False

    tables = [table_of(area) for area in Area]
    for table in (*tables, "chain", "heads"):
        assert await refused(f"DELETE FROM {table}"), table
    for table in ("system_log", "punches", "consents", "incident_verdicts", "chain", "heads"):
        assert await refused(f"UPDATE {table} SET tenant_id = 7"), table
    assert await refused("UPDATE tombstones SET reason = 'mistake'")
    assert await refused("UPDATE viewings SET purpose = 'support'")
    assert await refused("UPDATE chain SET salt = NULL WHERE area = 'punch'")
    assert await refused("UPDATE chain SET position = NULL, link = NULL WHERE position = 1")
    if record.dialect.name == "sqlite":
        copy = "SELECT id, tenant_id, at, 'forged', actor_id, subject FROM system_log"
        names = "(id, tenant_id, at, what, actor_id, subject)"
        assert await refused(f"INSERT OR REPLACE INTO system_log {names} {copy}")
    else:
        assert await refused("TRUNCATE system_log")
    async with record.connect() as conn:
        assert await missing_rules(conn) == []
        assert (await look(conn, w)).broken == []
    async with attacker(record) as conn:
        assert "system_log_no_update" in await missing_rules(conn)


async def test_of_two_nodes_that_seal_at_once_one_signs_each_head(
    record: AsyncEngine, database_url: str, tmp_path: Path
) -> None:
    w = await written(record, tmp_path)
    other = engine(database_url, SIGNER)
    try:
        for round in range(5):
            async with record.begin() as conn:
                await bury(conn, Area.PUNCH, w.tenant, [f"{round}"], "retention", NOW)
            sealed = await asyncio.gather(
                *(seal(one, SIGNER, w.tenant, NOW) for one in (record, other))
            )
            assert len([head for head in sealed if head]) == 1
        async with record.connect() as conn:
            assert await unsealed(conn) == []
            kept = [head for _, head in await heads(conn, w.tenant, 100)]
            assert len({head.position for head in kept}) == len(kept) == 7
            assert (await look(conn, w)).broken == []
    finally:
        await other.dispose()


async def test_nothing_is_taken_away_where_it_cannot_be_signed(
    record: AsyncEngine, database_url: str, tmp_path: Path
) -> None:
    w = await written(record, tmp_path)
    unable = engine(database_url)
    try:
        with pytest.raises(CannotSign):
            async with unable.begin() as conn:
                await purge(conn, Area.PUNCH, w.tenant, [1], "retention", NOW)
    finally:
        await unable.dispose()
    async with record.connect() as conn:
        assert (await look(conn, w)).erased == 1


async def test_what_was_written_before_there_were_chains_is_chained_by_the_upgrade(
    record: AsyncEngine, tmp_path: Path
) -> None:
    w = await written(record, tmp_path)
    async with record.begin() as conn:
        await conn.run_sync(again)

    async with record.connect() as conn:
        found = await look(conn, w, outside=[])
        assert await missing_rules(conn) == []
    assert found.broken == []
    assert found.entries == found.unsealed > 5
    assert await seal(record, SIGNER, w.tenant, NOW) is not None


def again(sync: Connection) -> None:
    """The upgrade that brought the chains, on a record as it was before."""
    version = ScriptDirectory.from_config(migrations(sync)).get_revision("8e2f5b90c417")
    assert version is not None
    with Operations.context(MigrationContext.configure(sync)):
        version.module.downgrade()
        for table in ("chain", "heads", "tombstones", "system_log", "incident_verdicts"):
            sync.execute(text(f"DELETE FROM {table}"))
        sync.execute(text("UPDATE incidents SET verdict_id = NULL"))
        sync.execute(text("UPDATE evidence SET state = 'stored', reason = NULL, erased_at = NULL"))
        version.module.upgrade()
