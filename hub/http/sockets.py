"""Who may open a websocket: agents by token, watchers by token or by cookie from our own pages."""

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from redis.exceptions import RedisError
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from hub import credentials
from hub.http import problems
from hub.http.doors import within_limits
from hub.http.problems import Problem, ProblemDocument
from hub.identity.scopes import ApiScope, watches
from hub.live.floor import OUTSIDE, Floor
from hub.live.frames import agreed
from hub.live.front import detach_of
from hub.live.node import Node
from hub.live.plain import Gone, PlainWire, close
from hub.live.watchers import Board
from hub.live.wire import Peer, Wires
from hub.maintenance import said
from hub.protocol.closing import TRY_LATER, Closing
from hub.protocol.codec import SUBPROTOCOL
from storage.database import FAULTS
from storage.people.sessions import actor_of
from storage.seats.devices import take_over, waiting_of

BEARER = "bearer."

log = logging.getLogger(__name__)

DENIALS = {
    401: problems.NOT_SIGNED_IN,
    403: problems.NOT_ALLOWED,
    426: problems.UPGRADE_NEEDED,
    429: problems.TOO_MANY_REQUESTS,
    503: problems.UNAVAILABLE,
}


class Denied(Exception):
    """Refused before the websocket began: an HTTP status and one line that says what to do."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


async def agent(ws: WebSocket[Any]) -> None:
    await guarded(ws, _agent)


async def watch(ws: WebSocket[Any]) -> None:
    await guarded(ws, _watch)


async def guarded(ws: WebSocket[Any], serve: Any) -> None:
    """The one place where what went wrong below becomes an answer that the peer can act on."""
    try:
        await serve(ws)
    except Denied as denied:
        await ws.send_denial_response(denial(ws, denied.status, str(denied)))
    except Closing as why:
        await close(ws, why)
    except Gone:
        return
    except TimeoutError:
        await turn_away(ws, "nothing was heard in time")
    except (RedisError, *FAULTS) as failed:
        log.warning("connection refused", extra={"error": str(failed)})
        await turn_away(ws, "the hub cannot take you now; try again")


async def turn_away(ws: WebSocket[Any], why: str) -> None:
    """For now only: a refusal that does not say so would keep an agent away for good."""
    if ws.application_state is WebSocketState.CONNECTING:
        await ws.send_denial_response(denial(ws, 503, why))
    else:
        await close(ws, Closing(TRY_LATER, why))


def denial(ws: WebSocket[Any], status: int, why: str) -> Response:
    """A problem document; its detail is for the log of whoever connects, which is in English."""
    kind = DENIALS[status]
    locale = problems.language(ws.headers.get("accept-language", ""))
    told = ProblemDocument(kind.type, kind.title(locale), status, why)
    return Response(msgspec.json.encode(told), status, media_type=problems.MEDIA_TYPE)


async def _agent(ws: WebSocket[Any]) -> None:
    node: Node = ws.state["node"]
    offers_protocol(ws)
    is_open(node)
    token = credentials.bearer(ws)
    passes(node, token)
    linked = await node.reception.device(token) if token else None
    if linked is None and token and await paused(node, token):
        raise Denied(503, "this contract is suspended, or has not begun")
    if linked is None:
        raise Denied(401, "this device token is not valid; ask for a new one")
    if linked.renewed and token:
        async with node.engine.begin() as conn:
            await take_over(conn, linked, token, datetime.now(UTC))
    floor = await open_floor(node, linked.tenant)
    address = await lets_in(ws, floor, linked.member)
    await served(ws, node.reception.agent(linked, floor, address), node.reception.wires)


async def _watch(ws: WebSocket[Any]) -> None:
    node: Node = ws.state["node"]
    offers_protocol(ws)
    is_open(node)
    token = credentials.bearer(ws) or offered(ws)
    if token is None:
        token = credentials.cookie(ws)
        if not credentials.same_origin(ws):
            raise Denied(403, "this page may not watch; open the hub's own address")
    passes(node, token)
    async with node.engine.connect() as conn:
        signed_in = await actor_of(conn, token, datetime.now(UTC)) if token else None
    if signed_in is None:
        raise Denied(401, "not signed in, or no longer")
    if not watches(signed_in.scopes):
        raise Denied(403, f"this token may not watch: it needs the scope {ApiScope.WATCH}")
    floor = await open_floor(node, signed_in.actor.tenant)
    address = await lets_in(ws, floor, signed_in.actor.member)
    wires = node.reception.wires
    board = Board(signed_in.actor, signed_in.session, floor, wires, address)
    await served(ws, board, wires, ws.headers.getlist("sec-websocket-extensions"))


async def lets_in(ws: WebSocket[Any], floor: Floor, member: int) -> str:
    """The address that they come from; who travels comes back by themselves, if it is outside."""
    address = ws.client.host if ws.client else ""
    try:
        await within_limits(
            floor.engine, ws.state["servers"], ws.state["settings"], floor.directory.limits,
            floor.tenant.id, member, address, datetime.now(UTC),
        )  # fmt: skip
    except Problem:
        raise Denied(503, OUTSIDE) from None
    return address


async def served(
    ws: WebSocket[Any], peer: Peer, wires: Wires, compressions: Sequence[str] = ()
) -> None:
    """On the fast lane where the server has one, which compresses for boards; else plainly."""
    detach = detach_of(ws.scope)
    compression = agreed(compressions) if detach else None
    answer = [(b"sec-websocket-extensions", compression.encode())] if compression else []
    try:
        await ws.accept(subprotocol=SUBPROTOCOL, headers=answer)
    except WebSocketDisconnect:
        raise Gone from None
    if detach:
        detach(peer, wires, compression is not None)
    else:
        await PlainWire(ws, peer, wires).run()


async def paused(node: Node, token: str) -> bool:
    async with node.engine.connect() as conn:
        return await waiting_of(conn, token)


def passes(node: Node, token: str | None) -> None:
    if token and node.reception.turnstile.take(hash(token), time.monotonic()) < 0:
        raise Denied(429, "this token connects too often; wait before you come back")


async def open_floor(node: Node, tenant: int) -> Floor:
    floor = await node.floor(tenant)
    if node.blind(floor):
        raise Denied(503, "the live path is down; try again")
    return floor


def is_open(node: Node) -> None:
    """In maintenance nobody's token is even looked at: the record may be away."""
    if window := node.upkeep.runs:
        raise Denied(503, said(window))


def offered(ws: WebSocket[Any]) -> str | None:
    """A token in the only header of a handshake that a page can write, as `bearer.<token>`."""
    found = (one.removeprefix(BEARER) for one in ws.scope["subprotocols"] if one.startswith(BEARER))
    return next(found, None)


def offers_protocol(ws: WebSocket[Any]) -> None:
    if SUBPROTOCOL not in ws.scope["subprotocols"]:
        raise Denied(426, f"this hub speaks {SUBPROTOCOL}; update the older of the two")
