"""Nothing crosses tenants by webhook: each receiver hears of its own people, by its own secret.

What happens is done by real agents on one hub that serves both tenants.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from hub.keyring import opened_keys
from hub.protocol.facts import IncidentKind, Presence
from storage.errors import Missing
from storage.webhooks.endpoints import Wishes, add_endpoint, endpoints, remove_endpoint
from storage.webhooks.outbox import ping
from tests.clock import until
from tests.hubs import Office, Running, running
from tests.peers import ScriptedAgent, agent
from tests.receiver import Receiver, receiver

LOOPBACK = (IPv4Network("127.0.0.0/8"),)

pytestmark = pytest.mark.requirement("R64")


@dataclass(frozen=True, slots=True)
class Customer:
    """A tenant with one worker at a PC, and somebody who wants to hear of it."""

    office: Office
    member: int
    pc: ScriptedAgent
    endpoint: int
    heard: Receiver

    @property
    def told_of(self) -> set[int]:
        return {got.data["member"] for got in self.heard.received if "member" in got.data}


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[tuple[Customer, Customer]]:
    async with running(tmp_path, allow=LOOPBACK) as hub, AsyncExitStack() as stack:
        yield await customer(hub, stack, "A"), await customer(hub, stack, "B")


async def customer(hub: Running, stack: AsyncExitStack, name: str) -> Customer:
    office = await hub.office(name)
    member, device = await office.worker("mori")
    heard = await stack.enter_async_context(receiver())
    box = await (await opened_keys(hub.engine, hub.settings)).box(office.id)
    async with hub.engine.begin() as conn:
        made = await add_endpoint(conn, box, Wishes(heard.url), datetime.now(UTC))
    heard.secret = made.keys.secret
    pc = await stack.enter_async_context(agent(hub.url, device.token))
    return Customer(office, member, pc, made.id, heard)


async def test_each_receiver_hears_of_its_own_people_only(
    both: tuple[Customer, Customer],
) -> None:
    for one in both:
        one.pc.tell(Presence.AWAY)
        one.pc.opens(IncidentKind.PEEPING)
        await one.pc.recorded()
    await until(lambda: all("incident.opened" in one.heard.types() for one in both))

    for one in both:
        assert one.told_of == {one.member}
        assert all(got.verified for got in one.heard.received)
    assert not set(both[0].heard.ids()) & set(both[1].heard.ids())


async def test_anothers_endpoint_is_one_that_never_was(both: tuple[Customer, Customer]) -> None:
    here, other = both
    now = datetime.now(UTC)
    async with here.office.engine.begin() as conn:
        for endpoint in (other.endpoint, 987_654_321):
            with pytest.raises(Missing):
                await ping(conn, here.office.id, endpoint, now)
            with pytest.raises(Missing):
                await remove_endpoint(conn, here.office.id, endpoint, now)
        assert [one.id for one in await endpoints(conn, here.office.id, now)] == [here.endpoint]
        assert [one.id for one in await endpoints(conn, other.office.id, now)] == [other.endpoint]
