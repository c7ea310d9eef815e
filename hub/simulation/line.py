"""One connection to the hub without a task of its own: the session over websockets' bare protocol.

`hub.client` keeps a few tasks and timers a connection, which is right for a device and too much
for ten thousand of them in one process.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import cast

from msgspec import Struct
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

from hub.client import explained
from hub.protocol.agents import Bye
from hub.protocol.closing import BAD_MESSAGE, GOING_AWAY, NORMAL, Closing
from hub.protocol.codec import SUBPROTOCOL, TO_CLIENT_MAX_BYTES, encode
from hub.protocol.session import AgentSession, code_of_status

Ended = Callable[["Line", int, str], None]
Clocks = Callable[[], tuple[float, float]]  # one that nobody can set, and the time of day

BROKEN = 1006  # RFC 6455 7.1.5: there was no close frame
CLOSE_S = 1.0  # the hub ends a closed connection first; after that we do


class Line(asyncio.Protocol):
    """Calls `ended` once, with the close code and its reason, when the connection is gone.

    `answered` is set as soon as the hub has let us in or not.
    """

    def __init__(
        self, url: str, token: str, session: AgentSession, clocks: Clocks, ended: Ended
    ) -> None:
        self._ws = ClientProtocol(
            parse_uri(url), subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=TO_CLIENT_MAX_BYTES
        )
        self._token = token
        self._session = session
        self._clocks = clocks
        self._ended = ended
        self._why: tuple[int, str] | None = None
        self._text = bytearray()
        self._transport: asyncio.Transport | None = None
        self._closing = self._dropped = False
        self.answered = asyncio.Event()
        self.gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._dropped:
            self._transport.abort()
            return
        request = self._ws.connect()
        request.headers["Authorization"] = f"Bearer {self._token}"
        self._ws.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        if self._dropped:
            return
        self._ws.receive_data(data)
        self._heard()

    def eof_received(self) -> None:
        if self._dropped:
            return
        self._ws.receive_eof()
        self._heard()

    def connection_lost(self, exc: Exception | None) -> None:
        closed = self._ws.close_code, self._ws.close_reason or "the connection broke"
        code, reason = self._why or closed
        self._transport = None
        self.answered.set()
        self.gone.set()
        self._ended(self, GOING_AWAY if code in (None, BROKEN) else code, reason)

    def send(self, messages: Iterable[Struct]) -> None:
        """Nothing while the line is not open: what counts is sent again by the next one."""
        if self._ws.state is not State.OPEN:
            return
        for message in messages:
            self._ws.send_text(encode(message))
        self._flush()

    def due(self, now: float, chance: float) -> None:
        """Let time alone make the session send."""
        try:
            messages = self._session.due(now, chance)
        except Closing as wrong:
            self._refuse(wrong)
            return
        self.send(messages)

    def leave(self) -> None:
        """In good order: the seat is offline at once."""
        if self._ws.state is State.OPEN and self._session.greeted:
            self.send([Bye()])
            self._close(NORMAL, "")
        else:
            self.drop()

    def drop(self) -> None:
        """Without a word; nothing that still arrives counts."""
        self._dropped = True
        if self._transport is None:
            self.gone.set()
        else:
            self._transport.abort()

    def _heard(self) -> None:
        try:
            for event in self._ws.events_received():
                if isinstance(event, Response):
                    self._answered()
                elif isinstance(event, Frame):
                    self._frame(event)
        except Closing as wrong:
            self._refuse(wrong)
            return
        self._flush()

    def _answered(self) -> None:
        failed = self._ws.handshake_exc
        if isinstance(failed, InvalidStatus):
            answer = failed.response
            self._why = (
                code_of_status(answer.status_code), explained(answer.body, answer.status_code),
            )  # fmt: skip
        elif isinstance(failed, InvalidHandshake):
            self._why = GOING_AWAY, str(failed)
        else:
            self.answered.set()
            self.send(self._session.opened(*self._clocks()))

    def _frame(self, frame: Frame) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.CONT):
            return
        self._text += frame.data
        if frame.fin:
            text, self._text = bytes(self._text), bytearray()
            self.send(self._session.received(text, *self._clocks()))

    def _refuse(self, wrong: Closing) -> None:
        self._why = GOING_AWAY, wrong.reason
        self._close(wrong.code if wrong.code == BAD_MESSAGE else NORMAL, wrong.reason)

    def _close(self, code: int, reason: str) -> None:
        if self._ws.state is State.OPEN:
            self._ws.send_close(code, reason)
            self._flush()
        else:
            self.drop()

    def _flush(self) -> None:
        if self._transport is None:
            return
        for data in self._ws.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()  # websockets' word for the end of our side
                return
        if self._ws.close_expected() and not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_later(CLOSE_S, self._transport.close)
