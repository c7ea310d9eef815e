"""The front of the fast lane: what it takes, what it leaves to uvicorn, and how long it waits."""

import inspect
import json
import time

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from hub.live.frames import CLOSE, FIN, TEXT
from hub.live.front import HEAD_WITHIN_S, Front, understood
from tests.clock import until
from tests.hub.live.wires import stand
from tests.rawsockets import HANDSHAKE, RESET, client_frame, raw_socket, raw_stream

both = pytest.mark.parametrize("lane", [True, False], ids=["lane", "plain"])
RESET_FRAME = (CLOSE, RESET.to_bytes(2, "big"))
HEAD = HANDSHAKE.format(path="/ws/agent").encode() + b"\r\n"


# ---- what is taken


def test_a_handshake_as_it_should_be_is_understood() -> None:
    """RFC 6455 4.2.1, and 1.3's key."""
    found = understood(HEAD)
    assert found
    path, headers, key = found
    assert (path, key) == ("/ws/agent", b"dGhlIHNhbXBsZSBub25jZQ==")
    assert (b"upgrade", b"websocket") in headers
    assert understood(HEAD.replace(b"Connection: Upgrade", b"Connection: keep-alive, Upgrade"))


LEFT = {
    "another method": (b"GET ", b"POST "),
    "another path": (b"/ws/agent", b"/ws/other"),
    "a query": (b"/ws/agent", b"/ws/agent?x=1"),
    "another version of HTTP": (b"HTTP/1.1", b"HTTP/1.0"),
    "another protocol": (b"Upgrade: websocket", b"Upgrade: h2c"),
    "no upgrade": (b"Connection: Upgrade", b"Connection: close"),
    "another version": (b"Version: 13", b"Version: 8"),
    "a short key": (b"b25jZQ==", b"b25jZQ="),
    "no host": (b"Host: 127.0.0.1\r\n", b""),
    "two hosts": (b"Host:", b"Host: b\r\nHost:"),
    "two keys": (b"Sec-WebSocket-Key:", b"Sec-WebSocket-Key: a\r\nSec-WebSocket-Key:"),
    "a folded line": (b"Host: 127.0.0.1", b"Host: 127.0.0.1\r\n folded"),
    "a space before the colon": (b"Host:", b"Host :"),
    "a bare line feed": (b"Host: 127.0.0.1", b"Host: 127.0.0.1\nX: y"),
    "a NUL": (b"Host: 127.0.0.1", b"Host: 127\x000.0.1"),
    "a body": (b"Host:", b"Content-Length: 1\r\nHost:"),
    "chunks": (b"Host:", b"Transfer-Encoding: chunked\r\nHost:"),
    "more than the head": (b"\r\n\r\n", b"\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
    "less than the head": (b"\r\n\r\n", b"\r\n"),
}


@pytest.mark.parametrize(("usual", "other"), LEFT.values(), ids=LEFT.keys())
def test_anything_else_is_left_to_uvicorn(usual: bytes, other: bytes) -> None:
    assert usual in HEAD
    assert understood(HEAD.replace(usual, other)) is None


@given(st.binary(max_size=300), st.integers(0, len(HEAD)))
def test_whatever_comes_is_understood_or_left(junk: bytes, at: int) -> None:
    found = understood(HEAD[:at] + junk + HEAD[at:])
    assert found is None or found[0] == "/ws/agent"


# ---- what is answered


async def test_the_answer_is_the_one_of_the_standard() -> None:
    """RFC 6455 1.3."""
    async with stand(lane=True) as at, raw_socket(at.port, "/ws/agent") as client:
        lines = client.answer.split("\r\n")
        assert lines[0] == "HTTP/1.1 101 Switching Protocols"
        assert "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in lines


@both
async def test_a_refusal_is_plain_http(lane: bool) -> None:
    async with stand(lane) as at, raw_socket(at.port, "/ws/watch") as client:
        assert client.status == 401
        assert json.loads(await client.reader.read()) == {"title": "not you"}
        await until(lambda: not at.server.server_state.connections)


async def test_an_endpoint_that_fails_is_a_500() -> None:
    async with stand(lane=True) as at:
        at.fails = True
        async with raw_socket(at.port, "/ws/agent") as client:
            assert client.status == 500
            assert await client.ended()


async def test_a_head_may_come_in_pieces() -> None:
    async with stand(lane=True) as at, raw_stream(at.port) as client:
        for byte in HEAD:
            await client.send(bytes((byte,)))
        assert (await client.head()).startswith("HTTP/1.1 101 ")
        await until(lambda: len(at.wires) == 1)


async def test_what_is_not_for_the_lane_goes_to_uvicorn_as_it_came() -> None:
    async with stand(lane=True) as at, raw_stream(at.port) as client:
        await client.send(b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await client.head()).startswith("HTTP/1.1 404 ")
    async with stand(lane=True) as at, raw_socket(at.port, "/ws/agent?plainly") as client:
        await client.say(b"the same")
        assert await client.text() == b"the same"
        assert len(at.server.server_state.connections) == 1


# ---- who does not behave


async def test_who_sends_no_head_in_time_is_cut_off() -> None:
    begun = time.monotonic()
    async with stand(lane=True) as at, raw_stream(at.port) as idle, raw_stream(at.port) as slow:
        await slow.send(HEAD[:50])
        await until(lambda: len(at.server.server_state.connections) == 2)
        at.wires.look(begun + HEAD_WITHIN_S - 1)
        assert len(at.server.server_state.connections) == 2
        at.wires.look(time.monotonic() + HEAD_WITHIN_S + 1)
        for client in (idle, slow):
            assert await client.frame() == RESET_FRAME
        assert not at.server.server_state.connections


async def test_a_head_without_end_is_refused() -> None:
    async with stand(lane=True) as at, raw_stream(at.port) as client:
        await client.send(HEAD[:-2] + b"X: " + b"x" * 70_000)
        assert (await client.head()).startswith("HTTP/1.1 400 ")


async def test_who_talks_before_the_answer_is_cut_off() -> None:
    """RFC 6455 4.1: the client waits."""
    async with stand(lane=True) as at, raw_stream(at.port) as client:
        at.gate.clear()
        await client.send(HEAD)
        await until(lambda: at.arrived == 1)
        await client.send(client_frame(FIN | TEXT, b"too early"))
        assert await client.frame() == RESET_FRAME
        at.gate.set()
        await until(lambda: not at.server.server_state.tasks)
        assert len(at.wires) == 0


async def test_who_leaves_before_the_answer_leaves_nothing() -> None:
    async with stand(lane=True) as at, raw_stream(at.port) as client:
        at.gate.clear()
        await client.send(HEAD)
        await until(lambda: at.arrived == 1)
        client.writer.transport.abort()
        await until(lambda: not at.server.server_state.connections)
        at.gate.set()
        await until(lambda: not at.server.server_state.tasks)
        assert len(at.wires) == 0


# ---- the server that it is built on


def test_the_installed_uvicorn_is_the_one_that_the_front_was_made_for() -> None:
    """For another one, read its h11_impl.py and server.py first, then say so here."""
    assert uvicorn.__version__.split(".")[:2] == ["0", "54"]
    ours, theirs = (
        list(inspect.signature(kind).parameters) for kind in (Front.__init__, H11Protocol.__init__)
    )
    assert ours == theirs == ["self", "config", "server_state", "app_state", "_loop"]
    for method in ("connection_made", "data_received", "connection_lost", "shutdown"):
        assert callable(getattr(H11Protocol, method))
    state = ServerState()
    assert (state.connections, state.tasks, state.default_headers) == (set(), set(), [])
    config = Config(Starlette(), http=Front)
    config.load()
    assert config.http_protocol_class is Front
    assert config.loaded_app and config.asgi_version == "3.0" and config.root_path == ""
    asked = inspect.getsource(uvicorn.Server.shutdown)
    assert "connection.shutdown()" in asked
    assert "self.server_state.tasks" in asked
