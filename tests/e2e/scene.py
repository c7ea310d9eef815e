"""Incidents with images in an office: a worker's device, and those who judge what it reports."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.async_api import Page
from sqlalchemy import func, select

from agent.vision.pixels import Image
from hub.access import Role
from hub.protocol.facts import EvidenceState, IncidentKind, Why
from storage.models.images import Evidence
from tests.clock import until
from tests.e2e.site import Site
from tests.eyewitness import Witness, witness
from tests.hubs import Office
from tests.record import person

PEEPED = Why(votes=4, of=5, score=0.83, threshold=0.6, quality=0.74)
IMAGES = 2  # of one incident: camera and screen


def slope(width: int, height: int) -> Image:
    """A picture in which something can be seen."""
    rows = np.linspace(40, 220, height, dtype=np.uint8)[:, None, None]
    columns = np.linspace(0, 30, width, dtype=np.uint8)[None, :, None]
    return np.broadcast_to(rows + columns, (height, width, 3)).copy()


@dataclass
class Scene:
    """An office of the file's hub: a worker whose device sees things, and two who judge them."""

    site: Site
    office: Office
    worker: int
    saito: int
    kimura: int
    device: Witness
    opened: int = 0

    async def opens(self, kind: IncidentKind = IncidentKind.PEEPING, why: Why = PEEPED) -> str:
        """An incident that is over at once, with both of its images at the hub; its id."""
        id = self.device.opens(kind, why)
        self.opened += 1
        self.device.ends(kind)
        await until(self._stored)
        return id

    async def _stored(self) -> bool:
        mine = Evidence.tenant_id == self.office.id
        stored = select(func.count()).where(mine, Evidence.state == EvidenceState.STORED)
        async with self.site.hub.engine.connect() as conn:
            return bool((await conn.execute(stored)).scalar_one() >= IMAGES * self.opened)

    async def queue(self, member: int, query: str = "") -> Page:
        """The incidents' page of somebody, live."""
        page = await self.site.signed_in(self.office, member, f"/incidents{query}")
        await page.wait_for_selector('[data-link="live"]')
        return page

    async def stands(self, *verdicts: str | None) -> None:
        """Wait until these are the verdicts of all incidents, in whatever order."""

        async def all_of_them() -> bool:
            return Counter(await self.verdicts()) == Counter(verdicts)

        await until(all_of_them)

    async def verdicts(self) -> Sequence[str | None]:
        """Of all incidents, the newest first."""
        told = await self.site.tell(self.office, self.saito, "GET", "incidents")
        return [one.get("verdict") for one in told["items"]]


@asynccontextmanager
async def scene(site: Site, folder: Path, name: str) -> AsyncIterator[Scene]:
    office = await site.hub.office(name)
    async with site.hub.engine.begin() as conn:
        groups = [office.at.tokyo]
        worker = await person(conn, office.id, "吉田 千尋", groups=groups)
        saito = await person(conn, office.id, "saito", Role.SUPERVISOR, supervises=groups)
        kimura = await person(conn, office.id, "木村 部長", Role.SUPERVISOR, supervises=groups)
    token = (await office.device(worker)).token
    async with witness(folder, site.hub.url, token) as device:
        device.camera, device.screens = slope(640, 480), [slope(1280, 720)]
        await until(lambda: device.live)
        yield Scene(site, office, worker, saito, kimura, device)
