"""Set-up, punches, incidents, members, groups and devices, as people meet them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.live.servers import Servers
from hub.protocol.facts import Purpose, Work
from hub.workforce.punching import PunchKind
from storage.images.viewings import ViewingKind, open_viewing
from storage.people.members import member_by_login
from storage.people.setup import open_link
from storage.seats.devices import device_of
from storage.seats.punches import punch
from tests.hub.http.site import PASSWORD, Heard, Site, problem, sign_in, with_state
from tests.record import person
from tests.storage.seats.test_incidents import reported


@pytest.fixture
async def newcomer(empty: AsyncEngine, redis: Redis, tmp_path: Path) -> httpx2.AsyncClient:
    """Somebody in front of a hub where nothing is set up."""
    app = with_state(tmp_path / "web", engine=empty, servers=Servers(redis, redis), live=Heard())
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://hub.test")


async def test_the_set_up_link_makes_the_first_administrator_and_then_nothing(
    newcomer: httpx2.AsyncClient, empty: AsyncEngine
) -> None:
    async with empty.begin() as conn:
        token = await open_link(conn, datetime.now(UTC))
    first = {
        "token": token, "company": "株式会社A", "name": "社長",
        "login": "boss", "password": PASSWORD,
    }  # fmt: skip
    async with newcomer as client:
        asked = await client.get("/api/v1/setup", params={"token": token})
        weak = await client.post("/api/v1/setup", json={**first, "password": "short"})
        made = await client.post("/api/v1/setup", json=first)
        again = await client.post("/api/v1/setup", json=first)
        asked_again = await client.get("/api/v1/setup", params={"token": token})
        me = await client.get("/api/v1/session")

    assert asked.json() == {"usable": True}
    assert problem(weak) == "weak-password"
    assert made.status_code == 201
    assert me.json() == made.json()
    assert me.json()["member"]["role"] == "administrator"
    assert problem(again) == problem(asked_again) == "setup-link-used"
    assert again.status_code == 410


async def test_a_made_up_set_up_link_opens_nothing(
    newcomer: httpx2.AsyncClient, empty: AsyncEngine
) -> None:
    async with empty.begin() as conn:
        await open_link(conn, datetime.now(UTC))
    made_up = {"token": "x", "company": "A", "name": "n", "login": "boss", "password": PASSWORD}
    async with newcomer as client:
        assert problem(await client.post("/api/v1/setup", json=made_up)) == "setup-link-used"
        assert problem(await sign_in(client, "boss")) == "wrong-password"


@pytest.mark.requirement("R10", "R22")
async def test_a_punch_is_one_action_and_a_double_tap_is_one_punch(hub: Site) -> None:
    async with hub.signed_in("mori") as client:
        start = {"kind": "start", "request_id": "1"}
        first = await client.post("/api/v1/punches", json=start)
        tapped = await client.post("/api/v1/punches", json={**start, "request_id": "2"})
        today = await client.get("/api/v1/punches")
        me = (await client.get("/api/v1/session")).json()["member"]["id"]

    assert first.status_code == 200
    assert first.json()["work"] == "working"
    assert tapped.json() == first.json()
    assert today.json() == {"work": "working", "items": [first.json()["punch"]]}
    assert hub.live.punches == [(hub.a.id, me, Work.WORKING, None)]


@pytest.mark.requirement("R10")
async def test_work_that_goes_on_since_yesterday_shows_when_it_began(hub: Site) -> None:
    """C2: whoever forgot to end it, or works at night, sees the start that is not ended."""
    now = datetime.now(UTC)
    async with hub.engine.begin() as conn:
        mori = await member_by_login(conn, hub.a.id, "mori")
        assert mori is not None
        for kind, hours in (
            (PunchKind.START, 100), (PunchKind.END, 90),
            (PunchKind.START, 50), (PunchKind.BREAK_START, 45),
        ):  # fmt: skip
            at = now - timedelta(hours=hours)
            await punch(conn, hub.a.id, mori, kind, request_id=str(hours), source="web", now=at)
    async with hub.signed_in("mori") as client:
        going = (await client.get("/api/v1/punches")).json()
        await client.post("/api/v1/punches", json={"kind": "end", "request_id": "e"})
        ended = (await client.get("/api/v1/punches")).json()

    assert (going["work"], [one["kind"] for one in going["items"]]) == (
        "break", ["start", "break_start"],
    )  # fmt: skip
    assert (ended["work"], [one["kind"] for one in ended["items"]]) == ("off", ["end"])


@pytest.mark.requirement("R10")
@pytest.mark.parametrize(
    ("language", "said"),
    [("ja", "まだ出勤していません。"), ("en", "You have not started work yet.")],
)
async def test_an_end_without_a_start_is_refused_with_a_reason_for_people_and_machines(
    hub: Site, language: str, said: str
) -> None:
    async with hub.engine.begin() as conn:
        await person(conn, hub.a.id, "kato")
        mori = await member_by_login(conn, hub.a.id, "mori")
        await conn.exec_driver_sql("UPDATE members SET locale = ? WHERE id = ?", (language, mori))
    async with hub.signed_in("mori") as client:
        refused = await client.post("/api/v1/punches", json={"kind": "end", "request_id": "1"})

    assert problem(refused) == "punch-refused"
    assert refused.status_code == 409
    assert refused.json()["reason"] == "not_started"
    assert refused.json()["detail"] == said
    assert hub.live.punches == []


@pytest.mark.requirement("R2")
async def test_incidents_and_members_are_cut_to_the_supervisors_groups(hub: Site) -> None:
    async with hub.engine.begin() as conn:
        mori = await member_by_login(conn, hub.a.id, "mori")
        assert mori is not None
        kato = await person(conn, hub.a.id, "kato", groups=[hub.a.development])
        (of_mori,) = await reported(conn, hub.a.id, mori, 1)
        (of_kato,) = await reported(conn, hub.a.id, kato, 2)
    seen: dict[str, tuple[list[str], list[str]]] = {}
    for login in ("boss", "sato", "mori"):
        async with hub.signed_in(login) as client:
            incidents = (await client.get("/api/v1/incidents")).json()["items"]
            members = (await client.get("/api/v1/members")).json()["items"]
        seen[login] = [each["id"] for each in incidents], [each["login"] for each in members]

    assert seen == {
        "boss": ([of_kato, of_mori], ["boss", "kato", "mori", "sato"]),
        "sato": ([of_mori], ["mori", "sato"]),
        "mori": ([of_mori], ["mori"]),
    }


async def test_incidents_come_in_pages(hub: Site) -> None:
    async with hub.engine.begin() as conn:
        mori = await member_by_login(conn, hub.a.id, "mori")
        assert mori is not None
        ids = await reported(conn, hub.a.id, mori, 1, 2, 3, 4, 5)
    found: list[str] = []
    async with hub.signed_in("mori") as client:
        query: dict[str, str] | None = {"limit": "2"}
        while query:
            page = (await client.get("/api/v1/incidents", params=query)).json()
            found += [each["id"] for each in page["items"]]
            query = {"limit": "2", "cursor": page["next"]} if "next" in page else None

    assert found == ids[::-1]


@pytest.mark.requirement("R1")
async def test_an_administrator_makes_somebody_with_a_group_and_a_device_and_ends_it(
    hub: Site,
) -> None:
    async with hub.signed_in("boss") as boss:
        group = (await boss.post("/api/v1/groups", json={"name": "大阪"})).json()["id"]
        body = {"login": "kato", "name": "加藤", "role": "worker", "groups": [group]}
        made = (await boss.post("/api/v1/members", json=body)).json()
        device = (
            await boss.post("/api/v1/devices", json={"member": made["id"], "name": "PC"})
        ).json()
        taken = await boss.post("/api/v1/members", json=body)
        listed = (await boss.get("/api/v1/members")).json()["items"]
        groups = (await boss.get("/api/v1/groups")).json()["items"]
        async with hub.client() as kato:
            assert (await sign_in(kato, "kato", made["password"])).status_code == 201
            ended = await boss.post(f"/api/v1/members/{made['id']}/disable")
            assert ended.status_code == 204
            assert (await kato.get("/api/v1/session")).status_code == 401

    assert problem(taken) == "taken"
    assert taken.json()["reason"] == "login"
    kato_listed = next(each for each in listed if each["login"] == "kato")
    assert kato_listed["groups"] == [group]
    assert {"id": group, "name": "大阪", "members": 1} in groups
    async with hub.engine.connect() as conn:
        assert await device_of(conn, device["token"]) is None


@pytest.mark.parametrize("login", ["ﷺ" * 10, "a\u2003b", "", "a b", "a" * 101])
async def test_a_login_that_could_not_be_kept_or_typed_is_refused(hub: Site, login: str) -> None:
    async with hub.signed_in("boss") as client:
        refused = await client.post("/api/v1/members", json={"login": login, "name": "加藤"})

    assert problem(refused) == "invalid"
    assert "login" in refused.json()["detail"]


async def test_a_revoked_device_is_listed_as_such_and_its_token_is_dead(hub: Site) -> None:
    async with hub.engine.begin() as conn:
        mori = await member_by_login(conn, hub.a.id, "mori")
    async with hub.signed_in("boss") as client:
        made = (await client.post("/api/v1/devices", json={"member": mori, "name": "PC"})).json()
        assert (await client.delete(f"/api/v1/devices/{made['id']}")).status_code == 204
        (listed,) = (await client.get("/api/v1/devices")).json()["items"]
        again = await client.delete(f"/api/v1/devices/{made['id']}")

    assert listed["revoked"] is True
    assert problem(again) == "not-found"
    async with hub.engine.connect() as conn:
        assert await device_of(conn, made["token"]) is None


@pytest.mark.requirement("R13", "R39")
async def test_a_supervisor_sees_who_looked_at_their_people_and_at_nobody_else(hub: Site) -> None:
    now = datetime.now(UTC)
    async with hub.engine.begin() as conn:
        boss = await member_by_login(conn, hub.a.id, "boss")
        mori = await member_by_login(conn, hub.a.id, "mori")
        assert boss is not None and mori is not None
        kato = await person(conn, hub.a.id, "kato", groups=[hub.a.development])
        for member, purpose in ((mori, Purpose.AUDIT), (kato, Purpose.WORK_CHECK)):
            await open_viewing(
                conn, hub.a.id, boss, member, ViewingKind.LIVE, purpose, now, device=None
            )

    async def told(login: str, **asked: int) -> list[tuple[int, str]]:
        async with hub.signed_in(login) as client:
            answer = await client.get("/api/v1/viewings", params=asked)
        return [(one["member"], one["purpose"]) for one in answer.json()["items"]]

    assert await told("sato") == await told("sato", member=mori) == [(mori, "audit")]
    assert await told("sato", member=kato) == []
    assert await told("boss", member=kato) == [(kato, "work_check")]
    assert await told("mori", member=kato) == []
