"""Members, groups and contracts over REST, as those who manage them meet them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from hub.access import Role, Scope
from hub.http.csv import read
from storage.models.log import LogEntry
from storage.people.members import MemberRow, member_by_login, members
from storage.people.tenants import TenantState, create_tenant, limit_seats, set_state, tenant
from storage.proof.log import What
from tests.hub.http.site import HASH, PASSWORD, Site, problem, sign_in
from tests.record import person

NOBODY = 999_999


@asynccontextmanager
async def operator(hub: Site) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody who runs the installation, signed in."""
    async with hub.engine.begin() as conn:
        home = await create_tenant(conn, "運用", datetime.now(UTC), operators=True)
        await person(conn, home.id, "op", Role.OPERATOR, password_hash=HASH)
    async with hub.client() as client:
        signed = await sign_in(client, "op", system_id=home.system_id)
        assert signed.status_code == 201
        yield client


async def everybody(hub: Site) -> dict[str, MemberRow]:
    async with hub.engine.connect() as conn:
        return {row.login: row for row in await members(conn, Scope(hub.a.id, everybody=True))}


async def logged(hub: Site, what: What) -> list[dict[str, Any]]:
    wanted = select(LogEntry.subject).where(LogEntry.tenant_id == hub.a.id, LogEntry.what == what)
    async with hub.engine.connect() as conn:
        return list((await conn.execute(wanted.order_by(LogEntry.id))).scalars())


