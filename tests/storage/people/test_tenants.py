"""Contracts: their states, seats and contact, the operators' home; members and groups in them."""

from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Role, Scope
from storage.errors import Conflict, Missing, Rule, Taken
from storage.people.directory import directory
from storage.people.groups import (
    edit_group,
    groups,
    headcounts,
    path_of,
    remove_group,
    set_supervisors,
    supervisors,
)
from storage.people.members import (
    Edit,
    Search,
    add_people,
    count_members,
    disable_member,
    edit_member,
    enable_member,
    member,
    members,
    require_managed,
)
from storage.people.sessions import actor_of, alive, open_session
from storage.people.tenants import (
    Contact,
    TenantState,
    create_tenant,
    edit_tenant,
    limit_seats,
    only_tenant,
    operators_home,
    set_state,
    tenant,
    tenant_page,
    tenants,
)
from storage.seats.devices import add_device, device_of, waiting_of
from tests.record import NOW, company, person

CLOSED = (TenantState.SUSPENDED, TenantState.ENDED)


@pytest.mark.requirement("R76")
@pytest.mark.parametrize("state", CLOSED)
async def test_a_suspended_or_ended_tenant_lets_nobody_in_and_forgets_nothing(
    record: AsyncEngine, state: TenantState
) -> None:
    async with record.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")
        mori, other = await person(conn, a.id, "mori"), await person(conn, b.id, "mori")
        token = await open_session(conn, a.id, mori, "browser", NOW)
        theirs = await open_session(conn, b.id, other, "browser", NOW)
        pc = await add_device(conn, a.id, mori, "PC", NOW)
        session = await actor_of(conn, token, NOW)
        assert session

        await set_state(conn, a.id, state, "未払い", NOW)

        assert await actor_of(conn, token, NOW) is None
        assert await alive(conn, [session.session], NOW) == frozenset()
        assert await device_of(conn, pc.token) is None
        assert await waiting_of(conn, pc.token) is (state is TenantState.SUSPENDED)
        seen = await directory(conn, a.id)
        assert (seen.members, seen.devices, seen.state) == ({}, {}, state)
        assert await actor_of(conn, theirs, NOW) is not None

        await set_state(conn, a.id, TenantState.ACTIVE, "", NOW)

        assert await actor_of(conn, token, NOW) == session
        assert await device_of(conn, pc.token) is not None
        assert set((await directory(conn, a.id)).devices) == {pc.id}


