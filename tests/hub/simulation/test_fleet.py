"""A simulated fleet on a real hub: boards see it as they see real devices."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from hub.client import BadAddress
from hub.protocol.facts import Label
from hub.simulation.fleet import Fleet, Pace, TooManyFiles, allow
from tests.clock import until
from tests.hubs import Office, Running, running
from tests.peers import board

SEATS = 12
# What people said they do outlives the link of their device.
GONE = {Label.OFFLINE, Label.OFF, Label.OUT, Label.BREAK, Label.PAUSED}


@asynccontextmanager
async def office(state: Path) -> AsyncIterator[tuple[Running, Office, list[str]]]:
    async with running(state) as hub:
        place = await hub.office()
        workers = [await place.worker(f"w{number}") for number in range(SEATS)]
        yield hub, place, [device.token for _, device in workers]


@pytest.mark.requirement("R5")
async def test_a_fleet_is_live_on_every_board_changes_and_goes_home(tmp_path: Path) -> None:
    async with office(tmp_path) as (hub, place, tokens):
        fleet = Fleet(hub.url, tokens, Pace(200.0, 20.0), Random(3))
        async with board(hub.url, await place.boss()) as wall:
            await fleet.come()
            assert fleet.live == SEATS
            acting = asyncio.create_task(fleet.act(None))
            await until(lambda: fleet.done.changes > 50 and fleet.done.incidents > 2)
            acting.cancel()
            await until(lambda: fleet.recorded > 50)
            await fleet.leave()
            await until(lambda: {seat.label for seat in wall.seats.values()} <= GONE)
    assert fleet.done.lost == 0
    assert not any(device.memory.sightings() for device in fleet.devices)


async def test_a_fleet_comes_back_to_a_hub_that_was_away(tmp_path: Path) -> None:
    async with office(tmp_path / "hub") as (hub, _, tokens):
        fleet = Fleet(hub.url, tokens, Pace(0.0), Random(3))
        await fleet.come()
        port = hub.port
    acting = asyncio.create_task(fleet.act(None))
    await until(lambda: fleet.live == 0)
    async with running(tmp_path / "hub", port=port):
        await until(lambda: fleet.live == SEATS)
        acting.cancel()
        await fleet.leave()
    assert fleet.done.lost >= SEATS


async def test_devices_that_the_hub_does_not_know_do_not_come_back(tmp_path: Path) -> None:
    async with office(tmp_path) as (hub, _, tokens):
        fleet = Fleet(hub.url, [*tokens, "nobody"], Pace(0.0), Random(3))
        await fleet.come()
        assert (fleet.live, fleet.done.refused) == (SEATS, 1)
        assert fleet.done.why
        await fleet.leave()


async def test_the_day_so_far_is_told_late(tmp_path: Path) -> None:
    async with office(tmp_path) as (hub, _, tokens):
        fleet = Fleet(hub.url, tokens, Pace(0.0, day_s=6 * 3600), Random(3))
        kept = sum(len(device.memory.unrecorded(0, 256)) for device in fleet.devices)
        assert kept > SEATS * 4
        await fleet.come()
        acting = asyncio.create_task(fleet.act(None))
        await until(lambda: fleet.recorded == kept)
        acting.cancel()
        await fleet.leave()


def test_an_address_or_a_machine_that_cannot_do_is_said_at_once() -> None:
    with pytest.raises(BadAddress, match="https"):
        Fleet("http://hub.example", ["token"], Pace(1.0), Random(1))
    with pytest.raises(TooManyFiles, match="open"):
        allow(2_000_000_000)
