"""What was enrolled and accepted reaches the hub, and what it decides comes back."""

import asyncio
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import numpy as np
import pytest

from agent import settings, terms
from agent.enrolment.filing import RENEW_AFTER_S, Filing
from agent.enrolment.gallery import Gallery, image_set
from hub.protocol.enrolling import ConsentPurpose
from storage.people.members import member_by_login
from storage.seats.devices import add_device
from tests.clock import until
from tests.hub.http.conftest import empty, hub
from tests.hub.http.site import Site

__all__ = ["empty", "hub"]

MODEL = f"sha256:{'a' * 64}"


class Desk:
    """What the page's desk does with a gallery."""

    def __init__(self, folder: Path, site: Site, token: str) -> None:
        self.gallery = Gallery(MODEL)
        folder.mkdir(exist_ok=True)

        class Direct(Filing):
            def _connected(self) -> httpx2.AsyncClient:
                return httpx2.AsyncClient(transport=httpx2.ASGITransport(site.app), auth=self._sign)

        self.tokens = [token]
        self.filing = Direct(
            folder, "http://hub.test", token, lambda: self.gallery, self.learn, self.tokens.append
        )

    def learn(self, known: Gallery) -> None:
        self.gallery = known


@pytest.mark.requirement("R28", "R57", "R4")
async def test_an_enrolment_reaches_another_pc_of_the_member_and_its_deletion_too(
    hub: Site, tmp_path: Path
) -> None:
    desks = []
    for name in ("office", "home"):
        async with hub.engine.begin() as conn:
            member = await member_by_login(conn, hub.a.id, "mori")
            assert member
            made = await add_device(conn, hub.a.id, member, name, datetime.now(UTC))
        desks.append(Desk(tmp_path / name, hub, made.token))
        terms.accept(tmp_path / name, 1_780_000_000.0)
    office, home = desks
    office.gallery = office.gallery.with_set(image_set([np.eye(1, 512, dtype=np.float32)[0]]))
    running = [asyncio.create_task(desk.filing.run()) for desk in desks]
    try:
        await until(lambda: all(one.hub for one in office.gallery.sets))
        await until(lambda: not terms.load(tmp_path / "office").untold)
        home.filing.wake()
        await until(lambda: len(home.gallery.sets) == 1)
        assert np.array_equal(home.gallery.templates, office.gallery.templates)
        home.gallery = home.gallery.without(home.gallery.sets[0].name)
        home.filing.wake()
        await until(lambda: not home.gallery.gone)
        office.filing.wake()
        await until(lambda: not office.gallery.sets)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    async with hub.engine.connect() as conn:
        said = "SELECT count(*) FROM consents WHERE device_id IS NOT NULL"
        assert (await conn.exec_driver_sql(said)).scalar_one() == 2 * len(ConsentPurpose)


@pytest.mark.requirement("R62")
async def test_a_token_that_is_a_month_old_is_replaced_and_ends(hub: Site, tmp_path: Path) -> None:
    async with hub.engine.begin() as conn:
        member = await member_by_login(conn, hub.a.id, "mori")
        assert member
        old = (await add_device(conn, hub.a.id, member, "PC", datetime.now(UTC))).token
    settings.save_token(tmp_path, old)
    month_ago = time.time() - RENEW_AFTER_S - 1
    os.utime(tmp_path / settings.TOKEN_FILE, (month_ago, month_ago))
    desk = Desk(tmp_path, hub, old)
    running = asyncio.create_task(desk.filing.run())
    try:
        await until(lambda: len(desk.tokens) == 2)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    kept = settings.token(tmp_path, None, None)
    assert desk.tokens == [old, kept]
    async with hub.client(origin="") as pc:
        answers = [
            await pc.get("/api/v1/agent/charter", headers={"Authorization": f"Bearer {token}"})
            for token in (old, kept, old)
        ]
    assert [one.status_code for one in answers] == [200, 200, 401]
