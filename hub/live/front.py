"""uvicorn's front, with a fast lane: handshakes of our websockets are read here, at once.

Only what is whole, correct and for us is taken: everything else goes to uvicorn as it came, and is
served by plain ASGI. Routing, sign-in and refusals are the ASGI application's on both ways. When
it has accepted, it detaches: the task ends, and hub.live.lane has the connection.
A test holds this against the uvicorn that is installed.
"""

import asyncio
import logging
import re
import socket
from base64 import b64encode
from collections.abc import MutableMapping
from hashlib import sha1
from http import HTTPStatus
from typing import Any, Protocol, cast
from urllib.parse import unquote

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl
from uvicorn.server import ServerState

from hub.live.lane import Lane
from hub.live.wire import Peer, Wires

EXTENSION = "zaiseki.lane"
STATE = "wires"  # where the application's state has the node's wires
CONNECTION = "connection"  # and where, for requests that uvicorn serves, the connection
HEAD_WITHIN_S = 10.0
HEAD_MAX_BYTES = 64 * 1024  # h11's own limit

# RFC 9112 3, 5: the whole head, with nothing in it that could be read in two ways.
HEAD = re.compile(
    rb"GET (/ws/(?:agent|watch)) HTTP/1\.1\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)+)\r\n"
)
KEY = re.compile(rb"[+/0-9A-Za-z]{22}==")  # 16 bytes (RFC 6455 4.2.1)
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

Headers = list[tuple[bytes, bytes]]

log = logging.getLogger(__name__)


class Detach(Protocol):
    def __call__(self, peer: Peer, wires: Wires, deflate: bool) -> None:
        """Take the connection out of ASGI; the endpoint returns, and touches it no more."""


def detach_of(scope: MutableMapping[str, Any]) -> Detach | None:
    """How to take this connection out of ASGI, where the server offers it."""
    offered = scope.get("extensions", {}).get(EXTENSION)
    return cast(Detach, offered["detach"]) if offered else None


