"""Tenants' keys: made once, known before they seal, wrapped anew, and destroyed for good."""

import asyncio
import base64
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.errors import Missing
from storage.models.keys import TenantKey
from storage.models.log import LogEntry
from storage.people.tenants import TenantState, set_state
from storage.proof.log import What
from storage.proof.signing import Signer, is_signed
from storage.sealing.hsm import TokenMasters
from storage.sealing.keys import SPREAD, Destroyed, Keys, keys_of
from storage.sealing.masters import FileMasters, GivenMasters, MasterProblem, NoMaster
from storage.sealing.rotation import (
    Certificate,
    NotEnded,
    certificate,
    destroy,
    drop_master,
    masters,
    prepare_master,
    rewrap_some,
    rotate,
    rotate_master,
)
from storage.sealing.sealed import About
from tests.keys import MASTER, keys
from tests.record import NOW, company

FACE = About("template", 7, NOW)
SIGNER = Signer(Ed25519PrivateKey.generate())


@pytest.fixture
def db(record: AsyncEngine) -> AsyncEngine:
    """The tables, empty, on each kind of database."""
    return record


async def tenant(db: AsyncEngine, name: str = "株式会社A") -> int:
    async with db.begin() as conn:
        return (await company(conn, name)).id


async def test_hubs_that_meet_a_new_tenant_at_once_make_one_key(db: AsyncEngine) -> None:
    a = await tenant(db)
    nodes = [keys(db) for _ in range(4)]

    boxes = await asyncio.gather(*(node.box(a) for node in nodes))

    assert len({box.current for box in boxes}) == len({tuple(box.keys) for box in boxes}) == 1
    assert boxes[0].open(FACE, boxes[3].seal(FACE, b"face")) == b"face"


@pytest.mark.requirement("R50")
async def test_two_tenants_never_open_each_others(db: AsyncEngine) -> None:
    a, b = await tenant(db, "A"), await tenant(db, "B")
    hub = keys(db)
    sealed = await hub.seal(a, FACE, b"face")

    assert await hub.open(a, FACE, sealed) == b"face"
    with pytest.raises(Exception, match="is not what was sealed"):
        await hub.open(b, FACE, sealed)


@pytest.mark.requirement("R50")
async def test_a_new_key_is_known_to_every_hub_before_any_seals_with_it(db: AsyncEngine) -> None:
    a = await tenant(db)
    now = NOW
    here = Keys(db, GivenMasters(MASTER), lambda: now)
    there = Keys(db, GivenMasters(MASTER), lambda: now)
    first = await there.seal(a, FACE, b"one")

    made = await rotate(here, a, now)
    again = await rotate(here, a, now)
    assert (again.id, made.active_from) == (made.id, now + SPREAD)
    assert (await here.read(a)).current != made.id
    assert made.id in (await there.read(a)).keys

    now += SPREAD
    second = (await here.read(a)).seal(FACE, b"two")
    assert (await here.read(a)).current == made.id
    assert await there.open(a, FACE, second) == b"two"  # what it read before is enough
    assert await here.open(a, FACE, first) == b"one"


async def test_a_hub_whose_clock_lags_opens_what_it_has_not_heard_of(db: AsyncEngine) -> None:
    a = await tenant(db)
    here, there = keys(db), keys(db)
    await there.box(a)
    async with db.begin() as conn:
        await here.new_key(conn, a, 2, NOW)
    sealed = (await here.read(a)).seal(FACE, b"face")

    assert await there.open(a, FACE, sealed) == b"face"


async def test_a_record_goes_with_its_master_key_and_no_other(
    db: AsyncEngine, tmp_path: Path
) -> None:
    first, second = (FileMasters(tmp_path / name / "master.key") for name in "ab")

    made = await Keys(db, first).check()
    assert made is not None and await Keys(db, first).check() is None
    with pytest.raises(NoMaster, match=f"{made}.*bring the file"):
        await Keys(db, second).check()


