"""The board as server-sent events: the same board as a websocket's, whatever the line does."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

import httpx2
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from hub.access import Role
from hub.identity.scopes import ApiScope
from hub.protocol.closing import COME_BACK, TRY_LATER, UNAUTHORIZED, Advice
from hub.protocol.codec import SUBPROTOCOL, encode
from hub.protocol.facts import VERSION, IncidentKind, Label, Phase, Presence
from hub.protocol.session import NEAR_RETRY_S, WAIT_S
from hub.protocol.watchers import Subscribe
from storage.database import embedded_url
from storage.people.api_tokens import NewApiToken, add_api_token, revoke_api_token
from storage.people.groups import set_supervisors
from storage.people.members import disable_member
from tests.clock import until
from tests.hubs import PLAIN, Office, Running, running
from tests.links import link
from tests.peers import ScriptedAgent, agent, board
from tests.streams import EVENTS, Listener, listening

pytestmark = pytest.mark.asyncio(loop_scope="module")

PACE = 0.5  # leases of 20 s: none ends while a test looks elsewhere
NUMBERS = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    async with running(tmp_path_factory.mktemp("hub"), pace=PACE, rate_per_s=1e6) as hub:
        yield hub


@dataclass
class Scene:
    """An office of the test's own, an administrator's token, and two at work in it."""

    office: Office
    boss: str
    people: Sequence[int]
    tokens: Sequence[str]


async def scene(hub: Running) -> Scene:
    office = await hub.office(f"株式会社{next(NUMBERS)}")
    pairs = [await office.worker(name, [office.at.tokyo]) for name in ("mori", "ito")]
    people, devices = zip(*pairs, strict=True)
    here = Scene(office, await office.boss(), people, [one.token for one in devices])
    async with listening(hub.url, here.boss) as listener:  # a change of people is a new board
        await until(lambda: len(listener.replica.board.members) == len(people) + 1)
    return here


async def program(hub: Running, office: Office, *scopes: ApiScope) -> NewApiToken:
    """A token that an administrator made for a program."""
    member = await office.member(f"admin{next(NUMBERS)}", Role.ADMINISTRATOR)
    now, life = datetime.now(UTC), timedelta(days=1)
    async with hub.engine.begin() as conn:
        return await add_api_token(conn, office.id, member, "連携", list(scopes), life, now)


async def asked(hub: Running, token: str = "", **headers: str) -> httpx2.Response:
    """What is answered where no stream begins."""
    sent = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(base_url=hub.url, trust_env=False, verify=PLAIN) as client:
        return await client.get(EVENTS, headers=sent | headers)


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_happens_and_breaks_both_boards_are_equal(hub: Running, seed: int) -> None:
    """One replica is fed by a websocket, the other by streams that break again and again."""
    chance, here = Random(seed), await scene(hub)
    async with (
        link(f"127.0.0.1:{hub.port}") as line,
        board(hub.url, here.boss) as wall,
        agent(hub.url, here.tokens[0]) as one,
        agent(hub.url, here.tokens[1]) as two,
    ):
        listener, token = Listener(), (await program(hub, here.office, ApiScope.WATCH)).token
        for _ in range(4):
            async with listening(f"http://{line.address}", token, listener) as listener:
                await changed(chance, [one, two])
                if chance.random() < 0.5:
                    line.cut()
                    await until(lambda: listener.over)
            await changed(chance, [one, two])
        async with listening(hub.url, token, listener) as listener:
            await until(lambda: listener.replica.board == wall.session.replica.board)
            assert wall.seats[here.people[0]].label is labelled(one)
            assert wall.seats[here.people[1]].label is labelled(two)


async def changed(chance: Random, agents: Sequence[ScriptedAgent]) -> None:
    """A few random changes, all of which the hub has taken."""
    for _ in range(chance.randrange(4)):
        chance.choice(agents).tell(chance.choice(list(Presence)))
    for one in agents:
        await one.recorded()


def labelled(one: ScriptedAgent) -> Label:
    return Label(one.spool.current.presence.value)


@pytest.mark.requirement("R5")
async def test_a_stream_begins_with_the_board_and_every_event_says_where_one_stands(
    hub: Running,
) -> None:
    here = await scene(hub)
    async with (
        listening(hub.url, here.boss) as listener,
        agent(hub.url, here.tokens[0]) as pc,
    ):
        pc.tell(Presence.AWAY)
        await until(lambda: listener.label(here.people[0]) is Label.AWAY)

        assert listener.headers["content-type"].startswith("text/event-stream")
        assert listener.headers["cache-control"] == "no-store"
        assert listener.names[0] == "snapshot"
        assert set(listener.names[1:]) - {"pulse"} == {"delta"}
        board = listener.replica.board
        assert listener.last == f"{board.epoch}/{board.offset}/{board.view}"
        assert NEAR_RETRY_S * 500 <= listener.retries[0] <= NEAR_RETRY_S * 1000


async def test_what_a_broken_line_missed_is_told_and_no_more(hub: Running) -> None:
    here = await scene(hub)
    async with link(f"127.0.0.1:{hub.port}") as line, agent(hub.url, here.tokens[0]) as pc:
        async with listening(f"http://{line.address}", here.boss) as before:
            seen = pc.opens(IncidentKind.PEEPING)
            await until(lambda: before.news)
            line.cut()
            await until(lambda: before.over)
        pc.tell(Presence.AWAY)
        missed = pc.opens(IncidentKind.CAMERA_COVERED)
        await pc.recorded()
        async with listening(hub.url, here.boss, before) as after:
            await until(lambda: after.label(here.people[0]) is Label.AWAY)
            pc.tell(Presence.PRESENT)
            await until(lambda: after.label(here.people[0]) is Label.PRESENT)

    opened = [one.sighting.id for one in before.news + after.news if one.phase is Phase.OPENED]
    assert opened == [seen, missed]
    assert after.names[0] == "resumed"
    assert "snapshot" not in after.names


async def test_a_stream_goes_on_at_another_node(tmp_path: Path, broker_url: str) -> None:
    record = embedded_url(tmp_path)
    async with (
        running(tmp_path / "one", database=record, redis=broker_url, pace=PACE) as one,
        running(tmp_path / "other", database=record, redis=broker_url, pace=PACE) as other,
    ):
        here = await scene(one)
        async with agent(one.url, here.tokens[0]) as pc:
            async with listening(one.url, here.boss) as before:
                pass
            pc.tell(Presence.AWAY)
            await pc.recorded()
            async with listening(other.url, here.boss, before) as after:
                await until(lambda: after.label(here.people[0]) is Label.AWAY)

                assert after.names[0] == "resumed"


async def test_while_the_live_path_is_down_nobody_is_shown_what_may_not_be_true(
    tmp_path: Path, broker_url: str
) -> None:
    async with (
        link(broker_url.removeprefix("unix://")) as broker,
        running(tmp_path, redis=f"redis://{broker.address}", pace=PACE) as hub,
    ):
        here = await scene(hub)
        async with listening(hub.url, here.boss) as listener:
            broker.refuse()
            broker.cut()
            await until(lambda: listener.over)
        refused = await asked(hub, here.boss)
        await broker.resume()
        await until(lambda: measures(hub, "tenants_blind", 0))
        async with listening(hub.url, here.boss) as again:
            assert again.names[0] == "snapshot"

    assert listener.ended
    assert (listener.ended.code, listener.ended.advice) == (TRY_LATER, Advice.WAIT)
    assert WAIT_S * 1000 <= listener.retries[-1] <= WAIT_S * 2000
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert refused.json()["type"] == "/problems/unavailable"


@pytest.mark.parametrize("id", ["another-life/5/1:all", "nonsense", "1/2/3/4", "x" * 4_000])
async def test_from_an_id_of_nowhere_the_board_is_shown_anew(hub: Running, id: str) -> None:
    here = await scene(hub)
    async with listening(hub.url, here.boss, Listener(last=id)) as listener:
        assert listener.names[0] == "snapshot"


@pytest.mark.requirement("R1", "R62")
async def test_who_may_not_listen_is_told_so_before_a_stream_begins(hub: Running) -> None:
    here = await scene(hub)
    other = await program(hub, here.office, ApiScope.DEVICES_WRITE)
    refused = {
        "": (401, "not-signed-in"),
        "made-up": (401, "not-signed-in"),
        here.tokens[0]: (401, "not-signed-in"),
        other.token: (403, "not-allowed"),
    }
    for token, (status, kind) in refused.items():
        answer = await asked(hub, token)
        assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")


@pytest.mark.requirement("R62")
async def test_a_token_that_is_taken_back_ends_its_stream(hub: Running) -> None:
    here = await scene(hub)
    made = await program(hub, here.office, ApiScope.WATCH)
    async with listening(hub.url, made.token) as listener:
        async with hub.engine.begin() as conn:
            await revoke_api_token(conn, here.office.id, made.id, datetime.now(UTC))
        await until(lambda: listener.over)

        assert listener.ended
        assert (listener.ended.code, listener.ended.advice) == (UNAUTHORIZED, Advice.STOP)
        assert (await asked(hub, made.token)).status_code == 401


async def test_whose_account_is_disabled_hears_no_more(hub: Running) -> None:
    here = await scene(hub)
    member = await here.office.member("sato", Role.SUPERVISOR, supervises=[here.office.at.tokyo])
    async with listening(hub.url, await here.office.signed_in(member)) as listener:
        async with hub.engine.begin() as conn:
            await disable_member(conn, here.office.id, member, datetime.now(UTC))
        await until(lambda: listener.over)

        assert listener.ended
        assert listener.ended.code == UNAUTHORIZED


@pytest.mark.requirement("R64")
async def test_who_loses_a_group_is_shown_another_view(hub: Running) -> None:
    here = await scene(hub)
    tokyo = here.office.at.tokyo
    sato = await here.office.member("sato", Role.SUPERVISOR, supervises=[tokyo])
    async with listening(hub.url, await here.office.signed_in(sato)) as listener:
        assert set(here.people) <= set(listener.replica.board.seats)
        before = listener.replica.board.view
        async with hub.engine.begin() as conn:
            await set_supervisors(conn, here.office.id, tokyo, [])
        await until(lambda: listener.names.count("snapshot") == 2)

        assert not set(here.people) & set(listener.replica.board.seats)
        assert listener.replica.board.view != before


async def test_a_cookie_opens_a_stream_as_well(hub: Running) -> None:
    """What a page of another origin would hear, its browser does not give it (no CORS)."""
    here = await scene(hub)
    headers = {"Cookie": f"zaiseki_session={here.boss}", "Origin": hub.url}
    async with (
        httpx2.AsyncClient(base_url=hub.url, trust_env=False, verify=PLAIN) as client,
        client.stream("GET", EVENTS, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert "access-control-allow-origin" not in answer.headers
    async with httpx2.AsyncClient(
        base_url=hub.url, headers=headers, trust_env=False, verify=PLAIN
    ) as client:
        head = await client.head(EVENTS)
        assert (head.status_code, head.content) == (200, b"")


async def test_a_token_that_comes_back_without_end_is_slowed_down(hub: Running) -> None:
    """Together with its websockets: they are the same to the hub."""
    here = await scene(hub)
    token = (await program(hub, here.office, ApiScope.WATCH)).token
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(
        base_url=hub.url, headers=headers, trust_env=False, verify=PLAIN
    ) as client:
        answers = list[httpx2.Response]()
        while len(answers) < 200 and (not answers or answers[-1].status_code == 200):
            async with client.stream("GET", EVENTS) as answer:
                answers.append(answer)
                if answer.status_code != 200:
                    await answer.aread()

    assert answers[-1].json()["type"] == "/problems/too-many-requests"
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.usefixtures("both_paths")
async def test_a_hub_that_stops_says_come_back_and_waits_for_nobody(tmp_path: Path) -> None:
    async with running(tmp_path, pace=PACE) as hub:
        here = await scene(hub)
        async with listening(hub.url, here.boss) as listener:
            pass
        kept = Listener()
        task = asyncio.create_task(kept.listen(hub.url, here.boss))
        await until(lambda: kept.live)
    await task

    assert listener.names == ["snapshot"]
    assert kept.ended
    assert (kept.ended.code, kept.ended.advice) == (COME_BACK, Advice.RETRY)
    assert len(kept.retries) == 2


async def test_streams_are_counted_among_the_boards(hub: Running) -> None:
    here = await scene(hub)
    await until(lambda: measures(hub, "watchers", 0))
    async with listening(hub.url, here.boss):
        assert await measures(hub, "watchers", 1)
    await until(lambda: measures(hub, "watchers", 0))


async def measures(hub: Running, name: str, value: int) -> bool:
    async with httpx2.AsyncClient(base_url=hub.url, trust_env=False, verify=PLAIN) as client:
        told = (await client.get("/metrics")).text
    found = re.search(rf"^zaiseki_{name} (\d+)", told, re.MULTILINE)
    assert found
    return int(found[1]) == value


async def test_a_page_shows_its_token_in_the_only_header_that_it_can_write(hub: Running) -> None:
    """A browser's WebSocket takes subprotocols and nothing else."""
    here = await scene(hub)
    token = (await program(hub, here.office, ApiScope.WATCH)).token
    async with connect(
        f"ws://127.0.0.1:{hub.port}/ws/watch",
        subprotocols=[Subprotocol(SUBPROTOCOL), Subprotocol(f"bearer.{token}")],
        origin=None,
        proxy=None,
    ) as ws:
        await ws.send(encode(Subscribe(VERSION)), text=True)

        assert ws.subprotocol == SUBPROTOCOL
        assert b'"snapshot"' in await ws.recv(decode=False)
