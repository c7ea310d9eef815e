"""An office in which every page of the product has something to show, and one that has nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import httpx2

from hub.access import Role
from hub.notices.events import HubGap
from hub.protocol.facts import Presence
from storage.images.viewings import ViewingKind, open_viewing
from storage.outgoing import notices
from storage.people.tenants import create_tenant
from storage.proof.heads import seal
from tests.e2e.scene import scene
from tests.e2e.site import Site
from tests.e2e.test_console_privacy import pc, photographed
from tests.hub.http.history.lives import lived
from tests.hub.http.pictures.test_enrolments import enrolment
from tests.hubs import Office
from tests.peers import agent
from tests.receiver import receiver
from tests.record import SIGNER, Company, person

DAY = timedelta(days=1)
TOKEN = {"name": "勤怠システム", "scopes": ["members:read"], "days": 90}
LONG_NAME = "長谷川アレクサンドラ美智子エリザベート"


@dataclass(frozen=True)
class Furnished:
    """`boss` has all but what is the operator's."""

    office: Office
    home: Office
    boss: int
    worker: int
    operator: int

    def of(self, role: Role) -> tuple[Office, int]:
        """Somebody of that role, and where they are."""
        match role:
            case Role.OPERATOR:
                return self.home, self.operator
            case Role.WORKER:
                return self.office, self.worker
        return self.office, self.boss


@asynccontextmanager
async def furnished(site: Site, folder: Path, name: str) -> AsyncIterator[Furnished]:
    """Incidents, images, faces, tokens, webhooks, notices: something of each."""
    async with scene(site, folder, name) as here:
        office, now = here.office, datetime.now(UTC)
        boss = await office.member("boss", Role.ADMINISTRATOR, groups=[office.at.sales])
        invited = await office.member(LONG_NAME, groups=[office.at.development])
        absent, device = await office.worker("渡辺 翔", [office.at.tokyo])
        await lived(site.hub.engine, office.id, absent, now - DAY, Random(7))
        async with agent(site.hub.url, device.token) as away:
            away.tell(Presence.AWAY)
            await here.opens()
            await photographed(site, office, here.worker)
            await _settings(site, office, boss, invited)
            for member in (boss, here.worker):
                await _faces(site, office, member)
            async with site.hub.engine.begin() as conn:
                for one in (here.worker, boss):
                    await open_viewing(
                        conn, office.id, here.saito, one, ViewingKind.LIVE, "audit", now
                    )
                await notices.announce(conn, office.id, [HubGap(now, "e")], now)
            await seal(site.hub.engine, SIGNER, office.id, now)
            home, operator = await _operator(site, f"{name}の運用")
            yield Furnished(office, home, boss, here.worker, operator)


async def bare(site: Site, name: str) -> Furnished:
    """Nobody but those who look, and nothing of theirs."""
    office = await site.hub.office(name)
    boss = await office.member("boss", Role.ADMINISTRATOR)
    home, operator = await _operator(site, f"{name}の運用")
    return Furnished(office, home, boss, await office.member("mori"), operator)


async def _settings(site: Site, office: Office, boss: int, invited: int) -> None:
    await site.tell(office, boss, "POST", f"members/{invited}/invitation")
    await site.tell(office, boss, "POST", "tokens", TOKEN)
    async with receiver() as there:
        made = await site.tell(office, boss, "POST", "webhooks", {"url": there.url})
        await site.tell(office, boss, "POST", f"webhooks/{made['id']}/test")


async def _faces(site: Site, office: Office, member: int) -> None:
    async with pc(site, office, member) as one:
        answer = await one.http.post("/api/v1/agent/enrolments", json=enrolment(float(member)))
        assert answer.is_success, answer.text


async def _operator(site: Site, name: str) -> tuple[Office, int]:
    async with site.hub.engine.begin() as conn:
        home = await create_tenant(conn, name, datetime.now(UTC), operators=True)
        operator = await person(conn, home.id, "op", Role.OPERATOR)
    return Office(site.hub.engine, Company(home, 0, 0, 0)), operator


async def pairing_code(site: Site) -> str:
    """What a PC shows that wants to be paired; good for ten minutes."""
    form = {"client_id": "zaiseki-agent", "name": "SALES-PC-0231"}
    async with httpx2.AsyncClient(base_url=site.hub.url, trust_env=False) as one:
        asked = await one.post("/api/v1/pairing/device_authorization", data=form)
    return str(asked.json()["user_code"])