@pytest.mark.requirement("R50")
async def test_a_master_key_changes_while_hubs_run_and_after_a_kill(
    db: AsyncEngine, tmp_path: Path
) -> None:
    file = tmp_path / "master.key"
    tenants = [await tenant(db, str(number)) for number in range(3)]
    here, there = Keys(db, FileMasters(file)), Keys(db, FileMasters(file))
    sealed = {one: await there.seal(one, FACE, b"face") for one in tenants}

    prepared = await prepare_master(here)
    assert (await prepare_master(here), await rotate_master(here, NOW)) == (prepared, prepared)
    another = await tenant(db, "D")
    assert await there.open(another, FACE, await there.seal(another, FACE, b"new")) == b"new"
    for starts in (Keys(db, FileMasters(file)), there):  # killed before anything was wrapped anew
        assert [await starts.open(one, FACE, sealed[one]) for one in tenants] == [b"face"] * 3
    assert await rewrap_some(there) == 3
    assert await rewrap_some(here) == 0

    async with db.connect() as conn:
        (old, _) = await masters(conn)
        assert {row.master for one in tenants for row in await keys_of(conn, one)} == {prepared}
    await drop_master(here, old.name, NOW)
    with pytest.raises(MasterProblem, match="run: zaiseki keys rotate --master"):
        await drop_master(here, prepared, NOW)
    with pytest.raises(Missing):
        await drop_master(here, "other", NOW)
    fresh = Keys(db, FileMasters(file))
    assert [await fresh.open(one, FACE, sealed[one]) for one in tenants] == [b"face"] * 3


async def test_a_master_key_that_was_dropped_when_the_command_was_killed_is_dropped(
    db: AsyncEngine, tmp_path: Path
) -> None:
    hub = Keys(db, FileMasters(tmp_path / "master.key"))
    a = await tenant(db)
    await hub.seal(a, FACE, b"face")
    async with db.connect() as conn:
        (old,) = await masters(conn)
    await rotate_master(hub, NOW)
    await rewrap_some(hub)
    hub.masters.drop(old.name)  # and here it was killed
    left = tmp_path / f".master.key.{'a' * 16}"  # as one that was killed while it wrote leaves it
    left.write_text("a key")

    await drop_master(hub, old.name, NOW)
    hub.masters.make()

    async with db.connect() as conn:
        assert [row.dropped_at for row in await masters(conn)] == [NOW, None]
    assert not left.exists()


async def test_a_key_is_not_wrapped_with_a_master_key_that_goes_at_that_moment(
    db: AsyncEngine, tmp_path: Path
) -> None:
    hub, a = Keys(db, FileMasters(tmp_path / "master.key")), await tenant(db)
    await hub.check()
    async with db.connect() as conn:
        (old,) = await masters(conn)
    async with db.begin() as conn:
        await hub.new_key(conn, a, 1, NOW)
        ending = asyncio.create_task(ended(hub, old.name))
        await asyncio.wait([ending], timeout=0.2)  # it has to wait for this key
        assert not ending.done()
    await ending

    sealed = await hub.seal(a, FACE, b"face")
    fresh = Keys(db, FileMasters(tmp_path / "master.key"))
    assert await fresh.open(a, FACE, sealed) == b"face"


async def ended(hub: Keys, name: str) -> None:
    await rotate_master(hub, NOW)
    while await rewrap_some(hub):
        pass
    await drop_master(hub, name, NOW)


async def test_a_token_is_a_master_like_any_other(db: AsyncEngine, token_uri: str) -> None:
    a = await tenant(db)
    here, there = Keys(db, TokenMasters(token_uri)), Keys(db, TokenMasters(token_uri))
    sealed = await here.seal(a, FACE, b"face")

    await rotate_master(here, NOW)
    assert await rewrap_some(here) == 1
    assert await there.open(a, FACE, sealed) == b"face"


async def test_from_the_environment_the_new_master_key_is_given_first(db: AsyncEngine) -> None:
    a = await tenant(db)
    sealed = await keys(db).seal(a, FACE, b"face")
    other = base64.b64encode(b"n" * 32).decode()
    both = Keys(db, GivenMasters(f"{other},{MASTER}"))

    with pytest.raises(MasterProblem, match="put the new master key first"):
        await rotate_master(keys(db), NOW)
    await rotate_master(both, NOW)
    assert await rewrap_some(both) == 1
    assert await Keys(db, GivenMasters(other)).open(a, FACE, sealed) == b"face"
    with pytest.raises(NoMaster):
        await keys(db).box(a)


