"""What both kinds of connection do alike on the plain ASGI path."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from hub.protocol.closing import Closing


class Gone(Exception):
    """The peer has left: nobody is there to be told."""


async def send(ws: WebSocket, frame: bytes) -> None:
    try:
        await ws.send({"type": "websocket.send", "text": frame.decode()})
    except (WebSocketDisconnect, RuntimeError):
        raise Gone from None


async def received(ws: WebSocket) -> str | bytes:
    message = await ws.receive()
    if message["type"] == "websocket.disconnect":
        raise Gone
    return message.get("text") or message.get("bytes") or b""


async def talk(*sides: Coroutine[Any, Any, None]) -> None:
    """Run both directions until one ends; raise what ended it, bare."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for side in sides:
                tasks.create_task(side)
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


async def close(ws: WebSocket, why: Closing) -> None:
    try:
        await ws.close(why.code, why.reason)
    except (WebSocketDisconnect, RuntimeError):
        return
