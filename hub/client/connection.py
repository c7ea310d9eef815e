"""The one asyncio loop around a client session: agents, boards and the terminal have the same."""

import asyncio
import random
import ssl
import time
from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

import msgspec
from msgspec import Struct
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    NegotiationError,
    WebSocketException,
)
from websockets.typing import Subprotocol

from hub.protocol.agents import Bye
from hub.protocol.closing import (
    BAD_MESSAGE,
    GOING_AWAY,
    NORMAL,
    OLD_PROTOCOL,
    TRY_LATER,
    Advice,
    Closing,
    advice,
    clipped,
)
from hub.protocol.codec import SUBPROTOCOL, TO_CLIENT_MAX_BYTES, encode
from hub.protocol.session import AgentSession, ClientSession, code_of_status

PING_S, PONG_S, CLOSE_S = 10.0, 5.0, 1.0  # a dead line is noticed within their sum
LEAVE_S = 1.0  # a stopping agent waits no longer for a line that takes nothing
BEAT_S = 1.0  # how often the session is asked whether time alone makes it send


class BadAddress(ValueError):
    """The hub's address cannot be used; the text says what to write instead."""


def endpoint(hub: str, path: str) -> str:
    """`https://hub.example` -> `wss://hub.example/ws/…`; plain http only to this machine."""
    try:
        parts = urlsplit(hub.strip())
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise BadAddress(f"{hub!r} is no hub address; write it as https://hub.example")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise BadAddress(f"{hub} would travel unencrypted; use https://{parts.netloc}")
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + path, "", ""))


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class Client:
    """Keeps one session connected until it is cancelled or the hub says to stop.

    `on_change` is called after everything that the session learned or went through; it must be
    quick. `wake()` says that an agent's backlog has grown. `ended` is the close code of the last
    connection and `trouble` what was said with it, in English. `unreached`: it only broke, or
    nobody answers at the hub's address.
    """

    def __init__(
        self,
        session: ClientSession,
        hub: str,
        path: str,
        token: str,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.session = session
        self.url = endpoint(hub, path)
        self.token = token
        self.on_change = on_change
        self.ended: int | None = None
        self.trouble = ""
        self.unreached = False
        self._ws: ClientConnection | None = None
        self._woken = asyncio.Event()
        self._line = asyncio.Lock()  # fair: frames leave in the order in which they were made

    @property
    def latency_s(self) -> float | None:
        """How long the last ping took there and back; None before the first of a connection."""
        return self._ws.latency or None if self._ws else None

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Raise Stopped when the hub says that coming back is of no use."""
        while True:
            code, reason = await self._life()
            if (task := asyncio.current_task()) and task.cancelling():
                raise asyncio.CancelledError  # a line that broke just then has covered it up
            self.ended, self.trouble = code, reason
            delay = self.session.lost(code, reason, time.monotonic(), random.random())
            self.on_change()
            await asyncio.sleep(delay)

    async def _life(self) -> tuple[int, str]:
        """One connection from its handshake to its end; how it ended."""
        self.unreached = False
        try:
            async with connect(
                self.url,
                subprotocols=[Subprotocol(SUBPROTOCOL)],
                additional_headers={"Authorization": f"Bearer {self.token}"},
                compression=None,
                proxy=None if is_loopback(urlsplit(self.url).hostname or "") else True,
                open_timeout=10,
                ping_interval=PING_S,
                ping_timeout=PONG_S,
                close_timeout=CLOSE_S,
                max_size=TO_CLIENT_MAX_BYTES,
            ) as ws:
                if ws.subprotocol != SUBPROTOCOL:
                    return OLD_PROTOCOL, f"the hub does not speak {SUBPROTOCOL}; update it"
                self._ws = ws
                try:
                    return await self._talk(ws)
                except asyncio.CancelledError:
                    await self._leave(ws)
                    raise
                finally:
                    self._ws = None
        except InvalidStatus as refused:
            status = refused.response.status_code
            return code_of_status(status), explained(refused.response.body, status)
        except NegotiationError:
            return OLD_PROTOCOL, f"the hub does not speak {SUBPROTOCOL}; update the older one"
        except ssl.SSLCertVerificationError as bad:
            return GOING_AWAY, f"the hub's certificate is not trusted: {bad.verify_message}"
        except (OSError, TimeoutError, InvalidHandshake, WebSocketException) as failed:
            self.unreached = isinstance(failed, OSError) and not isinstance(failed, ssl.SSLError)
            return GOING_AWAY, f"no connection to the hub: {failed}"

    async def _talk(self, ws: ClientConnection) -> tuple[int, str]:
        """Until one direction ends. No TaskGroup: before Python 3.13 it hides a cancellation that
        comes in the moment in which the line breaks."""
        tasks = asyncio.create_task(self._read(ws)), asyncio.create_task(self._tell(ws))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        failed = next(end for end in ends if isinstance(end, Exception))
        if isinstance(failed, ConnectionClosed):
            self.unreached = failed.rcvd is None
            return end_of(failed)
        if isinstance(failed, Closing):
            return await self._refuse(ws, failed)
        raise failed

    async def _read(self, ws: ClientConnection) -> None:
        await self._send(ws, self.session.opened(time.monotonic(), time.time()))
        self.on_change()
        while True:
            frame = await ws.recv()
            await self._send(ws, self.session.received(frame, time.monotonic(), time.time()))
            self.on_change()

    async def _tell(self, ws: ClientConnection) -> None:
        """Send what is new at once, and what time makes due each beat."""
        while True:
            self._woken.clear()
            if isinstance(self.session, AgentSession):
                await self._send(ws, self.session.pending())
            await self._send(ws, self.session.said())
            await self._send(ws, self.session.due(time.monotonic(), random.random()))
            try:
                async with asyncio.timeout(BEAT_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _refuse(self, ws: ClientConnection, wrong: Closing) -> tuple[int, str]:
        """The hub said what it may not say, or nothing for too long: another one may do better."""
        await ws.close(wrong.code if wrong.code == BAD_MESSAGE else NORMAL, wrong.reason)
        code = wrong.code if advice(wrong.code) is not Advice.STOP else TRY_LATER
        return code, wrong.reason

    async def _leave(self, ws: ClientConnection) -> None:
        """Say goodbye in good order, so that the seat is offline at once."""
        try:
            async with asyncio.timeout(LEAVE_S):
                if isinstance(self.session, AgentSession) and self.session.greeted:
                    await self._send(ws, [Bye()])
                await ws.close(NORMAL)
        except (ConnectionClosed, TimeoutError):
            ws.transport.abort()

    async def _send(self, ws: ClientConnection, messages: list[Struct]) -> None:
        if messages:
            async with self._line:
                for message in messages:
                    await ws.send(encode(message), text=True)


def end_of(closed: ConnectionClosed) -> tuple[int, str]:
    """Only what the hub said of itself counts, not its echo of our own close."""
    if closed.rcvd is None:
        return GOING_AWAY, "the connection broke"
    if not closed.rcvd_then_sent:
        return GOING_AWAY, closed.sent.reason if closed.sent else "closed"
    return closed.rcvd.code, closed.rcvd.reason


class Problem(Struct):
    """What a refusal says, as far as a person needs it (RFC 9457)."""

    title: str = ""
    detail: str = ""


def explained(body: bytes | bytearray | None, status: int) -> str:
    """One line out of a refused handshake; pages of proxies in between say nothing."""
    try:
        problem = msgspec.json.decode(body or b"", type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = Problem()
    return clipped(problem.detail or problem.title) or f"the hub answered {status}"
