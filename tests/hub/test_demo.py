"""The demo's tenant is made by the same public operations as any other, so the log tells of it."""

from collections import Counter
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from hub.demo import PEOPLE, prepared
from hub.serving import StartFailed
from storage.models.log import LogEntry
from storage.models.people import Session
from storage.proof.log import What
from tests.hubs import PLAIN, Running, running

PCS = len(PEOPLE) - 1  # 部長 has none


async def logged(hub: Running) -> Counter[str]:
    async with hub.engine.connect() as conn:
        return Counter((await conn.execute(select(LogEntry.what))).scalars())


@pytest.mark.requirement("R21", "R57")
async def test_the_demo_comes_about_as_any_tenant_does_and_is_gone_on_with(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    async with running(tmp_path) as hub:
        demo = await prepared(hub.settings, folder)

        told = await logged(hub)
        assert told[What.TENANT_CREATED] == told[What.CHARTER_CHANGED] == 1
        assert told[What.MEMBER_CREATED] == told[What.INVITATION_ACCEPTED] == len(PEOPLE)
        assert told[What.DEVICE_PAIRED] == PCS
        async with hub.engine.connect() as conn:
            still = select(Session).where(Session.revoked_at.is_(None), Session.kind == "terminal")
            assert (await conn.execute(still)).all() == []

        assert await prepared(hub.settings, folder) == demo
        (folder / "agents" / "ito" / "token").unlink()  # killed before it was kept
        assert await prepared(hub.settings, folder) == demo
        again = await logged(hub)
        assert again[What.MEMBER_CREATED] == len(PEOPLE)
        assert again[What.DEVICE_PAIRED] == PCS + 1
        async with httpx2.AsyncClient(base_url=hub.url, trust_env=False, verify=PLAIN) as http:
            for login in ("admin", "bucho", "sato", "ito"):
                body = {"login": login, "password": demo.password, "kind": "terminal"}
                answer = await http.post("/api/v1/session", json=body)
                assert answer.status_code == 201, answer.text
            headers = {"Authorization": f"Bearer {answer.json()['token']}"}
            charter = await http.get("/api/v1/charter", headers=headers)
            assert charter.json()["current"]["responsible"] == "総務部長 管理 太郎"
        for login in PEOPLE:
            file = folder / "agents" / login / "token"
            assert not file.exists() or file.stat().st_mode & 0o777 == 0o600


async def test_the_demo_never_moves_into_somebodys_own_installation(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        await hub.office()
        with pytest.raises(StartFailed, match="this record is in use"):
            await prepared(hub.settings, tmp_path / "demo")
