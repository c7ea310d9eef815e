"""Whoever may not be here any more is out everywhere within 5 s, open connections included."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import httpx2
import pytest

from hub.access import Role
from hub.limits import Limits
from hub.protocol.closing import UNAUTHORIZED
from hub.protocol.facts import Presence
from storage.people.groups import set_supervisors
from storage.people.limits import set_limits
from storage.people.members import Edit, disable_member, edit_member, enable_member
from storage.people.tenants import TenantState, set_state
from storage.seats.devices import NewDevice
from tests.clock import until
from tests.hubs import PLAIN, Office, running
from tests.peers import ScriptedAgent, ScriptedBoard, agent, board

WITHIN_S = 5.0
BACK_WITHIN_S = 20.0  # whoever was told to wait comes back after 5 to 10 s


def now() -> datetime:
    return datetime.now(UTC)


async def answered(url: str, token: str, path: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(trust_env=False, verify=PLAIN) as client:
        return (await client.get(f"{url}/api/v1/{path}", headers=headers)).status_code


async def becomes(office: Office, state: TenantState) -> None:
    async with office.engine.begin() as conn:
        await set_state(conn, office.id, state, "", now())


@dataclass(frozen=True)
class Side:
    """A tenant with one agent and one board, beside another that nothing is to happen to."""

    url: str
    office: Office
    mori: int
    device: NewDevice
    boss: str
    pc: ScriptedAgent
    wall: ScriptedBoard


@asynccontextmanager
async def side_by_side(folder: Path) -> AsyncIterator[Side]:
    async with running(folder) as hub:
        office, neighbour = await hub.office("A"), await hub.office("B")
        mori, device = await office.worker("mori")
        _, elsewhere = await neighbour.worker("mori")
        boss = await office.boss()
        async with (
            agent(hub.url, device.token) as pc,
            agent(hub.url, elsewhere.token) as other_pc,
            board(hub.url, boss) as wall,
            board(hub.url, await neighbour.boss()) as other_wall,
        ):
            yield Side(hub.url, office, mori, device, boss, pc, wall)
            assert other_pc.live
            assert other_wall.live


@pytest.mark.requirement("R76")
async def test_a_suspended_tenant_is_out_everywhere_and_comes_back_by_itself(
    tmp_path: Path,
) -> None:
    async with side_by_side(tmp_path) as at:
        await becomes(at.office, TenantState.SUSPENDED)

        assert await answered(at.url, at.boss, "session") == 401
        assert await answered(at.url, at.device.token, "agent/viewings") == 401
        async with asyncio.timeout(WITHIN_S):
            await until(lambda: at.wall.stopped and not at.pc.live)
        assert at.pc.stopped is None, "nobody has to touch a PC when it is over"
        assert at.wall.stopped is not None
        assert at.wall.stopped.code == UNAUTHORIZED
        at.pc.tell(Presence.AWAY)

        await becomes(at.office, TenantState.ACTIVE)

        async with board(at.url, at.boss) as again:
            await until(lambda: at.pc.live and not at.pc.spool.reports, BACK_WITHIN_S)
            await until(lambda: again.label(at.mori) == "away")


@pytest.mark.requirement("R76")
async def test_after_its_end_a_tenants_agents_do_not_come_back(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        _, device = await office.worker("mori")
        async with agent(hub.url, device.token) as pc:
            await becomes(office, TenantState.ENDED)

            async with asyncio.timeout(WITHIN_S):
                await until(lambda: pc.stopped)
        async with agent(hub.url, device.token, wait=False) as again:
            await until(lambda: again.stopped)


@pytest.mark.requirement("R63")
async def test_who_is_outside_of_new_limits_is_out_and_comes_back_when_they_go(
    tmp_path: Path,
) -> None:
    async with side_by_side(tmp_path) as at:
        await limited(at.office, "127.0.0.0/8")
        await until(lambda: at.wall.seats)
        await limited(at.office, "192.0.2.0/24")

        async with asyncio.timeout(WITHIN_S):
            await until(lambda: not at.pc.live and not at.wall.live)
        assert await answered(at.url, at.boss, "session") == 403
        assert at.pc.stopped is None is at.wall.stopped, "who travels comes back by themselves"
        at.pc.tell(Presence.AWAY)

        await limited(at.office)

        await until(lambda: at.pc.live and not at.pc.spool.reports, BACK_WITHIN_S)
        await until(lambda: at.wall.live and at.wall.label(at.mori) == "away", BACK_WITHIN_S)


async def limited(office: Office, *networks: str) -> None:
    async with office.engine.begin() as conn:
        await set_limits(conn, office.id, Limits(tuple(map(ip_network, networks))))


@pytest.mark.requirement("R2")
async def test_a_right_that_is_taken_away_is_gone_from_open_boards(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        mori = await office.member("mori", groups=[office.at.tokyo])
        sato = await office.member("sato", Role.SUPERVISOR, supervises=[office.at.sales])
        kato = await office.member("kato", Role.ADMINISTRATOR)
        async with (
            board(hub.url, await office.signed_in(sato)) as of_sato,
            board(hub.url, await office.signed_in(kato)) as of_kato,
        ):
            assert mori in of_sato.seats
            assert mori in of_kato.seats
            async with office.engine.begin() as conn:
                await set_supervisors(conn, office.id, office.at.sales, [])
                await edit_member(conn, office.id, kato, Edit(role=Role.AUDITOR))

            async with asyncio.timeout(WITHIN_S):
                await until(lambda: mori not in of_sato.seats and set(of_kato.seats) == {kato})


@pytest.mark.requirement("R1")
async def test_whoever_is_enabled_again_gets_in_with_the_same_device_but_signs_in_anew(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        token = await office.signed_in(mori)
        async with office.engine.begin() as conn:
            await disable_member(conn, office.id, mori, now())
        assert await answered(hub.url, token, "session") == 401
        assert await answered(hub.url, device.token, "agent/viewings") == 401

        async with office.engine.begin() as conn:
            await enable_member(conn, office.id, mori)

        assert await answered(hub.url, token, "session") == 401
        async with agent(hub.url, device.token) as pc:
            assert pc.live
