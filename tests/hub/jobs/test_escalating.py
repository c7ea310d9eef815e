"""An incident that nobody answers goes up, step by step, once for all nodes."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Role
from hub.jobs.escalating import ladder
from hub.protocol.facts import IncidentKind, Phase
from storage.models.incidents import Incident
from storage.models.log import LogEntry
from storage.models.people import Member, Tenant
from storage.models.signin import Mail
from storage.models.webhooks import WebhookDelivery, WebhookEndpoint
from storage.people.directory import Directory, Person
from storage.people.groups import GroupRow
from storage.seats.handling import unanswered
from tests.clock import until
from tests.hubs import PLAIN, running
from tests.peers import ScriptedBoard, agent, board
from tests.record import NOW

HQ, SALES, TOKYO = 1, 2, 3
WORKER, LEADER, MANAGER, HEAD, ADMIN = 10, 11, 12, 13, 14


def house(supervises: Mapping[int, frozenset[int]], *, groups: frozenset[int]) -> Directory:
    people = {
        id: Person(id, str(id), role, groups if id == WORKER else frozenset())
        for id, role in (
            (WORKER, Role.WORKER), (LEADER, Role.SUPERVISOR), (MANAGER, Role.SUPERVISOR),
            (HEAD, Role.SUPERVISOR), (ADMIN, Role.ADMINISTRATOR),
        )
    }  # fmt: skip
    tree = {
        HQ: GroupRow(HQ, "本社"),
        SALES: GroupRow(SALES, "営業", HQ),
        TOKYO: GroupRow(TOKYO, "東京", SALES),
    }
    return Directory(1, 1, people, tree, supervises, {})


def test_it_climbs_the_tree_of_groups_and_ends_with_the_administrators() -> None:
    given = {
        LEADER: frozenset({TOKYO}),
        MANAGER: frozenset({SALES, TOKYO}),
        HEAD: frozenset({HQ, SALES, TOKYO}),
    }
    people = house(given, groups=frozenset({TOKYO}))
    assert ladder(people, WORKER) == [(MANAGER, HEAD), (HEAD,), (ADMIN,)]


def test_who_was_told_before_is_not_told_again_as_if_it_were_news() -> None:
    above = {HEAD: frozenset({HQ, SALES, TOKYO})}
    assert ladder(house(above, groups=frozenset({TOKYO})), WORKER) == [(ADMIN,)]
    assert ladder(house({}, groups=frozenset()), WORKER) == [(ADMIN,)]
    own = {WORKER: frozenset({HQ, SALES, TOKYO}), LEADER: frozenset({TOKYO})}
    assert ladder(house(own, groups=frozenset({TOKYO})), WORKER) == [(ADMIN,)]


def test_an_administrator_is_not_told_of_their_own() -> None:
    assert ladder(house({}, groups=frozenset()), ADMIN) == []


async def waited(engine: AsyncEngine, tenant: int) -> None:
    """Everything of the tenant happened ten minutes earlier."""
    ago = timedelta(minutes=10)
    async with engine.begin() as conn:
        rows = await conn.execute(
            select(Incident.id, Incident.recorded_at, Incident.escalated_at).where(
                Incident.tenant_id == tenant
            )
        )
        for row in rows.all():
            one = update(Incident).where(Incident.tenant_id == tenant, Incident.id == row.id)
            was = row.escalated_at and row.escalated_at - ago
            await conn.execute(one.values(recorded_at=row.recorded_at - ago, escalated_at=was))


def heard(wall: ScriptedBoard) -> Callable[[], bool]:
    """Whether the board has heard more than it had by now."""
    before = len(wall.news)
    return lambda: len(wall.news) > before


@pytest.mark.requirement("R6")
async def test_what_nobody_answers_is_told_upwards_once_on_two_nodes(
    tmp_path: Path, postgres_url: str, broker_url: str
) -> None:
    async with (
        running(tmp_path / "a", database=postgres_url, redis=broker_url) as hub,
        running(tmp_path / "b", database=postgres_url, redis=broker_url) as other,
    ):
        office = await hub.office()
        _, device = await office.worker("mori", groups=[office.at.tokyo])
        await office.member("saito", Role.SUPERVISOR, supervises=[office.at.tokyo])
        chief = await office.member("chief", Role.SUPERVISOR, supervises=[office.at.sales])
        boss = await office.member("boss", Role.ADMINISTRATOR)
        token = await office.signed_in(boss)
        async with hub.engine.begin() as conn:
            await conn.execute(update(Member).where(Member.id == boss).values(email="b@a.example"))
            await conn.execute(
                update(Tenant).where(Tenant.id == office.id).values(escalate_after_min=None)
            )
            hook = {"tenant_id": office.id, "url": "https://a.example", "created_at": NOW}
            await conn.execute(insert(WebhookEndpoint).values(hook | {"types": "incident.updated"}))
        async with (
            agent(hub.url, device.token) as pc,
            board(other.url, token) as wall,
            httpx2.AsyncClient(
                base_url=hub.url,
                headers={"Authorization": f"Bearer {token}"},
                trust_env=False,
                verify=PLAIN,
            ) as rest,
        ):
            ids = [pc.opens(IncidentKind.PEEPING) for _ in range(3)]
            await pc.recorded()
            waits, taken, judged = ids
            me = {"assignee": boss}
            await rest.put(f"/api/v1/incidents/{taken}/assignee", json=me)
            await rest.post(f"/api/v1/incidents/{judged}/verdict", json={"verdict": "confirmed"})
            assert (await rest.put("/api/v1/escalation", json={"after_min": 0})).status_code == 422
            await rest.put("/api/v1/escalation", json={"after_min": 5})
            assert (await rest.get("/api/v1/escalation")).json() == {"after_min": 5}

            await until(lambda: Phase.TAKEN in wall.phases(taken))
            await until(lambda: Phase.JUDGED in wall.phases(judged))
            for told in ((chief,), (boss,)):
                more = heard(wall)
                await waited(hub.engine, office.id)
                await until(more)
                assert (wall.news[-1].phase, wall.news[-1].told) == (Phase.ESCALATED, told)
            await waited(hub.engine, office.id)
            async with hub.engine.connect() as conn:
                assert await unanswered(conn, datetime.now(UTC), 100) == []
            assert [one for one in ids if Phase.ESCALATED in wall.phases(one)] == [waits]

        async with hub.engine.connect() as conn:
            logged = select(LogEntry.subject).where(LogEntry.what == "incident.escalated")
            assert [one["told"] for one in (await conn.execute(logged)).scalars()] == [
                [chief], [boss],
            ]  # fmt: skip
            hooks = await conn.execute(select(WebhookDelivery.body).order_by(WebhookDelivery.id))
            data = [json.loads(body)["data"] for body in hooks.scalars()]
            events = [one for one in data if one["step"] == "escalated"]
            assert [(one["level"], one["told"]) for one in events] == [(1, [chief]), (2, [boss])]

        async def mailed() -> list[tuple[str, str]]:
            async with hub.engine.connect() as conn:
                rows = await conn.execute(select(Mail.recipient, Mail.subject))
                return [(row.recipient, row.subject) for row in rows]

        await until(mailed)
        assert await mailed() == [("b@a.example", "在席: 未対応のインシデント: のぞき見")]