@pytest.mark.requirement("R53", "R54")
async def test_a_destroyed_key_is_gone_from_the_database_and_a_certificate_says_so(
    db: AsyncEngine, tmp_path: Path
) -> None:
    async with db.begin() as conn:
        gone, stays = (await company(conn, "A")).tenant, (await company(conn, "B")).tenant
    here, there = keys(db), keys(db)
    lost = await here.seal(gone.id, FACE, b"face")
    kept = await here.seal(stays.id, FACE, b"face")
    await there.box(gone.id)
    async with db.connect() as conn:
        (row,) = await keys_of(conn, gone.id)
    assert await held(db, tmp_path, row.wrapped)

    with pytest.raises(NotEnded, match=f"end it first with: zaiseki tenant end {gone.system_id}"):
        await destroy(here, gone, SIGNER, NOW)
    with pytest.raises(NotEnded):
        await destroy(here, gone, SIGNER, NOW, although="suspended")
    assert await here.open(gone.id, FACE, lost) == b"face"
    async with db.begin() as conn:
        await set_state(conn, gone.id, TenantState.ENDED, "", NOW)
    signed = await destroy(here, gone, SIGNER, NOW)

    for hub in (here, keys(db)):
        with pytest.raises(Destroyed):
            await hub.open(gone.id, FACE, lost)
        assert await hub.open(stays.id, FACE, kept) == b"face"
    with pytest.raises(Destroyed):
        await there.read(gone.id)
    assert not await held(db, tmp_path, row.wrapped)
    stated = msgspec.json.decode(signed.statement, type=Certificate)
    assert (stated.system_id, stated.keys, stated.destroyed_at) == (gone.system_id, [row.id], NOW)
    assert is_signed(signed.public_key, signed.signature, signed.statement.encode())
    async with db.connect() as conn:
        assert await certificate(conn, gone.id) == signed
        with pytest.raises(Missing):
            await certificate(conn, stays.id)
        logged = select(LogEntry.tenant_id).where(LogEntry.what == What.KEY_DESTROYED)
        assert (await conn.execute(logged)).scalars().all() == [gone.id]


@pytest.mark.requirement("R54")
async def test_a_backup_from_before_opens_nothing_once_its_master_key_is_dropped(
    db: AsyncEngine, tmp_path: Path
) -> None:
    async with db.begin() as conn:
        a = (await company(conn)).tenant
    hub = Keys(db, FileMasters(tmp_path / "master.key"))
    sealed = await hub.seal(a.id, FACE, b"face")
    async with db.connect() as conn:
        (old,) = await masters(conn)
        backup = [dict(row._mapping) for row in await conn.execute(select(TenantKey))]
    await rotate_master(hub, NOW)
    await rewrap_some(hub)
    await destroy(hub, a, SIGNER, NOW, although="active")
    await drop_master(hub, old.name, NOW)

    async with db.begin() as conn:
        await conn.execute(delete(TenantKey))
        await conn.execute(insert(TenantKey), backup)
    with pytest.raises(NoMaster, match=old.name):
        await Keys(db, FileMasters(tmp_path / "master.key")).open(a.id, FACE, sealed)


async def test_keys_that_were_destroyed_are_not_made_again(db: AsyncEngine) -> None:
    async with db.begin() as conn:
        a = (await company(conn)).tenant
    hub = keys(db)
    await hub.check()
    await destroy(hub, a, SIGNER, NOW, although="active")

    for again in (
        hub.box(a.id),
        rotate(hub, a.id, NOW),
        destroy(hub, a, SIGNER, NOW, although="active"),
    ):
        with pytest.raises(Destroyed):
            await again


async def held(db: AsyncEngine, tmp_path: Path, what: bytes) -> bool:
    """Whether the bytes are in the database's files; in the table's own, of PostgreSQL."""
    if db.dialect.name == "sqlite":
        return any(what in content for content in contents(tmp_path))
    async with db.connect() as conn:
        page = "SELECT string_agg(encode(get_raw_page('tenant_keys', n::int), 'hex'), '')"
        await conn.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pageinspect")
        pages = "generate_series(0, pg_relation_size('tenant_keys') / 8192 - 1) AS n"
        found = (await conn.exec_driver_sql(f"{page} FROM {pages}")).scalar_one()
        return what.hex() in found


def contents(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.iterdir() if file.name.startswith("zaiseki.db")]
