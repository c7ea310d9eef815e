"""Pairing by RFC 8628: the PC asks and polls, the person confirms a code, and once is once."""

from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from sqlalchemy import select, update

from hub.http.people.pairing import GRANT
from storage.models.machines import Pairing
from storage.models.seats import Device
from storage.people import tokens
from storage.seats.devices import device_of
from tests.hub.http.site import Site, problem

pytestmark = pytest.mark.requirement("R61")


async def asked(pc: httpx2.AsyncClient) -> dict[str, str]:
    answer = await pc.post("/api/v1/pairing/device_authorization", data={"name": "自宅のPC"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def polled(pc: httpx2.AsyncClient, device_code: str) -> httpx2.Response:
    form = {"grant_type": GRANT, "device_code": device_code, "client_id": "zaiseki-agent"}
    return await pc.post("/api/v1/pairing/token", data=form)


async def patient(hub: Site) -> None:
    """As if the PC had waited for its interval."""
    async with hub.engine.begin() as conn:
        await conn.execute(update(Pairing).values(polled_at=None))


async def test_a_worker_confirms_the_code_and_the_pc_gets_a_token_exactly_once(hub: Site) -> None:
    async with hub.client(address="192.0.2.7", origin="") as pc, hub.signed_in("mori") as mori:
        told = await asked(pc)
        assert told["verification_uri_complete"].endswith("/pair?code=" + told["user_code"])
        early = await polled(pc, told["device_code"])
        shown = (await mori.get(f"/api/v1/pairings/{told['user_code'].lower()}")).json()
        said = await mori.post(f"/api/v1/pairings/{told['user_code']}", json={"accept": True})
        await patient(hub)
        given = await polled(pc, told["device_code"])
        again = await polled(pc, told["device_code"])
        late = await mori.post(f"/api/v1/pairings/{told['user_code']}", json={"accept": True})

        assert (early.status_code, early.json()["error"]) == (400, "authorization_pending")
        assert (shown["name"], shown["address"]) == ("自宅のPC", "192.0.2.7")
        assert said.status_code == 204
        assert given.json()["token_type"] == "Bearer"
        assert again.json()["error"] == "invalid_grant"
        assert problem(late) == "not-found"
        [device] = (await mori.get("/api/v1/devices")).json()["items"]
    assert (device["id"], device["login"], device["paired"]) == (
        given.json()["device"], "mori", True,
    )  # fmt: skip
    async with hub.engine.connect() as conn:
        assert await device_of(conn, given.json()["access_token"]) is not None
        kept = (await conn.execute(select(Pairing.device_code))).scalar_one()
    assert kept == tokens.digest(told["device_code"])


async def test_who_polls_faster_than_told_is_slowed_down(hub: Site) -> None:
    async with hub.client(origin="") as pc:
        code = (await asked(pc))["device_code"]
        await polled(pc, code)
        hasty = await polled(pc, code)

    assert hasty.json()["error"] == "slow_down"
    async with hub.engine.connect() as conn:
        assert (await conn.execute(select(Pairing.interval_s))).scalar_one() == 10


async def test_a_code_that_was_turned_away_or_has_expired_brings_nothing(hub: Site) -> None:
    async with hub.client(origin="") as pc, hub.signed_in("mori") as mori:
        refused, expired = await asked(pc), await asked(pc)
        await mori.post(f"/api/v1/pairings/{refused['user_code']}", json={"accept": False})
        past = datetime.now(UTC) - timedelta(seconds=1)
        async with hub.engine.begin() as conn:
            old = update(Pairing).where(Pairing.member_id.is_(None))
            await conn.execute(old.values(expires_at=past))
        answers = [(await polled(pc, one["device_code"])).json() for one in (refused, expired)]
        gone = await mori.get(f"/api/v1/pairings/{expired['user_code']}")

    assert [one["error"] for one in answers] == ["access_denied", "expired_token"]
    assert problem(gone) == "not-found"


async def test_nobody_guesses_codes(hub: Site) -> None:
    async with hub.signed_in("mori") as mori:
        answers = [await mori.get("/api/v1/pairings/BBBB-BBBB") for _ in range(21)]

    assert {problem(one) for one in answers[:20]} == {"not-found"}
    assert problem(answers[20]) == "too-many-requests"


@pytest.mark.parametrize("form", [{}, {"grant_type": "password", "device_code": "x"}])
async def test_a_request_that_is_none_is_answered_as_a_problem(
    hub: Site, form: dict[str, str]
) -> None:
    async with hub.client(origin="") as pc:
        answer = await pc.post("/api/v1/pairing/token", data=form)

    assert problem(answer) in ("invalid", "unsupported-media-type", "not-paired")


@pytest.mark.requirement("R62")
async def test_a_new_token_ends_the_old_one_with_its_first_use(hub: Site) -> None:
    async with hub.client(origin="") as pc, hub.signed_in("mori") as mori:
        told = await asked(pc)
        await mori.post(f"/api/v1/pairings/{told['user_code']}", json={"accept": True})
        old = (await polled(pc, told["device_code"])).json()["access_token"]

        new = (await pc.post("/api/v1/agent/token", headers=bearer(old))).json()["token"]
        unused = await pc.get("/api/v1/agent/charter", headers=bearer(old))
        used = await pc.get("/api/v1/agent/charter", headers=bearer(new))
        ended = await pc.get("/api/v1/agent/charter", headers=bearer(old))

    assert (unused.status_code, used.status_code, ended.status_code) == (200, 200, 401)
    async with hub.engine.connect() as conn:
        row = (await conn.execute(select(Device.token_hash, Device.next_hash))).one()
    assert row == (tokens.digest(new), None)


@pytest.mark.requirement("R64")
async def test_everybody_sees_and_ends_their_own_devices_and_nobody_elses(hub: Site) -> None:
    async with hub.client(origin="") as pc, hub.signed_in("mori") as mori:
        told = await asked(pc)
        await mori.post(f"/api/v1/pairings/{told['user_code']}", json={"accept": True})
        device = (await polled(pc, told["device_code"])).json()["device"]
        async with hub.signed_in("sato") as sato:
            others = (await sato.get("/api/v1/devices")).json()["items"]
            refused = await sato.delete(f"/api/v1/devices/{device}")
        own = await mori.delete(f"/api/v1/devices/{device}")

    assert others == []
    assert problem(refused) == "not-found"
    assert own.status_code == 204


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
