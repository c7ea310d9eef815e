"""What is older than three months goes by itself, and the chain stays whole."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.jobs import retention
from hub.jobs.retention import sweep, sweep_due
from storage.erasing import progress
from storage.erasing.calendar import TOKYO
from storage.models.base import Base
from storage.models.chain import ChainEntry
from storage.models.erasure import Erasure
from storage.models.images import Consent, Evidence, EvidenceStep, Viewing
from storage.models.incidents import Incident, IncidentStep, IncidentVerdict
from storage.models.log import LogEntry
from storage.models.notices import Notice, NoticeEvent
from storage.models.seats import Gap, Punch, Snapshot, Transition
from storage.people.members import disable_member
from storage.proof.heads import seal
from storage.proof.log import What
from storage.proof.verification import verify_tenant
from storage.seats.transitions import last_states
from tests.record import SIGNER
from tests.storage.erasing.lives import Life, life

NOW = datetime(2026, 11, 15, 3, tzinfo=UTC)
FIRST = datetime(2026, 8, 1, tzinfo=TOKYO)
LAST_OF_JULY = FIRST - timedelta(milliseconds=1)
TABLES: tuple[type[Base], ...] = (
    Evidence, Viewing, Incident, IncidentVerdict, IncidentStep, EvidenceStep, Gap, Transition,
    Snapshot, Notice, NoticeEvent, Punch,
)  # fmt: skip
TWICE = (Evidence, Transition, Punch)


@pytest.fixture
async def mori(
    record: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Life]:
    monkeypatch.setattr(retention, "PAUSE_S", 0.0)
    yield await life(record, tmp_path)


def one_of_each(left: int) -> dict[str, int]:
    """As many as were lived, of everything but punches, which stay."""
    return {table.__tablename__: (2 if table in TWICE else 1) * left for table in TABLES}


async def whole(mori: Life) -> int:
    """Nothing is broken; how many rows were lawfully erased."""
    while await seal(mori.engine, SIGNER, mori.a.id, NOW):
        pass
    async with mori.engine.connect() as conn:
        found = await verify_tenant(conn, mori.a.id, {SIGNER.public_key}, [])
    assert found.broken == []
    return found.erased


@pytest.mark.requirement("R52")
async def test_of_the_15th_of_november_july_is_gone_and_august_is_there(mori: Life) -> None:
    for at in (LAST_OF_JULY - timedelta(days=40), LAST_OF_JULY, FIRST, NOW):
        await mori.lived(at)
    kept = {id for id, at in mori.images.items() if at >= FIRST}
    assert await mori.counts(*TABLES) == one_of_each(4)
    assert await whole(mori) == 0

    await sweep(mori.vault, mori.a.id, NOW)

    assert await mori.counts(*TABLES) == one_of_each(2) | {"punches": 8}
    assert await mori.left() == mori.files == kept
    assert await whole(mori) == 2 * (2 + 1 + 1 + 1)  # images, viewing, incident, verdict
    async with mori.engine.connect() as conn:
        logged = select(LogEntry.subject).where(LogEntry.what == What.RECORD_PURGED)
        (told,) = (await conn.execute(logged)).scalars().all()
        salts = select(func.count()).where(ChainEntry.salt.is_(None))
        assert (await conn.execute(salts)).scalar_one() >= await whole(mori)
    gone = {
        "image": 4, "image_row": 4, "viewing": 2, "incident": 2, "transition": 4, "step": 4,
        "gap": 2, "snapshot": 2, "notice": 4,
    }  # fmt: skip
    assert told == {"before": FIRST.isoformat(), "gone": gone}
    await sweep(mori.vault, mori.a.id, NOW)
    assert await mori.counts(*TABLES) == one_of_each(2) | {"punches": 8}


@pytest.mark.requirement("R52")
async def test_a_silent_seats_last_word_stays_while_its_member_does(mori: Life) -> None:
    for days in (3, 2, 1):
        await mori.lived(LAST_OF_JULY - timedelta(days=days))
    await sweep(mori.vault, mori.a.id, NOW)
    assert await mori.counts(Transition, Snapshot) == {"transitions": 1, "snapshots": 1}
    async with mori.engine.connect() as conn:
        (seat,), heard = await last_states(conn, mori.a.id)
    assert (seat.member, heard) == (mori.pc.member, (LAST_OF_JULY - timedelta(days=1)).timestamp())

    async with mori.engine.begin() as conn:
        await disable_member(conn, mori.a.id, mori.pc.member, NOW)
    await sweep(mori.vault, mori.a.id, NOW)
    assert await mori.counts(Transition) == {"transitions": 0}


@pytest.mark.requirement("R52")
async def test_an_old_image_that_was_looked_at_lately_goes_but_not_who_looked(mori: Life) -> None:
    await mori.lived(LAST_OF_JULY)
    await mori.looked_at(next(iter(mori.images)), FIRST)

    await sweep(mori.vault, mori.a.id, NOW)

    assert mori.files == set()
    assert await mori.counts(Viewing, Evidence) == {"viewings": 1, "evidence": 1}
    await sweep(mori.vault, mori.a.id, datetime(2026, 12, 1, tzinfo=TOKYO))
    assert await mori.counts(Viewing, Evidence) == {"viewings": 0, "evidence": 0}
    assert await whole(mori) > 0


@pytest.mark.requirement("R52")
async def test_a_clock_that_was_years_ahead_keeps_nothing_longer(mori: Life) -> None:
    await mori.lived(LAST_OF_JULY, said=datetime(2099, 1, 1, tzinfo=UTC))
    await mori.lived(FIRST, said=datetime(2099, 1, 2, tzinfo=UTC))
    before = one_of_each(2)
    assert await mori.counts(*TABLES) == before

    await sweep(mori.vault, mori.a.id, NOW)

    assert await mori.counts(*TABLES) == one_of_each(1) | {"punches": 4}
    assert len(mori.files) == 2
    assert await whole(mori) > 0


async def test_of_two_hubs_one_looks_through_a_tenant_and_once_a_day(
    mori: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = NOW
    monkeypatch.setattr(retention, "utc_now", lambda: now)
    async with mori.engine.begin() as conn:
        assert await progress.claim(conn, mori.a.id, now)
        assert not await progress.claim(conn, mori.a.id, now)
        assert await progress.due(conn, now, 10) == []
    await mori.lived(LAST_OF_JULY)

    now += progress.CLAIM + timedelta(seconds=1)  # whoever had claimed it is dead
    await sweep_due(mori.vault)
    assert mori.files == set()
    async with mori.engine.connect() as conn:
        swept = (await conn.execute(select(Erasure))).one()
        assert (swept.swept_at, swept.claimed_until, swept.gone) == (now, None, {})
        assert await progress.due(conn, now + timedelta(hours=19), 10) == []
        assert await progress.due(conn, now + timedelta(hours=21), 10) == [mori.a.id]


@pytest.mark.requirement("R52")
async def test_killed_in_the_middle_it_goes_on_and_counts_all(
    mori: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days in range(3):
        await mori.lived(LAST_OF_JULY - timedelta(days=days))
    async with mori.engine.begin() as conn:
        await progress.claim(conn, mori.a.id, NOW)
    monkeypatch.setattr(retention, "OF_DEVICE", None)
    with pytest.raises(TypeError):
        await sweep(mori.vault, mori.a.id, NOW)
    monkeypatch.undo()
    monkeypatch.setattr(retention, "PAUSE_S", 0.0)

    await sweep(mori.vault, mori.a.id, NOW)

    async with mori.engine.connect() as conn:
        logged = select(LogEntry.subject).where(LogEntry.what == What.RECORD_PURGED)
        (told,) = (await conn.execute(logged)).scalars().all()
    assert (told["gone"]["image"], told["gone"]["gap"]) == (6, 3)
    assert await mori.counts(Consent) == {"consents": 4}
    assert await whole(mori) > 0
