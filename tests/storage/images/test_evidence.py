"""The states of images, who looked at them, and the policy, on both databases."""

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.access import Scope
from hub.protocol.agents import EvidencePiece, EvidenceReport
from hub.protocol.facts import EvidenceKind, EvidenceLevel, EvidenceState, Policy
from hub.protocol.images import Claim, Offer
from storage.consent.policy import narrow_group, policy_for, set_policy
from storage.errors import Missing, Taken
from storage.images.evidence import (
    Before,
    EvidenceRow,
    emptied,
    erase_for,
    evidence,
    expected,
    left_in_vault,
    offered,
    one_image,
    stored,
    tell_pieces,
)
from storage.images.viewings import ViewingKind, end_viewing, open_viewing, opened_by, viewings
from storage.seats.devices import LinkedDevice, add_device
from storage.seats.transitions import Number, Told, record, recorded_upto
from tests.record import NOW, Company, company, person

NOON = NOW.timestamp()
PENDING, STORED = EvidenceState.PENDING, EvidenceState.STORED
ABSENT, OVERWRITTEN, ERASED = (
    EvidenceState.ABSENT, EvidenceState.OVERWRITTEN, EvidenceState.ERASED,
)  # fmt: skip


@pytest.fixture
def db(record: AsyncEngine) -> AsyncEngine:
    """The tables, empty, on each kind of database; `record` is a verb here."""
    return record


async def linked(conn: AsyncConnection, a: Company, login: str, *groups: int) -> LinkedDevice:
    member = await person(conn, a.id, login, groups=groups)
    device = await add_device(conn, a.id, member, "PC", NOW)
    return LinkedDevice(a.id, member, device.id, login)


def piece(
    number: int, state: EvidenceState, incident: str | None = None, at: float = NOON
) -> EvidencePiece:
    id, kind = f"{number:032x}", EvidenceKind.CAMERA
    why = "disk" if state is ABSENT else None
    return EvidencePiece(id, kind, at, state, incident, reason=why)


def offer(number: int, sha256: str = "ab" * 32) -> Offer:
    id, kind = f"{number:032x}", EvidenceKind.CAMERA
    said = Claim(id, kind, NOON, "image/jpeg", 9, 64, 48, sha256)
    return Offer(said, b"k" * 32, b"s" * 64)


async def states(conn: AsyncConnection, tenant: int) -> dict[int, EvidenceState]:
    rows = await evidence(conn, Scope(tenant, everybody=True), 100)
    return {int(row.id, 16): row.state for row in rows}


async def test_the_report_and_the_upload_may_come_in_any_order(db: AsyncEngine) -> None:
    async with db.begin() as conn:
        a = await company(conn)
        pc = await linked(conn, a, "mori")

        async def tell(*pieces: EvidencePiece) -> None:
            await tell_pieces(conn, a.id, pc.member, pc.device, pieces, NOW)

        await tell(piece(1, PENDING), piece(2, PENDING), piece(3, OVERWRITTEN), piece(4, ABSENT))
        assert await offered(conn, pc, offer(1), NOW) is PENDING
        assert await offered(conn, pc, offer(5), NOW) is PENDING
        assert await stored(conn, a.id, offer(5).claim.id, NOW) is STORED
        await tell(piece(5, PENDING), piece(2, OVERWRITTEN), piece(5, OVERWRITTEN))

        assert await states(conn, a.id) == {
            1: PENDING, 2: OVERWRITTEN, 3: OVERWRITTEN, 4: ABSENT, 5: STORED,
        }  # fmt: skip
        wanted = await expected(conn, pc, offer(1).claim.id)
        assert (wanted.state, wanted.size, wanted.media) == (PENDING, 9, "image/jpeg")
        with pytest.raises(Missing):
            await expected(conn, pc, piece(3, PENDING).id)


async def test_an_image_belongs_to_the_device_and_the_bytes_that_came_first(
    db: AsyncEngine,
) -> None:
    async with db.begin() as conn:
        a = await company(conn)
        pc, other = await linked(conn, a, "mori"), await linked(conn, a, "kato")
        await offered(conn, pc, offer(1), NOW)

        with pytest.raises(Taken):
            await offered(conn, pc, offer(1, "cd" * 32), NOW)
        with pytest.raises(Taken):
            await offered(conn, other, offer(1), NOW)
        with pytest.raises(Missing):
            await expected(conn, other, offer(1).claim.id)
        await tell_pieces(conn, a.id, other.member, other.device, [piece(1, ABSENT)], NOW)
        assert await states(conn, a.id) == {1: PENDING}


@pytest.mark.requirement("R38")
async def test_a_report_that_comes_again_is_recorded_once(db: AsyncEngine) -> None:
    async with db.begin() as conn:
        a = await company(conn)
        pc = await linked(conn, a, "mori")
        report = EvidenceReport(7, NOON, (piece(1, PENDING), piece(2, ABSENT)))
        told = Told(pc.member, Number(pc.device, "e", 7), report, NOON)
        for _ in range(2):
            await record(conn, a.id, [], [], [], NOW, [told])

        assert await states(conn, a.id) == {1: PENDING, 2: ABSENT}
        assert await recorded_upto(conn, a.id, [(pc.device, "e")]) == {(pc.device, "e"): 7}


