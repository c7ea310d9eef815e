"""A tenant that limits from where it is used lets nobody in from elsewhere, and logs who tried."""

import pytest
from sqlalchemy import select

from storage.models.log import LogEntry
from storage.proof.log import What
from tests.hub.http.pictures.test_enrolments import device
from tests.hub.http.site import Site, problem, sign_in

pytestmark = pytest.mark.requirement("R63")

OFFICE = "192.0.2.1"


async def test_people_and_devices_are_refused_elsewhere_and_that_is_logged_once(
    hub: Site,
) -> None:
    pc = await device(hub, "mori")
    async with hub.signed_in("boss") as boss, hub.client(address="198.51.100.9") as away:
        assert (await sign_in(away, "mori")).status_code == 201
        set_ = await boss.put("/api/v1/limits", json={"networks": ["192.0.2.0/24"]})
        shown = (await boss.get("/api/v1/limits")).json()
        refused = [await away.get("/api/v1/session") for _ in range(3)]
        again = await sign_in(away, "mori")
        agent = await away.get("/api/v1/agent/charter", headers=pc)
        here = await boss.get("/api/v1/session")

    assert set_.status_code == 204
    assert (shown["networks"], shown["geoip"], shown["address"]) == (
        ["192.0.2.0/24"], False, OFFICE,
    )  # fmt: skip
    assert {problem(one) for one in (*refused, again, agent)} == {"outside-limits"}
    assert here.status_code == 200
    async with hub.engine.connect() as conn:
        tried = select(LogEntry.subject).where(LogEntry.what == What.OUTSIDE_LIMITS)
        logged = (await conn.execute(tried)).scalars().all()
    assert [one["address"] for one in logged] == ["198.51.100.9"]


async def test_nobody_shuts_themselves_out(hub: Site) -> None:
    async with hub.signed_in("boss") as boss:
        out = await boss.put("/api/v1/limits", json={"networks": ["198.51.100.0/24"]})
        wrong = await boss.put("/api/v1/limits", json={"networks": ["198.51.100.0/33"]})

    assert (problem(out), problem(wrong)) == ("locks-out", "invalid")
