"""Who is told: types by name or by their first part, groups with all below them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.protocol.facts import Label
from storage.webhooks.endpoints import Wishes
from storage.webhooks.events import TYPES, Event, PresenceUpdated, RetentionPurged
from storage.webhooks.outbox import enqueue, ping, wants
from tests.outbox import Outbox, incident, presence
from tests.record import NOW, Company, company, person

ANY = "https://h.example/"


@given(st.sampled_from(TYPES))
def test_a_type_is_wanted_by_its_name_by_its_first_part_and_by_everything(kind: str) -> None:
    first = kind.partition(".")[0]

    assert wants("*", kind) and wants(kind, kind) and wants(f"{first}.*", kind)
    assert wants(f"webhook.ping {first}.*", kind)
    assert not wants("", kind)
    assert not wants("webhook.ping", kind)
    assert not wants(f"{first}", kind)
    assert not wants(f"x{first}.*", kind)


@given(st.sampled_from(TYPES), st.sampled_from(TYPES))
def test_a_prefix_lets_through_its_own_family_only(one: str, other: str) -> None:
    family = one.partition(".")[0]

    assert wants(f"{family}.*", other) == (other.partition(".")[0] == family)


# ---- on each database


@pytest.fixture
async def firm(record: AsyncEngine) -> Company:
    async with record.begin() as conn:
        return await company(conn)


def about(member: int, seq: int = 1) -> Event:
    seen = presence(seq, Label.AWAY).data
    assert isinstance(seen, PresenceUpdated)
    moved = PresenceUpdated(
        epoch=seen.epoch, seq=seq, member=member, label=seen.label, since=seen.since,
        work=seen.work, presence=seen.presence, link=seen.link, capture=seen.capture,
    )  # fmt: skip
    return Event(f"e:{seq}:{member}", NOW, moved)


async def heard(outbox: Outbox, endpoint: int) -> list[Any]:
    return [row.type for row in await outbox.rows() if row.endpoint_id == endpoint]


async def test_a_group_counts_with_all_below_it(record: AsyncEngine, firm: Company) -> None:
    outbox = Outbox(record, firm.id)
    async with record.begin() as conn:
        below = await person(conn, firm.id, "below", groups=[firm.tokyo])
        inside = await person(conn, firm.id, "inside", groups=[firm.sales])
        elsewhere = await person(conn, firm.id, "elsewhere", groups=[firm.development])
        nowhere = await person(conn, firm.id, "nowhere")
    sales, _ = await outbox.endpoint(ANY, wishes=Wishes(ANY, groups=(firm.sales,)))
    tokyo, _ = await outbox.endpoint(ANY, wishes=Wishes(ANY, groups=(firm.tokyo,)))
    every, _ = await outbox.endpoint(ANY)

    await outbox.put(*(about(one) for one in (below, inside, elsewhere, nowhere)))

    assert len(await heard(outbox, every)) == 4
    assert len(await heard(outbox, sales)) == 2
    assert len(await heard(outbox, tokyo)) == 1


async def test_both_filters_have_to_let_it_through(record: AsyncEngine, firm: Company) -> None:
    outbox = Outbox(record, firm.id)
    async with record.begin() as conn:
        mori = await person(conn, firm.id, "mori", groups=[firm.tokyo])
    wishes = Wishes(ANY, types=("incident.*",), groups=(firm.tokyo,))
    both, _ = await outbox.endpoint(ANY, wishes=wishes)

    assert not await outbox.put(about(mori), incident(2))
    assert await heard(outbox, both) == []


async def test_what_is_about_nobody_passes_no_group_filter(
    record: AsyncEngine, firm: Company
) -> None:
    outbox = Outbox(record, firm.id)
    some, _ = await outbox.endpoint(ANY, wishes=Wishes(ANY, groups=(firm.sales,)))
    every, _ = await outbox.endpoint(ANY)

    await outbox.put(Event("p", NOW, RetentionPurged(NOW, {"image": 3})))
    async with record.begin() as conn:
        await ping(conn, firm.id, some, NOW)

    assert await heard(outbox, every) == ["retention.purged"]
    assert await heard(outbox, some) == ["webhook.ping"]


async def test_a_group_of_another_tenant_lets_nobody_through(
    record: AsyncEngine, firm: Company
) -> None:
    async with record.begin() as conn:
        other = await company(conn, "株式会社B")
        theirs = await person(conn, other.id, "theirs", groups=[other.sales])
    outbox = Outbox(record, firm.id)
    await outbox.endpoint(ANY, wishes=Wishes(ANY, groups=(firm.sales,)))

    async with record.begin() as conn:
        assert not await enqueue(conn, firm.id, [about(theirs)], NOW)