async def test_members_come_in_pages_and_are_searched(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        query: dict[str, str] | None = {"limit": "2"}
        found: list[str] = []
        while query:
            page = (await boss.get("/api/v1/members", params=query)).json()
            assert page["total"] == 3
            found += [each["login"] for each in page["items"]]
            query = {"limit": "2", "cursor": page["next"]} if "next" in page else None
        one = (await boss.get("/api/v1/members", params={"q": "MOR"})).json()
        by_role = (await boss.get("/api/v1/members", params={"role": "supervisor"})).json()
        mori = (await boss.get(f"/api/v1/members/{one['items'][0]['id']}")).json()

    assert found == ["boss", "mori", "sato"]
    assert [each["login"] for each in one["items"]] == ["mori"]
    assert [each["login"] for each in by_role["items"]] == ["sato"]
    assert mori == one["items"][0]


@pytest.mark.requirement("R1", "R21")
async def test_a_change_of_a_member_is_made_and_logged_without_names(hub: Site) -> None:
    sato = (await everybody(hub))["sato"]
    async with hub.signed_in("boss") as boss:
        edit = {"name": "佐藤 次郎", "role": "auditor", "email": "sato@example.com"}
        changed = await boss.patch(f"/api/v1/members/{sato.id}", json=edit)
        emptied = await boss.patch(f"/api/v1/members/{sato.id}", json={"email": None})
    async with hub.signed_in("sato") as client:
        me = (await client.get("/api/v1/session")).json()["member"]

    assert changed.json()["email"] == "sato@example.com"
    assert "email" not in emptied.json()
    assert "supervises" not in changed.json()
    assert (me["name"], me["role"]) == ("佐藤 次郎", "auditor")
    first, second = await logged(hub, What.MEMBER_CHANGED)
    assert first == {
        "member": sato.id,
        "role": ["supervisor", "auditor"],
        "supervises": [[hub.a.sales], []],
        "changed": ["name", "email"],
    }
    assert second == {"member": sato.id, "changed": ["email"]}


@pytest.mark.requirement("R3")
async def test_everybody_changes_their_own_name_and_the_log_has_it(hub: Site) -> None:
    async with hub.signed_in("mori") as client:
        renamed = await client.put("/api/v1/account/name", json={"name": "森 花子"})
        me = (await client.get("/api/v1/session")).json()["member"]

    assert renamed.status_code == 204
    assert me["name"] == "森 花子"
    assert await logged(hub, What.MEMBER_CHANGED) == [{"member": me["id"], "changed": ["name"]}]


async def test_nobody_changes_their_own_role_or_access(hub: Site) -> None:
    boss_id = (await everybody(hub))["boss"].id
    async with hub.signed_in("boss") as boss:
        demoted = await boss.patch(f"/api/v1/members/{boss_id}", json={"role": "worker"})
        disabled = await boss.post(f"/api/v1/members/{boss_id}/disable")
        renamed = await boss.patch(f"/api/v1/members/{boss_id}", json={"name": "社長"})

    assert problem(demoted) == problem(disabled) == "own-account"
    assert renamed.status_code == 200
    assert (await everybody(hub))["boss"].role is Role.ADMINISTRATOR


async def test_operators_are_made_in_no_customers_tenant(hub: Site) -> None:
    mori = (await everybody(hub))["mori"].id
    async with hub.signed_in("boss") as boss:
        new = {"login": "op", "name": "運用", "role": "operator"}
        made = await boss.post("/api/v1/members", json=new)
        became = await boss.patch(f"/api/v1/members/{mori}", json={"role": "operator"})

    assert problem(made) == problem(became) == "other-home"
    assert (await everybody(hub)).keys() == {"boss", "mori", "sato"}


@pytest.mark.requirement("R1", "R75")
async def test_somebody_is_let_in_again_while_there_is_a_seat(hub: Site) -> None:
    mori = (await everybody(hub))["mori"].id
    async with hub.signed_in("boss") as boss:
        await boss.post(f"/api/v1/members/{mori}/disable")
        async with hub.engine.begin() as conn:
            await limit_seats(conn, hub.a.id, 2)
        full = await boss.post(f"/api/v1/members/{mori}/enable")
        more = await boss.post("/api/v1/members", json={"login": "ito", "name": "伊藤"})
        async with hub.engine.begin() as conn:
            await limit_seats(conn, hub.a.id, 3)
        enabled = await boss.post(f"/api/v1/members/{mori}/enable")
    async with hub.signed_in("mori") as client:
        assert (await client.get("/api/v1/session")).status_code == 200

    assert problem(full) == problem(more) == "seats-taken"
    assert "2" in full.json()["detail"]
    assert enabled.status_code == 204
    assert await logged(hub, What.MEMBER_ENABLED) == [{"member": mori}]


async def test_a_dry_run_of_an_import_says_everything_and_changes_nothing(hub: Site) -> None:
    before = await everybody(hub)
    table = "login,name,role,groups\nito,伊藤,,営業/東京\nmori,森 太郎,,\nueda,,社長,\n"
    async with hub.signed_in("boss") as boss:
        answer = await boss.post(
            "/api/v1/members.csv", params={"dry_run": "true"}, content=table.encode()
        )
        wrong = await boss.post("/api/v1/members.csv", content=table.encode())

    assert answer.json() == {
        "dry_run": True, "created": 1, "changed": 1, "unchanged": 0, "new": [],
        "bad": [{"line": 4, "column": "name", "detail": "新しい人には名前が必要です。"}],
    }  # fmt: skip
    assert wrong.json()["bad"] == answer.json()["bad"]
    assert await everybody(hub) == before
    assert await logged(hub, What.MEMBERS_IMPORTED) == []


async def test_an_import_adds_changes_and_disables_and_an_export_gives_it_back(
    hub: Site,
) -> None:
    table = "ログイン,名前,権限,状態,グループ\nito,=伊藤,契約者,,営業/東京;開発\nmori,,,無効,\n"
    async with hub.signed_in("boss") as boss:
        done = (await boss.post("/api/v1/members.csv", content=table.encode("cp932"))).json()
        exported = await boss.get("/api/v1/members.csv")
        again = (await boss.post("/api/v1/members.csv", content=exported.content)).json()
    found = await everybody(hub)

    assert (done["created"], done["changed"], done["bad"]) == (1, 1, [])
    assert done["new"] == [found["ito"].id]
    assert found["ito"].role is Role.CONTRACTOR
    assert found["ito"].groups == (hub.a.tokyo, hub.a.development)
    assert found["mori"].disabled
    assert exported.headers["content-type"].startswith("text/csv")
    assert read(exported.content)[2] == [
        "ito", "=伊藤", "", "契約者", "日本語", "有効", "営業/東京;開発", "",
    ]  # fmt: skip
    assert again == {
        "dry_run": False, "created": 0, "changed": 0, "unchanged": 4, "bad": [], "new": [],
    }  # fmt: skip
    imported = await logged(hub, What.MEMBERS_IMPORTED)
    assert imported[0] == {"created": [found["ito"].id], "changed": [found["mori"].id]}
    assert len(await logged(hub, What.MEMBERS_EXPORTED)) == 1


async def test_what_is_no_table_is_said_so(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        answer = (await boss.post("/api/v1/members.csv", content=b"login\n\xff\xff")).json()

    assert [each["line"] for each in answer["bad"]] == [2]
    assert answer["created"] == 0


@pytest.mark.requirement("R2")
async def test_the_tree_of_groups_is_changed_and_each_change_is_logged(hub: Site) -> None:
    sato = (await everybody(hub))["sato"].id
    a = hub.a
    async with hub.signed_in("boss") as boss:
        renamed = await boss.patch(f"/api/v1/groups/{a.sales}", json={"name": "営業部"})
        moved = await boss.patch(f"/api/v1/groups/{a.tokyo}", json={"parent": a.development})
        ring = await boss.patch(f"/api/v1/groups/{a.development}", json={"parent": a.tokyo})
        full = await boss.delete(f"/api/v1/groups/{a.tokyo}")
        over = await boss.put(
            f"/api/v1/groups/{a.development}/supervisors", json={"members": [sato]}
        )
        no_one = await boss.put(
            f"/api/v1/groups/{a.development}/supervisors", json={"members": [NOBODY]}
        )
        removed = await boss.delete(f"/api/v1/groups/{a.sales}")
        tree = (await boss.get("/api/v1/groups")).json()["items"]
    async with hub.signed_in("sato") as client:
        mine = (await client.get("/api/v1/groups")).json()["items"]

    assert [one.status_code for one in (renamed, moved, over, removed)] == [204] * 4
    assert problem(ring) == "group-ring"
    assert problem(full) == "group-not-empty"
    assert problem(no_one) == "not-found"
    assert tree == [
        {"id": a.tokyo, "name": "東京", "parent": a.development, "members": 1},
        {"id": a.development, "name": "開発", "supervisors": [sato]},
    ]
    assert mine == tree, "a supervisor is told of the groups given, and below"
    changes = await logged(hub, What.GROUP_CHANGED)
    assert changes[1] == {"group": a.tokyo, "parent": [a.sales, a.development]}
    assert changes[2] == {"group": a.development, "supervisors": [sato]}
    assert await logged(hub, What.GROUP_REMOVED) == [{"group": a.sales}]


@pytest.mark.requirement("R26")
async def test_the_contact_record_is_edited_and_the_change_logged_without_names(
    hub: Site,
) -> None:
    contact = {
        "name": "契約 太郎", "department": "総務部", "email": "taro@example.com",
        "phone": "03-1234-5678",
    }  # fmt: skip
    async with hub.signed_in("boss") as boss:
        edit = {"contact": contact, "work_from": "punch", "sharing": "nobody"}
        edited = await boss.patch("/api/v1/tenant", json=edit)
        shown = await boss.get("/api/v1/tenant")
        wrong = await boss.patch("/api/v1/tenant", json={"contact": {"email": "nowhere"}})
    async with hub.signed_in("mori") as client:
        refused = await client.get("/api/v1/tenant")

    assert shown.json() == edited.json()
    assert shown.json() == {
        "system_id": hub.a.tenant.system_id, "name": "株式会社A", "state": "active",
        "work_from": "punch", "sharing": "nobody", "seats": 3, "contact": contact,
    }  # fmt: skip
    assert problem(wrong) == "invalid"
    assert problem(refused) == "not-allowed"
    assert await logged(hub, What.TENANT_CHANGED) == [
        {
            "tenant": hub.a.id,
            "work_from": ["device", "punch"],
            "sharing": ["groups", "nobody"],
            "contact": ["name", "department", "email", "phone"],
        }
    ]


@pytest.mark.requirement("R55", "R75", "R76")
async def test_an_operator_opens_limits_and_suspends_contracts(hub: Site) -> None:
    async with operator(hub) as op, hub.signed_in("boss") as boss:
        new = {
            "name": "株式会社B", "seat_limit": 5, "state": "before_start",
            "administrator": {"login": "first", "name": "最初"},
        }  # fmt: skip
        made = (await op.post("/api/v1/tenants", json=new)).json()
        first = (await op.get("/api/v1/tenants", params={"limit": "1"})).json()
        rest = (await op.get("/api/v1/tenants", params={"cursor": first["next"]})).json()
        here = f"/api/v1/tenants/{hub.a.id}"
        limited = await op.patch(here, json={"seat_limit": 3})
        full = await boss.post("/api/v1/members", json={"login": "ito", "name": "伊藤"})
        why = {"state": "suspended", "reason": "料金の未払い"}
        assert (await op.post(f"{here}/state", json=why)).status_code == 204
        out = await boss.get("/api/v1/session")
        async with hub.client() as client:
            refused = await sign_in(client, "boss", system_id=hub.a.tenant.system_id)
        resumed = await op.post(f"{here}/state", json={"state": "active", "reason": "入金"})
        back = await boss.get("/api/v1/session")

    assert [each["id"] for each in first["items"]] == [hub.a.id]
    (b,) = rest["items"]
    assert (b["id"], b["system_id"], b["seats"]) == (made["id"], made["system_id"], 1)
    assert (b["state"], b["seat_limit"]) == ("before_start", 5)
    assert limited.status_code == resumed.status_code == 204
    assert problem(full) == "seats-taken"
    assert problem(out) == "not-signed-in"
    assert problem(refused) == "tenant-closed"
    assert back.status_code == 200
    (suspended,) = await logged(hub, What.TENANT_SUSPENDED)
    assert suspended["reason"] == "料金の未払い"
    assert suspended["by"] == "operator"


@pytest.mark.requirement("R55")
async def test_an_operator_gets_at_nothing_inside_a_tenant(hub: Site) -> None:
    closed = (
        "members", "members.csv", "groups", "tenant", "devices", "evidence", "incidents",
        "viewings", "punches",
    )  # fmt: skip
    async with operator(hub) as op:
        found = {path: await op.get(f"/api/v1/{path}") for path in closed}
        home = await op.patch("/api/v1/tenants/1000", json={"name": "x"})

    assert {path: problem(answer) for path, answer in found.items()} == dict.fromkeys(
        closed, "not-allowed"
    )
    assert {answer.status_code for answer in found.values()} == {403}
    assert problem(home) == "not-found"


async def test_only_an_operator_sees_contracts(hub: Site) -> None:
    for login in ("boss", "sato", "mori"):
        async with hub.signed_in(login) as client:
            assert problem(await client.get("/api/v1/tenants")) == "not-allowed"
            state = {"state": "ended", "reason": "x"}
            ended = await client.post(f"/api/v1/tenants/{hub.a.id}/state", json=state)
            assert problem(ended) == "not-allowed"
    async with hub.engine.connect() as conn:
        assert (await tenant(conn, hub.a.id)).state is TenantState.ACTIVE


async def test_a_password_that_an_administrator_knows_is_changed_at_the_first_sign_in(
    hub: Site,
) -> None:
    async with hub.signed_in("boss") as boss, hub.client() as client:
        body = {"login": "ito", "name": "伊藤", "password": PASSWORD}
        await boss.post("/api/v1/members", json=body)
        step = (await sign_in(client, "ito")).json()

    assert step["step"]["need"] == "new_password"
    async with hub.engine.connect() as conn:
        assert await member_by_login(conn, hub.a.id, "ito")


async def test_after_the_end_only_who_knows_the_password_is_told_why(hub: Site) -> None:
    async with hub.engine.begin() as conn:
        await set_state(conn, hub.a.id, TenantState.ENDED, "解約", datetime.now(UTC))
    async with hub.client() as client:
        refused = await sign_in(client, "boss")
        unknown = await sign_in(client, "boss", "違うパスワードです")

    assert problem(refused) == "tenant-closed"
    assert problem(unknown) == "wrong-password"