@pytest.mark.requirement("R40")
async def test_erasing_for_an_incident_leaves_tombstones_and_touches_no_other(
    db: AsyncEngine,
) -> None:
    async with db.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")
        for tenant in (a, b):
            pc = await linked(conn, tenant, "mori")
            pieces = [piece(1, PENDING, "i"), piece(2, PENDING, "i"), piece(3, PENDING, "j")]
            await tell_pieces(conn, tenant.id, pc.member, pc.device, pieces, NOW)
            await offered(conn, pc, offer(1), NOW)
            await stored(conn, tenant.id, offer(1).claim.id, NOW)

        assert await erase_for(conn, a.id, "i", NOW) == 2
        assert await erase_for(conn, a.id, "i", NOW) == 0
        assert await states(conn, a.id) == {1: ERASED, 2: ERASED, 3: PENDING}
        assert await states(conn, b.id) == {1: STORED, 2: PENDING, 3: PENDING}
        assert await stored(conn, a.id, offer(1).claim.id, NOW) is ERASED
        left = await left_in_vault(conn, 10)
        assert [(tenant, int(id, 16)) for tenant, id, _ in left] == [(a.id, 1)]
        await emptied(conn, a.id, left[0][1])
        assert await left_in_vault(conn, 10) == []
        row = await one_image(conn, Scope(a.id, everybody=True), offer(1).claim.id)
        assert (row.signature, row.public_key, row.erased_at) == (b"s" * 64, b"k" * 32, NOW)


@pytest.mark.requirement("R13")
async def test_images_come_in_pages_within_a_scope(db: AsyncEngine) -> None:
    async with db.begin() as conn:
        a = await company(conn)
        mori = await linked(conn, a, "mori", a.tokyo)
        kato = await linked(conn, a, "kato", a.development)
        times = [NOON + number // 2 for number in range(5)]
        mine = [piece(number, PENDING, at=at) for number, at in enumerate(times)]
        await tell_pieces(conn, a.id, mori.member, mori.device, mine, NOW)
        await tell_pieces(conn, a.id, kato.member, kato.device, [piece(9, PENDING)], NOW)

        scope = Scope(a.id, groups=frozenset({a.tokyo}))
        pages: list[EvidenceRow] = []
        before: Before | None = None
        while page := await evidence(conn, scope, 2, before):
            pages += page
            before = Before(page[-1].taken_at, page[-1].id)
        assert [int(row.id, 16) for row in pages] == [4, 3, 2, 1, 0]
        assert await evidence(conn, scope, 9, member=kato.member) == []
        with pytest.raises(Missing):
            await one_image(conn, scope, piece(9, PENDING).id)


@pytest.mark.requirement("R56")
async def test_whoever_looks_is_written_down_for_the_one_who_was_seen(
    db: AsyncEngine,
) -> None:
    async with db.begin() as conn:
        a = await company(conn)
        pc = await linked(conn, a, "mori")
        boss = await person(conn, a.id, "boss")
        await tell_pieces(conn, a.id, pc.member, pc.device, [piece(1, PENDING)], NOW)
        image, kinds = piece(1, PENDING).id, ViewingKind
        seen = await open_viewing(
            conn, a.id, boss, pc.member, kinds.EVIDENCE, "audit", NOW, evidence=image
        )
        live = await open_viewing(
            conn, a.id, boss, pc.member, kinds.LIVE, "work_check", NOW, device=pc.device
        )
        await end_viewing(conn, a.id, live, NOW)

        rows = await viewings(conn, Scope(a.id, member=pc.member), 10)
        assert [(row.id, row.kind, row.purpose, row.evidence) for row in rows] == [
            (live, kinds.LIVE, "work_check", None),
            (seen, kinds.EVIDENCE, "audit", image),
        ]
        assert rows[0].ended_at == NOW
        rest = await viewings(conn, Scope(a.id, member=pc.member), 10, (rows[0].at, rows[0].id))
        assert rest == rows[1:]
        assert await viewings(conn, Scope(a.id, member=boss), 10) == []
        assert await opened_by(conn, a.id, seen, boss, image, NOW)
        assert not await opened_by(conn, a.id, seen, pc.member, image, NOW)
        assert not await opened_by(conn, a.id, live, boss, image, NOW)


async def test_the_narrowest_of_all_groups_is_in_force(db: AsyncEngine) -> None:
    async with db.begin() as conn:
        a = await company(conn)
        mori = await person(conn, a.id, "mori", groups=[a.tokyo, a.development])
        kato = await person(conn, a.id, "kato")
        assert await policy_for(conn, a.id, mori) == Policy()

        wide = Policy(EvidenceLevel.PERIODIC, 60.0, "high", challenge=True, hint=True)
        await set_policy(conn, a.id, wide)
        await narrow_group(conn, a.id, a.sales, EvidenceLevel.STATE_ONLY)
        await narrow_group(conn, a.id, a.development, EvidenceLevel.INCIDENT_ONLY)
        assert (await policy_for(conn, a.id, mori)).evidence is EvidenceLevel.STATE_ONLY
        assert await policy_for(conn, a.id, kato) == wide

        await narrow_group(conn, a.id, a.sales, None)
        assert (await policy_for(conn, a.id, mori)).evidence is EvidenceLevel.INCIDENT_ONLY
        with pytest.raises(Missing):
            await narrow_group(conn, a.id, 999, None)