class Front(asyncio.Protocol):
    """A new connection, until the head of its first request is there."""

    __slots__ = ("_app_state", "_config", "_head", "_server", "_transport", "_wires")

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._server = server_state
        self._app_state = app_state
        self._wires: Wires = app_state[STATE]
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._server.connections.add(cast(Any, self))
        self._wires.expect(self, HEAD_WITHIN_S, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        self._head += data
        if b"\r\n\r\n" not in self._head and len(self._head) < HEAD_MAX_BYTES:
            return
        self._let_go()
        handshake = understood(self._head)
        if handshake:
            Handshake(self._config, self._server, self._app_state).begin(self._transport, handshake)
        else:
            self._hand_over()

    def connection_lost(self, error: Exception | None) -> None:
        self._let_go()

    def shutdown(self) -> None:
        self._transport.close()

    def _let_go(self) -> None:
        self._server.connections.discard(cast(Any, self))
        self._wires.met(self)

    def _hand_over(self) -> None:
        """To uvicorn, as if it had had the connection from the beginning."""
        state = {**self._app_state, CONNECTION: self._transport}
        http = H11Protocol(self._config, self._server, state)
        http.connection_made(self._transport)
        self._transport.set_protocol(http)
        http.data_received(self._head)


def understood(head: bytes) -> tuple[str, Headers, bytes] | None:
    """Path, headers and key of a handshake that is as it should be (RFC 6455 4.2.1), else None."""
    found = HEAD.fullmatch(head)
    if found is None:
        return None
    headers = [headed(line) for line in found[2].split(b"\r\n")[:-1]]
    once = dict(headers)
    names = [name for name, _ in headers]
    if any(names.count(name) != 1 for name in ONCE) or NEVER & once.keys():
        return None
    right = (
        once[b"upgrade"].lower() == b"websocket"
        and b"upgrade" in once[b"connection"].lower().replace(b" ", b"").split(b",")
        and once[b"sec-websocket-version"] == b"13"
        and KEY.fullmatch(once[b"sec-websocket-key"])
    )
    return (found[1].decode(), headers, once[b"sec-websocket-key"]) if right else None


ONCE = (b"host", b"upgrade", b"connection", b"sec-websocket-key", b"sec-websocket-version")
NEVER = {b"content-length", b"transfer-encoding"}


def headed(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.lower(), value.strip(b" \t")


class Handshake(asyncio.Protocol):
    """What the ASGI application sees of a connection until it has answered the handshake."""

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any]
    ) -> None:
        self._config = config
        self._server = server_state
        self._app_state = app_state
        self._key = b""
        self._told = False
        self._answered = False
        self._detached = False
        self._refusal: tuple[int, Headers] | None = None
        self._lost = asyncio.Event()

    def begin(self, transport: asyncio.Transport, handshake: tuple[str, Headers, bytes]) -> None:
        path, headers, self._key = handshake
        self._transport = transport
        transport.set_protocol(self)
        self._server.connections.add(cast(Any, self))
        task = asyncio.get_running_loop().create_task(self._run(self._scope(path, headers)))
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)

    def _scope(self, path: str, headers: Headers) -> dict[str, Any]:
        root = self._config.root_path
        offered = (value for name, value in headers if name == b"sec-websocket-protocol")
        return {
            "type": "websocket",
            "asgi": {"version": self._config.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "wss" if is_ssl(self._transport) else "ws",
            "server": get_local_addr(self._transport),
            "client": get_remote_addr(self._transport),
            "root_path": root,
            "path": root + unquote(path),
            "raw_path": (root + path).encode(),
            "query_string": b"",
            "headers": headers,
            "subprotocols": [
                one.strip() for value in offered for one in value.decode("latin-1").split(",")
            ],
            "state": self._app_state.copy(),
            "extensions": {
                "websocket.http.response": {},
                EXTENSION: {"detach": self.detach},
            },
        }

    async def _run(self, scope: dict[str, Any]) -> None:
        try:
            await self._config.loaded_app(cast(Any, scope), cast(Any, self._receive), self._send)
        except Exception:
            log.exception("a handshake failed")
        scope.clear()  # it holds us, and we hold a transport: no cycle waits for a collection
        if self._detached:
            return
        if not self._answered:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, [], b"")
        self._transport.close()

    # ---- ASGI

    async def _receive(self) -> dict[str, Any]:
        if not self._told:
            self._told = True
            return {"type": "websocket.connect"}
        await self._lost.wait()
        return {"type": "websocket.disconnect", "code": 1006}

    async def _send(self, message: Any) -> None:
        if self._transport.is_closing():
            raise OSError("the client has left")
        match message["type"]:
            case "websocket.accept" if not self._answered:
                self._accept(message.get("subprotocol"), list(message.get("headers", [])))
            case "websocket.close" if not self._answered:
                self._refuse(HTTPStatus.FORBIDDEN, [], b"")
            case "websocket.http.response.start" if not self._answered:
                self._refusal = message["status"], list(message.get("headers", []))
            case "websocket.http.response.body" if self._refusal and not message.get("more_body"):
                status, headers = self._refusal
                self._refuse(status, headers, message.get("body", b""))
            case _:
                raise RuntimeError(f"{message['type']} has no place in a handshake")

    def _accept(self, subprotocol: str | None, headers: Headers) -> None:
        accepted = b64encode(sha1(self._key + GUID, usedforsecurity=False).digest())
        if subprotocol:
            headers.append((b"sec-websocket-protocol", subprotocol.encode()))
        headers += [
            (b"upgrade", b"websocket"),
            (b"connection", b"Upgrade"),
            (b"sec-websocket-accept", accepted),
        ]
        self._answer(HTTPStatus.SWITCHING_PROTOCOLS, headers, b"")

    def _refuse(self, status: int, headers: Headers, body: bytes) -> None:
        """RFC 6455 4.2.2: what was asked for is answered as plain HTTP."""
        said = {name for name, _ in headers}
        if b"content-length" not in said:
            headers.append((b"content-length", b"%d" % len(body)))
        self._answer(status, [*headers, (b"connection", b"close")], body)
        self._transport.close()

    def _answer(self, status: int, headers: Headers, body: bytes) -> None:
        self._answered = True
        head = b"HTTP/1.1 %d %s\r\n" % (status, HTTPStatus(status).phrase.encode())
        lines = [b"%s: %s\r\n" % header for header in self._server.default_headers + headers]
        self._transport.write(b"".join((head, *lines, b"\r\n", body)))

    def detach(self, peer: Peer, wires: Wires, deflate: bool) -> None:
        self._detached = True
        self._server.connections.discard(cast(Any, self))
        bound_kernel(self._transport, peer.limits.kernel_bytes)
        lane = Lane(self._transport, peer, wires, deflate)
        self._transport.set_protocol(lane)
        peer.attached(lane)

    # ---- the transport

    def data_received(self, data: bytes) -> None:
        """A client waits for our answer before it says more (RFC 6455 4.1)."""
        self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._server.connections.discard(cast(Any, self))
        self._lost.set()

    def shutdown(self) -> None:
        if not self._answered:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, [], b"")
        self._transport.close()


def bound_kernel(transport: asyncio.BaseTransport, bytes_: int) -> None:
    """What a slow peer may keep of ours in the kernel."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, bytes_)
