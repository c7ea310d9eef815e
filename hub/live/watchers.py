"""A watcher's connection: subscribe, then one frame after the other, as fast as it reads."""

import asyncio
import time
from collections import deque

from starlette.websockets import WebSocket

from hub.live.floor import Floor
from hub.live.sockets import received, send, talk
from hub.live.views import Watcher
from hub.protocol import codec
from hub.protocol.closing import BAD_MESSAGE, OLD_PROTOCOL, TOO_FAST, Closing
from hub.protocol.messages import VERSION, Resume, Subscribe

SUBSCRIBE_WITHIN_S = 10.0
RESUMES_MAX = 20  # a snapshot costs us more than asking for one: no board needs this many
RESUMES_WITHIN_S = 10.0


async def serve(ws: WebSocket, watcher: Watcher, floor: Floor) -> None:
    """From subscribe to the end of the connection; raise Closing where the peer is to be told."""
    wanted = await subscription(ws)
    floor.subscribe(watcher, wanted.cursor)
    try:
        await talk(reading(ws, watcher, floor), writing(ws, watcher, floor))
    finally:
        floor.leave(watcher)


async def subscription(ws: WebSocket) -> Subscribe:
    async with asyncio.timeout(SUBSCRIBE_WITHIN_S):
        first = codec.from_watcher(await received(ws))
    if not isinstance(first, Subscribe):
        raise Closing(BAD_MESSAGE, "the first message must be subscribe")
    if first.version != VERSION:
        raise Closing(OLD_PROTOCOL, f"this hub speaks version {VERSION}; reload the page")
    return first


async def reading(ws: WebSocket, watcher: Watcher, floor: Floor) -> None:
    asked = deque[float](maxlen=RESUMES_MAX)
    while True:
        match codec.from_watcher(await received(ws)):
            case Resume(cursor):
                now = time.monotonic()
                if len(asked) == RESUMES_MAX and now - asked[0] < RESUMES_WITHIN_S:
                    raise Closing(TOO_FAST, f"{RESUMES_MAX} resumes in {RESUMES_WITHIN_S:.0f} s")
                asked.append(now)
                floor.resume(watcher, cursor)
            case Subscribe():
                raise Closing(BAD_MESSAGE, "subscribe is said once a connection")


async def writing(ws: WebSocket, watcher: Watcher, floor: Floor) -> None:
    while True:
        await watcher.ready()
        frame = watcher.take()
        if frame is not None:
            await send(ws, frame)
        elif watcher.behind:
            await floor.catch_up(watcher)
