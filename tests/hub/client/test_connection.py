"""The one loop around a session, against a real websocket server that follows a script."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hub.client import BadAddress, Client, Stopped, endpoint
from hub.protocol import closing
from hub.protocol.agents import Ack, Bye, Heartbeat, Hello
from hub.protocol.facts import Label
from hub.protocol.session import AgentSession, State, WatcherSession
from hub.protocol.watchers import Delta, Resume, Resumed, SeatView, Snapshot, Subscribe
from tests.clock import until
from tests.links import link
from tests.memory import NOON, Memory
from tests.scripted_hub import Line, Said, ScriptedHub, scripted_hub, welcome


def agent(url: str, memory: Memory | None = None) -> Client:
    return Client(AgentSession("run-1", memory or Memory()), url, "/ws/agent", "secret")


@asynccontextmanager
async def running(client: Client) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(client.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Stopped):
            await task


async def stopped(client: Client) -> Stopped:
    with pytest.raises(Stopped) as end:
        async with asyncio.timeout(5):
            await client.run()
    return end.value


async def test_it_says_hello_with_its_token_and_then_everything_it_has() -> None:
    memory = Memory()
    memory.add()
    memory.add()
    async with scripted_hub() as hub, running(agent(hub.url, memory)):
        await until(lambda: not memory.reports)

        assert hub.tokens == ["Bearer secret"]
        assert isinstance(hub.heard[0], Hello)
        assert [report.seq for report in hub.reports] == [1, 2]


async def test_what_is_new_goes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with the next beat."""
    monkeypatch.setattr("hub.client.connection.BEAT_S", 3600)
    memory = Memory()
    async with scripted_hub() as hub:
        client = agent(hub.url, memory)
        async with running(client):
            await until(lambda: client.session.state is State.LIVE)
            memory.add()
            client.wake()
            await until(lambda: hub.reports)


async def test_after_a_cut_it_comes_back_and_sends_again_what_was_not_acknowledged() -> None:
    memory = Memory()
    async with scripted_hub() as hub, link(f"127.0.0.1:{hub.port}") as line:
        hub.acking = False
        memory.add()
        async with running(agent(f"http://{line.address}", memory)):
            await until(lambda: hub.reports)
            line.cut()
            hub.acking = True
            await until(lambda: not memory.reports)

        assert [report.seq for report in hub.reports] == [1, 1]
        assert [hello.session for hello in hub.hellos] == ["run-1", "run-1"]


async def test_it_finds_a_hub_that_starts_later() -> None:
    memory = Memory()
    async with scripted_hub() as first:
        port = first.port
    client = agent(f"http://127.0.0.1:{port}", memory)
    async with running(client):
        await until(lambda: client.trouble)
        assert "no connection to the hub" in client.trouble
        async with scripted_hub(port=port) as hub:
            await until(lambda: hub.hellos)


async def test_it_comes_back_to_a_hub_that_restarts() -> None:
    async with scripted_hub() as hub, running(agent(hub.url)):
        await until(lambda: hub.hellos)
        await hub.close(closing.COME_BACK, "restarting")

        await until(lambda: len(hub.hellos) == 2)


@pytest.mark.parametrize(
    "code", [closing.FENCED, closing.UNAUTHORIZED, closing.OLD_PROTOCOL, closing.BAD_MESSAGE]
)
async def test_a_hub_that_says_do_not_come_back_is_obeyed(code: int) -> None:
    async def close(hub: ScriptedHub, line: Line, message: Said) -> None:
        await line.close(code, "and this is why")

    async with scripted_hub() as hub:
        hub.script = close
        end = await stopped(agent(hub.url))

        assert (end.code, end.reason) == (code, "and this is why")
        assert len(hub.hellos) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"title":"Unauthorized","detail":"this token was revoked"}', "this token was revoked"),
        ("<html>\n<h1>Unauthorized</h1>\n" + "x" * 5000, "the hub answered 401"),
    ],
)
async def test_a_refused_token_ends_it_with_what_the_hub_says(body: str, reason: str) -> None:
    async with scripted_hub() as hub:
        hub.refusal = (HTTPStatus.UNAUTHORIZED, body)
        end = await stopped(agent(hub.url))

    assert (end.code, end.reason) == (closing.UNAUTHORIZED, reason)


@pytest.mark.parametrize("speaks", ["zaiseki.v9", None])
async def test_a_hub_of_another_protocol_ends_it(speaks: str | None) -> None:
    async with scripted_hub(speaks) as hub:
        end = await stopped(agent(hub.url))

    assert end.code == closing.OLD_PROTOCOL
    assert "zaiseki.v1" in end.reason


@pytest.mark.parametrize("rubbish", ["{", "[]", '{"type":"ack"}', b"\x00\x01", "x" * 2_000_000])
async def test_a_hub_that_talks_rubbish_is_left_and_tried_again_later(rubbish: str | bytes) -> None:
    async def babble(hub: ScriptedHub, line: Line, message: Said) -> None:
        await line.send(rubbish)

    async with scripted_hub() as hub:
        hub.script = babble
        client = agent(hub.url)
        async with running(client) as task:
            await until(lambda: client.trouble)

            assert not task.done()
            assert client.session.state is State.CONNECTING


