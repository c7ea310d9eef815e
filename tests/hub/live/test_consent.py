"""What a member agreed to, and whether they work, reaches their agent while it is connected."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import update

from hub.protocol.enrolling import ConsentKind, ConsentPurpose
from hub.protocol.facts import EvidenceLevel, Quiet
from hub.protocol.live_view import ViewEnd
from storage.consent.consents import Said, record
from storage.models.people import Tenant
from storage.people.tenants import BY_PUNCH, directory_changes
from tests.clock import until
from tests.hub.live.test_viewings import Scene, scene
from tests.hubs import PLAIN, running
from tests.peers import ScriptedAgent, ScriptedBoard, agent, board

STOPS_WITHIN_S = 10.0  # R57


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running(tmp_path) as hub, scene(hub) as here:
        yield here


def quiet(pc: ScriptedAgent | ScriptedBoard) -> Quiet | None:
    assert isinstance(pc, ScriptedAgent)
    policy = pc.session.policy
    assert policy
    return policy.quiet


async def said(at: Scene, kind: ConsentKind, *purposes: ConsentPurpose) -> None:
    now = datetime.now(UTC)
    async with at.hub.engine.begin() as conn:
        word = Said(kind, 1, now, purposes or tuple(ConsentPurpose))
        await record(conn, at.office.id, at.member, word, now)


@pytest.mark.requirement("R57")
async def test_a_withdrawal_reaches_the_agent_and_ends_a_live_view(one: Scene) -> None:
    await one.connected()

    await said(one, ConsentKind.WITHDRAWN)

    await until(lambda: quiet(one.pc.of) is Quiet.NO_CONSENT, STOPS_WITHIN_S)
    assert await one.over() is ViewEnd.NOT_ALLOWED
    await said(one, ConsentKind.ACCEPTED)
    await until(lambda: quiet(one.pc.of) is None, STOPS_WITHIN_S)


@pytest.mark.requirement("R57", "R56")
async def test_who_does_not_consent_to_live_views_is_not_even_asked(one: Scene) -> None:
    await said(one, ConsentKind.WITHDRAWN, ConsentPurpose.LIVE_VIEW)
    pc = one.pc.of
    assert isinstance(pc, ScriptedAgent)
    await until(lambda: pc.session.policy is not None and not pc.session.policy.live)

    one.asks()

    assert await one.over() is ViewEnd.NOT_ALLOWED
    assert one.pc.heard == []


@pytest.mark.requirement("R57")
async def test_outside_punched_work_the_camera_is_closed_whatever_the_level(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        async with hub.engine.begin() as conn:
            await directory_changes(conn, office.id)
            mine = update(Tenant).where(Tenant.id == office.id)
            await conn.execute(mine.values(work_from=BY_PUNCH, evidence=EvidenceLevel.PERIODIC))
        token = await office.signed_in(mori)
        async with (
            agent(hub.url, device.token) as pc,
            board(hub.url, token),
            httpx2.AsyncClient(
                base_url=hub.url,
                headers={"Authorization": f"Bearer {token}"},
                trust_env=False,
                verify=PLAIN,
            ) as worker,
        ):

            async def punched(kind: str) -> None:
                body = {"kind": kind, "request_id": kind}
                answer = await worker.post("/api/v1/punches", json=body)
                assert answer.status_code == 200, answer.text

            await until(lambda: pc.live and quiet(pc) is Quiet.OFF_WORK)
            assert (await worker.get("/api/v1/policy")).json()["mine"]["quiet"] == "off_work"
            await punched("start")
            await until(lambda: quiet(pc) is None)
            await punched("break_start")
            await until(lambda: quiet(pc) is Quiet.OFF_WORK)
            await punched("break_end")
            await until(lambda: quiet(pc) is None)
            await punched("end")
            await until(lambda: quiet(pc) is Quiet.OFF_WORK)
