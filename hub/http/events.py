"""`GET /api/v1/events`: the board as server-sent events, for whoever speaks plain HTTP only."""

import math
import time
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from hub import credentials
from hub.access import Action, refused
from hub.http import problems
from hub.http.callers import Caller
from hub.http.problems import Problem
from hub.live.floor import Floor
from hub.live.front import CONNECTION
from hub.live.reception import CONNECTS_PER_S
from hub.live.streams import Stream
from hub.live.watchers import Listener
from hub.live.wire import Wires
from hub.protocol.events import MEDIA_TYPE, cursor_of

LATER_S = 5  # as a websocket client waits that is told to come later
NO_BOARD = (
    "ボードの状態を確認できません。しばらくしてからもう一度お試しください。",
    "What the board shows cannot be known for the moment. Try again in a moment.",
)
HEADERS = {
    "Connection": "close",  # whoever comes back may come to another node
    "X-Accel-Buffering": "no",  # nginx would collect 64 kB first
}


class EventStream(StreamingResponse):
    """An answer without end: what a listener is shown, for as long as the line holds."""

    def __init__(self, listener: Listener, wires: Wires) -> None:
        super().__init__(iter(()), headers=HEADERS, media_type=MEDIA_TYPE)
        self._listener = listener
        self._wires = wires

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head: dict[str, Any] = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body"})
            return
        connection = scope.get("state", {}).get(CONNECTION)
        await Stream(receive, send, self._listener, self._wires, connection).run()


async def events(who: Caller) -> EventStream:
    """The board and every change of it, as server-sent events; `Last-Event-ID` goes on from there.

    The events are the messages of the watch protocol, see docs/protocol.md.
    """
    if all(refused(who.actor, action) for action in (Action.SEE_SEAT, Action.SEE_STATUS)):
        raise Problem(problems.NOT_ALLOWED)
    reception = who.live.reception
    connects(who)
    floor = await board_of(who)
    cursor = cursor_of(who.request.headers.get("last-event-id", ""))
    wires, signed_in = reception.wires, who.signed_in
    listener = Listener(signed_in.actor, signed_in.session, floor, wires, who.address, cursor)
    return EventStream(listener, wires)


async def board_of(who: Caller) -> Floor:
    """The tenant's seats as they are; raise Problem while this hub cannot know that."""
    floor = await who.live.floor(who.actor.tenant)
    if who.live.blind(floor):
        later = {"Retry-After": str(LATER_S)}
        raise Problem(problems.UNAVAILABLE, detail=NO_BOARD, headers=later)
    return floor


def connects(who: Caller) -> None:
    """Streams and websockets of one token are counted together."""
    token = credentials.bearer(who.request) or credentials.cookie(who.request)
    left = who.live.reception.turnstile.take(hash(token), time.monotonic())
    if left < 0:
        wait = str(math.ceil(-left / CONNECTS_PER_S))
        raise Problem(problems.TOO_MANY_REQUESTS, what=wait, headers={"Retry-After": wait})