async def test_before_its_start_people_prepare_and_no_device_reports(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        mori = await person(conn, a.id, "mori")
        token = await open_session(conn, a.id, mori, "browser", NOW)
        pc = await add_device(conn, a.id, mori, "PC", NOW)

        await set_state(conn, a.id, TenantState.BEFORE_START, "", NOW)

        assert await actor_of(conn, token, NOW) is not None
        assert await device_of(conn, pc.token) is None
        assert await waiting_of(conn, pc.token)
        seen = await directory(conn, a.id)
        assert (set(seen.members), seen.devices) == ({mori}, {})


@pytest.mark.requirement("R26")
async def test_a_contact_record_is_changed_as_a_whole_and_the_rest_stays(
    record: AsyncEngine,
) -> None:
    contact = Contact("契約 太郎", "総務部", "taro@example.com", "03-0000-0000")
    async with record.begin() as conn:
        made = await create_tenant(conn, "株式会社A", NOW, seat_limit=5)

        await edit_tenant(conn, made.id, contact=contact)
        await edit_tenant(conn, made.id, name="株式会社B")

        assert await tenant(conn, made.id) == replace(made, name="株式会社B", contact=contact)
        with pytest.raises(Missing):
            await edit_tenant(conn, made.id + 1, name="x")


@pytest.mark.requirement("R55")
async def test_the_operators_home_is_no_customer_and_has_operators_only(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        assert await operators_home(conn) is None
        home = await create_tenant(conn, "運用", NOW, operators=True)
        a = await company(conn)

        await person(conn, home.id, "op", Role.OPERATOR)

        assert await operators_home(conn) == home
        assert [row.id for row in await tenants(conn)] == [a.id]
        assert [row.id for row in await tenant_page(conn, 0, 10)] == [a.id]
        assert await only_tenant(conn) == await tenant(conn, a.id)
        for place, role in ((a.id, Role.OPERATOR), (home.id, Role.ADMINISTRATOR)):
            with pytest.raises(Conflict) as refused:
                await person(conn, place, "x", role)
            assert refused.value.rule is Rule.OTHER_HOME
        mori = await person(conn, a.id, "mori")
        with pytest.raises(Conflict):
            await edit_member(conn, a.id, mori, Edit(role=Role.OPERATOR))


async def test_customers_are_found_by_part_of_their_name_or_their_system_id(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        made = [await create_tenant(conn, name, NOW) for name in ("青葉商事", "若葉工業", "100%")]

        assert await tenant_page(conn, 0, 9, "葉") == made[:2]
        assert await tenant_page(conn, 0, 9, made[1].system_id.lower()) == [made[1]]
        assert await tenant_page(conn, 0, 9, "%") == [made[2]]
        assert await tenant_page(conn, made[0].id, 1) == [made[1]]


@pytest.mark.requirement("R75")
async def test_when_all_seats_are_taken_nobody_is_added_or_enabled(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        mori, sato = await person(conn, a.id, "mori"), await person(conn, a.id, "sato")
        await limit_seats(conn, a.id, 2)

    with pytest.raises(Conflict, match="all 2 seats"):
        async with record.begin() as conn:
            await person(conn, a.id, "kato")
    with pytest.raises(Conflict, match="all 2 seats"):
        async with record.begin() as conn:
            await add_people(conn, a.id, [Edit("kato", "加藤")], NOW)

    async with record.begin() as conn:
        await disable_member(conn, a.id, mori, NOW)
        kato = await person(conn, a.id, "kato")
    with pytest.raises(Conflict):
        async with record.begin() as conn:
            await enable_member(conn, a.id, mori)

    async with record.begin() as conn:
        await limit_seats(conn, a.id, 1)

        active = await members(conn, Scope(a.id, everybody=True), Search(disabled=False))
        assert {row.id for row in active} == {sato, kato}, "a smaller contract takes nobody out"


async def test_members_are_found_by_name_login_role_group_and_state_page_by_page(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        everybody = Scope(a.id, everybody=True)
        ids = [await person(conn, a.id, f"user{n:02}", groups=[a.tokyo]) for n in range(5)]
        await person(conn, a.id, "boss", Role.ADMINISTRATOR)
        await disable_member(conn, a.id, ids[4], NOW)

        async def found(search: Search) -> list[str]:
            rows = await members(conn, everybody, search)
            assert len(rows) == await count_members(conn, everybody, search)
            return [row.login for row in rows]

        assert await found(Search("ＵＳＥＲ０")) == [f"user{n:02}" for n in range(5)]
        assert await found(Search("user03さ")) == ["user03"]
        assert await found(Search("_")) == []
        assert await found(Search(role=Role.ADMINISTRATOR)) == ["boss"]
        assert await found(Search(group=a.tokyo, disabled=True)) == ["user04"]
        assert await found(Search(group=a.sales)) == []

        first = await members(conn, everybody, limit=2)
        second = await members(conn, everybody, after=first[-1].login, limit=2)
        assert [row.login for row in (*first, *second)] == ["boss", "user00", "user01", "user02"]
        assert second[0].groups == (a.tokyo,)


@pytest.mark.requirement("R1")
async def test_a_member_is_edited_and_keeps_what_was_not_given(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")
        everybody = Scope(a.id, everybody=True)
        sato = await person(
            conn, a.id, "sato", Role.SUPERVISOR, groups=[a.development], supervises=[a.sales]
        )
        await person(conn, a.id, "mori")
        before = await member(conn, everybody, sato)

        await edit_member(conn, a.id, sato, Edit(login="Ｓａｔｏ２", email="sato@example.com"))
        assert await member(conn, everybody, sato) == replace(
            before, login="sato2", email="sato@example.com"
        )
        await edit_member(conn, a.id, sato, Edit(role=Role.WORKER, groups=[a.tokyo], email=""))
        assert await member(conn, everybody, sato) == replace(
            before, login="sato2", role=Role.WORKER, groups=(a.tokyo,), supervises=()
        )

        with pytest.raises(Taken):
            await edit_member(conn, a.id, sato, Edit(login="mori"))
        with pytest.raises(Missing):
            await edit_member(conn, a.id, sato, Edit(groups=[b.sales]))
        with pytest.raises(Missing):
            await edit_member(conn, b.id, sato, Edit(name="x"))
        with pytest.raises(Missing):
            await member(conn, Scope(b.id, everybody=True), sato)


async def test_somebody_must_be_left_to_manage_the_members(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        boss = await person(conn, a.id, "boss", Role.ADMINISTRATOR)
        owner = await person(conn, a.id, "owner", Role.CONTRACTOR)
        await disable_member(conn, a.id, boss, NOW)
        await require_managed(conn, a.id)

        await edit_member(conn, a.id, owner, Edit(role=Role.AUDITOR))

        with pytest.raises(Conflict) as refused:
            await require_managed(conn, a.id)
        assert refused.value.rule is Rule.LAST_ADMINISTRATOR


@pytest.mark.requirement("R2")
async def test_a_group_moves_with_all_below_it_and_never_below_itself(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")

        await edit_group(conn, a.id, a.sales, "営業部", a.development)
        tree = await groups(conn, a.id)
        assert path_of(tree, a.tokyo) == "開発/営業部/東京"

        for under in (a.sales, a.tokyo):
            with pytest.raises(Conflict) as refused:
                await edit_group(conn, a.id, a.sales, "営業部", under)
            assert refused.value.rule is Rule.GROUP_RING
        with pytest.raises(Missing):
            await edit_group(conn, a.id, a.sales, "営業部", b.sales)
        with pytest.raises(Missing):
            await edit_group(conn, a.id, b.sales, "x", None)
        await edit_group(conn, a.id, a.tokyo, "東京", None)
        with pytest.raises(Taken):
            await edit_group(conn, a.id, a.tokyo, "開発", None)


async def test_a_group_is_removed_only_when_nobody_and_nothing_is_in_it(
    record: AsyncEngine,
) -> None:
    async with record.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")
        mori = await person(conn, a.id, "mori", groups=[a.tokyo])
        await person(conn, a.id, "sato", Role.SUPERVISOR, supervises=[a.tokyo])

        for full in (a.sales, a.tokyo):
            with pytest.raises(Conflict) as refused:
                await remove_group(conn, a.id, full)
            assert refused.value.rule is Rule.GROUP_NOT_EMPTY
        with pytest.raises(Missing):
            await remove_group(conn, a.id, b.development)
        await edit_member(conn, a.id, mori, Edit(groups=[]))
        await remove_group(conn, a.id, a.tokyo)
        await remove_group(conn, a.id, a.sales)

        assert set(await groups(conn, a.id)) == {a.development}
        assert set(await groups(conn, b.id)) == {b.sales, b.tokyo, b.development}


@pytest.mark.requirement("R2")
async def test_only_supervisors_of_the_tenant_supervise_its_groups(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a, b = await company(conn, "A"), await company(conn, "B")
        sato = await person(conn, a.id, "sato", Role.SUPERVISOR, supervises=[a.sales])
        kato = await person(conn, a.id, "kato", Role.SUPERVISOR)
        mori = await person(conn, a.id, "mori", groups=[a.tokyo])
        other = await person(conn, b.id, "sato", Role.SUPERVISOR)

        await set_supervisors(conn, a.id, a.tokyo, [kato, sato, kato])

        assert await supervisors(conn, a.id) == {a.sales: [sato], a.tokyo: [sato, kato]}
        assert await headcounts(conn, a.id) == {a.tokyo: 1}
        for nobody in (mori, other):
            with pytest.raises(Missing):
                await set_supervisors(conn, a.id, a.tokyo, [nobody])
        await set_supervisors(conn, a.id, a.tokyo, [])
        assert await supervisors(conn, a.id) == {a.sales: [sato]}


async def test_many_are_added_at_once_each_with_their_own_groups(record: AsyncEngine) -> None:
    async with record.begin() as conn:
        a = await company(conn)
        people = [
            Edit(
                login=f"user{n:03}",
                name=f"社員{n}",
                role=Role.SUPERVISOR if n % 10 == 0 else None,
                groups=[a.tokyo if n % 2 else a.development],
                supervises=[a.sales] if n % 10 == 0 else None,
            )
            for n in range(300)
        ]

        ids = await add_people(conn, a.id, people, NOW)

        rows = {row.id: row for row in await members(conn, Scope(a.id, everybody=True))}
        assert [rows[id].login for id in ids] == [one.login for one in people]
        assert [rows[id].groups for id in ids] == [tuple(one.groups or ()) for one in people]
        assert rows[ids[10]].supervises == (a.sales,)
        assert rows[ids[1]].role is Role.WORKER
        assert await add_people(conn, a.id, [], NOW) == []
