"""The plain ASGI path: on any server the same as the fast lane, with tasks and a queue for each."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Coroutine
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from hub.live.frames import Frame, not_text
from hub.live.wire import CLOSE_WITHIN_S, Allowance, Peer, Wires
from hub.protocol.closing import TOO_FAST, Closing

FULL_BYTES = 64 * 1024  # what waits here over that means that the other side is slow


class Gone(Exception):
    """The peer has left, or does not take our close: nobody is there to be told."""


class Queued(ABC):
    """A wire of one peer whose frames wait for their turn; it is full over `full_bytes` of them.

    What is written before a close is sent before it.
    """

    def __init__(self, peer: Peer, wires: Wires, full_bytes: int) -> None:
        self._peer = peer
        self._wires = wires
        self._full_bytes = full_bytes
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._ready = asyncio.Event()
        self._given_up = asyncio.Event()
        self._closing: Closing | None = None
        self.full = False

    def send(self, frame: Frame) -> None:
        if self._closing:
            return
        self._frames.append(frame)
        self._bytes += self.size(frame)
        self.full = self.full or self._bytes > self._full_bytes
        self._ready.set()

    @abstractmethod
    def size(self, frame: Frame) -> int: ...

    def close(self, why: Closing) -> None:
        if self._closing:
            return
        self._closing = why
        self._wires.expect(self, CLOSE_WITHIN_S, self._given_up.set)
        self._ready.set()

    @abstractmethod
    def sweep(self) -> None: ...

    async def run(self) -> None:
        """Until the connection ends; raise what ended it."""
        self._wires.opened(self)
        self._peer.attached(self)
        try:
            await talk(self._reading(), self._writing(), self._waiting())
        finally:
            self._wires.ended(self)
            self._peer.lost()

    @abstractmethod
    async def _reading(self) -> None:
        """Until the other side is gone."""

    async def _writing(self) -> None:
        while True:
            await self._ready.wait()
            self._ready.clear()
            while self._frames:
                await self._write(self._frames.popleft())
            if self._closing:
                raise self._closing

    async def _write(self, frame: Frame) -> None:
        await self._put(frame)
        self._bytes -= self.size(frame)
        if self.full and not self._frames:
            self.full = False
            self._peer.drained()

    @abstractmethod
    async def _put(self, frame: Frame) -> None:
        """Give it to the server, which takes it when there is room."""

    async def _waiting(self) -> None:
        await self._given_up.wait()
        raise Gone


class PlainWire(Queued):
    """A websocket's."""

    def __init__(self, ws: WebSocket[Any], peer: Peer, wires: Wires) -> None:
        super().__init__(peer, wires, FULL_BYTES)
        self._ws = ws
        self._allowance = Allowance(peer.limits)

    def size(self, frame: Frame) -> int:
        return len(frame.payload)

    def sweep(self) -> None:
        """Whether somebody is there, the server asks by itself."""
        self._allowance.refill(self._peer.limits)

    async def _reading(self) -> None:
        while True:
            message = await self._ws.receive()
            if message["type"] == "websocket.disconnect":
                raise Gone
            if self._closing:
                continue
            if not self._allowance.spend():
                raise Closing(TOO_FAST, "too many messages; wait before you come back")
            text = message.get("text")
            if text is None:
                raise not_text()
            try:
                self._peer.received(text.encode())
            except Closing as why:
                self.close(why)

    async def _put(self, frame: Frame) -> None:
        try:
            await self._ws.send({"type": "websocket.send", "text": frame.text})
        except (WebSocketDisconnect, RuntimeError):
            raise Gone from None


async def talk(*sides: Coroutine[Any, Any, None]) -> None:
    """Run all of them until one ends; raise what ended it, bare."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for side in sides:
                tasks.create_task(side)
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


async def close(ws: WebSocket[Any], why: Closing) -> None:
    try:
        await ws.close(why.code, why.reason)
    except (WebSocketDisconnect, RuntimeError):
        return
