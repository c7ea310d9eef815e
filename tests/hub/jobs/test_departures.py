"""Who has gone is erased by itself: a member who left, a tenant a month after its end."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Role
from hub.jobs import departures, retention
from hub.jobs.departures import erase_ended, erase_left, erase_tenant
from hub.live.broker import Broker, key
from hub.live.servers import Servers
from storage.erasing.calendar import LEFT_AFTER
from storage.erasing.departures import left_members, owed
from storage.models.base import Base
from storage.models.erasure import Erasure
from storage.models.images import Consent, Enrolment, Evidence, EvidenceStep, Viewing
from storage.models.incidents import Incident, IncidentStep, IncidentVerdict
from storage.models.log import LogEntry
from storage.models.machines import KeptAnswer
from storage.models.people import Member, Session, Tenant
from storage.models.seats import Device, Gap, Punch, Snapshot, Transition
from storage.models.signin import KnownBrowser, Mail, PasswordLink, Totp
from storage.models.webhooks import WebhookDelivery, WebhookEndpoint
from storage.outgoing.mails import enqueue
from storage.people import kept_answers
from storage.people.kept_answers import Asked
from storage.people.known_browsers import know_browser
from storage.people.members import Edit, disable_member, edit_member, enable_member
from storage.people.password_links import open_link
from storage.people.second_factors import begin_totp
from storage.people.sessions import open_session
from storage.people.tenants import Contact, TenantState, edit_tenant, set_state
from storage.proof.heads import seal
from storage.proof.log import What
from storage.proof.signing import is_signed
from storage.proof.verification import verify_tenant
from storage.sealing.keys import Destroyed
from storage.sealing.rotation import Certificate, certificate
from storage.seats.devices import device_of
from tests.clock import until
from tests.hubs import running
from tests.record import NOW, SIGNER
from tests.storage.erasing.lives import Life, enrolled, hooked, life

A_MONTH = datetime(2026, 12, 20, 9, tzinfo=UTC) - NOW  # as the calendar has it from NOW on
PAST: tuple[type[Base], ...] = (
    Evidence, Viewing, Incident, IncidentVerdict, IncidentStep, EvidenceStep, Gap, Transition,
    Snapshot, WebhookDelivery,
)  # fmt: skip
WAYS_IN: tuple[type[Base], ...] = (Session, KeptAnswer, PasswordLink, KnownBrowser, Totp)
THEIRS: tuple[type[Base], ...] = (*PAST, *WAYS_IN, Enrolment, Mail, WebhookEndpoint)


@pytest.fixture
async def mori(
    record: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Life]:
    """A member with one of everything."""
    monkeypatch.setattr(retention, "PAUSE_S", 0.0)
    yield await with_everything(await life(record, tmp_path))


async def with_everything(one: Life) -> Life:
    await one.lived(NOW)
    await enrolled(one)
    await hooked(one)
    tenant, member = one.a.id, one.pc.member
    box = await one.vault.keys.box(tenant)
    async with one.engine.begin() as conn:
        await open_session(conn, tenant, member, "browser", NOW)
        await open_link(conn, tenant, member, "reset", NOW)
        await know_browser(conn, tenant, member, NOW)
        await begin_totp(conn, box, member, secrets.token_bytes(20), NOW)
        await edit_member(conn, tenant, member, Edit(email="mori@example.com"))
        await edit_tenant(conn, tenant, contact=Contact("森", "総務", "soumu@example.com", "03"))
        await enqueue(
            conn, box, recipient="mori@example.com", subject="件名", text="本文", now=NOW,
            life=timedelta(days=1),
        )  # fmt: skip
        session = (await conn.execute(select(func.max(Session.id)))).scalar_one()
    asked = Asked(tenant, session, b"key", b"request")
    assert await kept_answers.begin(one.engine, asked, NOW) is None
    return one


async def whole(one: Life) -> None:
    while await seal(one.engine, SIGNER, one.a.id, NOW):
        pass
    async with one.engine.connect() as conn:
        found = await verify_tenant(conn, one.a.id, {SIGNER.public_key}, [])
    assert found.broken == []


async def logged(one: Life, what: What) -> list[LogEntry]:
    async with one.engine.connect() as conn:
        rows = await conn.execute(select(LogEntry).where(LogEntry.what == what))
        return [LogEntry(**row._mapping) for row in rows]


# ---- members


@pytest.mark.requirement("R54")
async def test_who_left_a_week_ago_has_no_face_and_no_way_in_any_more(
    mori: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with mori.engine.begin() as conn:
        await disable_member(conn, mori.a.id, mori.pc.member, NOW)
        assert await left_members(conn, NOW + LEFT_AFTER - timedelta(seconds=1), 10) == []
    monkeypatch.setattr(departures, "utc_now", lambda: NOW + LEFT_AFTER)
    with_incident, periodic = mori.images

    await erase_left(mori.engine)

    assert set((await mori.counts(*WAYS_IN, Enrolment)).values()) == {0}
    async with mori.engine.connect() as conn:
        one = (await conn.execute(select(Member).where(Member.id == mori.pc.member))).one()
        assert (one.name, one.email, one.password_hash) == ("moriさん", None, None)
        device = (await conn.execute(select(Device))).one()
        assert (device.name, device.revoked_at is not None) == ("", True)
        rows = await conn.execute(select(Evidence.id, Evidence.state))
        states = {row.id: row.state for row in rows}
        assert states == {with_incident: "stored", periodic: "erased"}
        assert await left_members(conn, NOW + LEFT_AFTER, 10) == []
    kept: tuple[type[Base], ...] = (Incident, Punch, Transition, Consent)
    assert all((await mori.counts(*kept)).values())  # those go by their age, or by law
    (entry,) = await logged(mori, What.MEMBER_ERASED)
    assert (entry.subject["member"], entry.subject["enrolments"]) == (mori.pc.member, 1)
    await whole(mori)


@pytest.mark.requirement("R54")
async def test_who_was_let_in_again_within_the_week_keeps_everything(
    mori: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await mori.counts(*THEIRS)
    async with mori.engine.begin() as conn:
        await disable_member(conn, mori.a.id, mori.pc.member, NOW)
        await enable_member(conn, mori.a.id, mori.pc.member)
    monkeypatch.setattr(departures, "utc_now", lambda: NOW + 2 * LEFT_AFTER)

    await erase_left(mori.engine)

    assert await mori.counts(*THEIRS) == before


# ---- tenants


async def ended(one: Life) -> None:
    """Said twice: the first time counts."""
    for at in (NOW, NOW + timedelta(days=5)):
        async with one.engine.begin() as conn:
            await set_state(conn, one.a.id, TenantState.ENDED, "", at)


@pytest.mark.requirement("R53", "R78")
async def test_a_month_after_its_end_nothing_of_a_tenant_can_be_seen(
    mori: Life, tmp_path: Path, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await with_everything(await life(mori.engine, tmp_path / "b", "株式会社B"))
    before = await other.counts(*THEIRS)
    broker = Broker(Servers(redis, redis))
    for one in (mori, other):
        await broker.open(one.a.id, "epoch")
        await redis.hset(f"{key(one.a.id, 'unrecorded')}:{one.pc.device}", "a", "row")
    box = await mori.vault.keys.box(mori.a.id)
    await ended(mori)
    async with mori.engine.connect() as conn:
        assert await owed(conn, NOW + A_MONTH - timedelta(seconds=1)) == []
        assert [one.tenant for one in await owed(conn, NOW + A_MONTH)] == [mori.a.id]
    monkeypatch.setattr(departures, "utc_now", lambda: NOW + A_MONTH)

    await erase_ended(mori.vault, broker, SIGNER)

    assert set((await mori.counts(*THEIRS)).values()) == {0}
    assert mori.files == set() and len(other.files) == 2
    assert await other.counts(*THEIRS) == before
    assert await redis.keys(f"{key(mori.a.id, '')}*") == []
    assert len(await redis.keys(f"{key(other.a.id, '')}*")) == 2
    with pytest.raises(Destroyed):
        await mori.vault.keys.read(mori.a.id)
    async with mori.engine.connect() as conn:
        signed = await certificate(conn, mori.a.id)
        stated = msgspec.json.decode(signed.statement, type=Certificate)
        assert is_signed(signed.public_key, signed.signature, signed.statement.encode())
        assert (stated.keys, stated.unreadable["image"]) == ([box.current], 2)
        member = (await conn.execute(select(Member).where(Member.id == mori.pc.member))).one()
        assert (member.email, member.password_hash) == (None, None)
        assert member.disabled_at is not None
        tenant = (await conn.execute(select(Tenant).where(Tenant.id == mori.a.id))).one()
        assert (tenant.contact_name, tenant.contact_email) == ("", "")
        assert await owed(conn, NOW + A_MONTH) == []
    assert {one.tenant_id for one in await logged(mori, What.TENANT_ERASED)} == {mori.a.id, None}
    assert all((await mori.counts(Punch, Consent, LogEntry)).values())  # the law wants them longer
    await whole(mori)


@pytest.mark.requirement("R53")
async def test_killed_in_the_middle_it_is_gone_on_with(
    mori: Life, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ended(mori)
    broker = Broker(Servers(redis, redis))
    monkeypatch.setattr(retention, "OF_DEVICE", None)
    with pytest.raises(TypeError):
        await erase_tenant(mori.vault, broker, SIGNER, mori.a.id, NOW + A_MONTH)
    assert mori.files == set()
    monkeypatch.undo()

    await erase_tenant(mori.vault, broker, SIGNER, mori.a.id, NOW + A_MONTH)

    assert set((await mori.counts(*THEIRS)).values()) == {0}
    async with mori.engine.connect() as conn:
        assert (await conn.execute(select(Erasure.erased_at))).scalar_one() == NOW + A_MONTH
    mine, _ = await logged(mori, What.TENANT_ERASED)
    assert (mine.subject["gone"]["image"], mine.subject["gone"]["gap"]) == (2, 1)


@pytest.mark.requirement("R53")
async def test_a_tenant_that_goes_on_after_all_loses_nothing(mori: Life, redis: Redis) -> None:
    await ended(mori)
    async with mori.engine.begin() as conn:
        await set_state(conn, mori.a.id, TenantState.ACTIVE, "", NOW)

    await erase_tenant(mori.vault, Broker(Servers(redis, redis)), SIGNER, mori.a.id, NOW + A_MONTH)

    assert all((await mori.counts(*PAST)).values())
    await mori.vault.keys.read(mori.a.id)


@pytest.mark.requirement("R53", "R54")
async def test_a_running_hub_does_it_and_its_boards_forget_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(departures, "EVERY_S", 0.05)
    async with running(tmp_path) as hub:
        office, other = await hub.office(), await hub.office("株式会社B")
        _, device = await office.worker("mori")
        boss = await other.member("boss", Role.ADMINISTRATOR)
        async with hub.engine.begin() as conn:
            long_ago = datetime.now(UTC) - timedelta(days=40)
            await set_state(conn, office.id, TenantState.ENDED, "", long_ago)

        async def erased() -> bool:
            async with hub.engine.connect() as conn:
                wanted = select(Erasure.erased_at).where(Erasure.tenant_id == office.id)
                return (await conn.execute(wanted)).scalar_one_or_none() is not None

        await until(erased)
        async with hub.engine.connect() as conn:
            await certificate(conn, office.id)
            assert await device_of(conn, device.token) is None
            left = select(func.count()).select_from(Session)
            assert (await conn.execute(left)).scalar_one() == 0
        assert await other.signed_in(boss)
