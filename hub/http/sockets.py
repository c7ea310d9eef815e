"""Who may open a websocket: agents by token, watchers by token or by cookie from our own pages."""

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from redis.exceptions import RedisError
from starlette.responses import JSONResponse
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from hub import credentials
from hub.http.doors import within_limits
from hub.http.problems import Problem
from hub.live.floor import OUTSIDE, Floor
from hub.live.frames import agreed
from hub.live.front import detach_of
from hub.live.node import Node
from hub.live.plain import Gone, PlainWire, close
from hub.live.watchers import Board
from hub.live.wire import Peer, Wires
from hub.protocol.closing import TRY_LATER, Closing
from hub.protocol.codec import SUBPROTOCOL
from storage.database import FAULTS
from storage.people.sessions import actor_of
from storage.seats.devices import take_over, waiting_of

log = logging.getLogger(__name__)


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
        await ws.send_denial_response(JSONResponse({"title": str(denied)}, denied.status))
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
        await ws.send_denial_response(JSONResponse({"title": why}, 503))
    else:
        await close(ws, Closing(TRY_LATER, why))


async def _agent(ws: WebSocket[Any]) -> None:
    node: Node = ws.state["node"]
    offers_protocol(ws)
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
    token = credentials.bearer(ws)
    if token is None:
        token = credentials.cookie(ws)
        if not credentials.same_origin(ws):
            raise Denied(403, "this page may not watch; open the hub's own address")
    passes(node, token)
    async with node.engine.connect() as conn:
        signed_in = await actor_of(conn, token, datetime.now(UTC)) if token else None
    if signed_in is None:
        raise Denied(401, "not signed in, or no longer")
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


def offers_protocol(ws: WebSocket[Any]) -> None:
    if SUBPROTOCOL not in ws.scope["subprotocols"]:
        raise Denied(426, f"this hub speaks {SUBPROTOCOL}; update the older of the two")