async def test_a_silent_hub_is_left() -> None:
    async def silence(hub: ScriptedHub, line: Line, message: Said) -> None:
        """Take the hello and say nothing."""

    async with scripted_hub() as hub:
        hub.script = silence
        client = agent(hub.url)
        async with running(client):
            await until(lambda: hub.hellos)
            client.session._opened_at -= 60  # a minute ago
            await until(lambda: "did not answer" in client.trouble)


async def test_a_heartbeat_shows_that_it_lives() -> None:
    async def hurried(hub: ScriptedHub, line: Line, message: Said) -> None:
        if isinstance(message, Hello):
            await hub.say(welcome(heartbeat_s=0.1))

    async with scripted_hub() as hub:
        hub.script = hurried
        async with running(agent(hub.url)):
            await until(lambda: Heartbeat() in hub.heard)


async def test_stopping_says_goodbye() -> None:
    async with scripted_hub() as hub:
        async with running(agent(hub.url)):
            await until(lambda: hub.hellos)
        await until(lambda: isinstance(hub.heard[-1], Bye))


async def test_stopping_on_a_dead_line_takes_no_longer_than_two_seconds() -> None:
    async with (
        scripted_hub() as hub,
        link(f"127.0.0.1:{hub.port}") as line,
        running(agent(f"http://{line.address}")) as task,
    ):
        await until(lambda: hub.hellos)
        line.stall()
        begun = asyncio.get_running_loop().time()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

        assert asyncio.get_running_loop().time() - begun < 2.0


async def test_stopping_just_when_the_line_breaks_still_stops() -> None:
    async with (
        scripted_hub() as hub,
        link(f"127.0.0.1:{hub.port}") as line,
        running(agent(f"http://{line.address}")) as task,
    ):
        await until(lambda: hub.hellos)
        line.cut()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=2.0)

        assert task.cancelled()


async def test_an_ack_for_another_life_of_the_spool_forgets_nothing() -> None:
    memory = Memory()
    memory.add()
    async with scripted_hub() as hub:
        hub.acking = False
        async with running(agent(hub.url, memory)):
            await until(lambda: hub.reports)
            await hub.say(Ack("e0", 1), Ack("e1", 0))
            memory.add()
            await until(lambda: len(hub.reports) == 2)

            assert len(memory.reports) == 2


async def test_a_watcher_that_missed_a_delta_has_the_right_board_in_the_end() -> None:
    async def gappy(hub: ScriptedHub, line: Line, message: Said) -> None:
        if isinstance(message, Subscribe):
            seats = (SeatView(1, Label.PRESENT, NOON),)
            await hub.say(Snapshot("b1", 5, "v1", 0, True, NOON, seats=seats), Delta("b1", 6, 7))
        elif isinstance(message, Resume):
            away = (SeatView(1, Label.AWAY, NOON),)
            await hub.say(Resumed("b1", 5, "v1", NOON), Delta("b1", 5, 7, seats=away))

    async with scripted_hub() as hub:
        hub.script = gappy
        session = WatcherSession()
        client = Client(session, hub.url, "/ws/watch", "secret")
        async with running(client):
            await until(lambda: session.replica.board.offset == 7)

        assert session.replica.board.seats[1].label is Label.AWAY
        assert not hub.byes


@pytest.mark.requirement("R27")
@pytest.mark.parametrize("address", ["http://hub.example", "http://192.168.0.9:8080"])
def test_nothing_travels_unencrypted_to_another_machine(address: str) -> None:
    with pytest.raises(BadAddress, match="would travel unencrypted; use https://"):
        endpoint(address, "/ws/agent")


@pytest.mark.parametrize(
    "address", ["", "hub.example", "ws://hub.example", "https://", "https://h:port", "https://[::1"]
)
def test_an_address_that_is_none_is_refused_with_what_to_write(address: str) -> None:
    with pytest.raises(BadAddress, match="write it as https://"):
        endpoint(address, "/ws/agent")


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("https://hub.example", "wss://hub.example/ws/agent"),
        ("https://hub.example:8443/zaiseki/", "wss://hub.example:8443/zaiseki/ws/agent"),
        ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/ws/agent"),
        ("http://[::1]:8080", "ws://[::1]:8080/ws/agent"),
        ("http://localhost", "ws://localhost/ws/agent"),
    ],
)
def test_an_address_names_where_agents_connect(address: str, url: str) -> None:
    assert endpoint(address, "/ws/agent") == url


def certificate(folder: Path) -> Path:
    """Key and certificate of 127.0.0.1 in one file, signed by nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a hub of one's own")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1))
    builder = builder.not_valid_after(now + timedelta(days=1))
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "hub.pem"
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return file


@pytest.mark.requirement("R27")
async def test_a_hub_whose_certificate_is_not_trusted_hears_nothing(tmp_path: Path) -> None:
    memory = Memory()
    memory.add()
    async with scripted_hub(certificate=certificate(tmp_path)) as hub:
        client = agent(hub.url, memory)
        async with running(client) as task:
            await until(lambda: client.trouble)

            assert "the hub's certificate is not trusted" in client.trouble
            assert not task.done()
            assert (hub.tokens, hub.heard) == ([], [])
            assert len(memory.reports) == 1


@pytest.mark.requirement("R27")
async def test_a_hub_whose_certificate_is_trusted_is_talked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE is how an agent is told of a company's own authority."""
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    async with scripted_hub(certificate=file) as hub, running(agent(hub.url)):
        await until(lambda: hub.hellos)

        assert hub.url.startswith("https://")
