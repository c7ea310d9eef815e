"""For those who run the hub: is it alive, may it take traffic, and what does it count."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from hub.live.node import Node
from hub.metrics import NodeMetrics
from storage.database import FAULTS

ANSWERS_WITHIN_S = 0.8  # Kubernetes' probes wait for a second


async def healthz(_: Request[Any]) -> Response:
    """The process answers; restart it if it does not."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request[Any]) -> Response:
    """Whether this node can take agents and boards: 503 names the part that is missing."""
    node: Node = request.state["node"]
    broker, record = await asyncio.gather(
        in_time(broker_answers(node)), in_time(record_answers(node))
    )
    parts = {"broker": broker, "record": record}
    ready = all(parts.values()) and not node.leaving
    more: dict[str, object] = {"leaving": True} if node.leaving else {}
    if node.upkeep.runs:
        more["maintenance"] = True
    if blind := sum(node.blind(floor) for floor in node.floors.values()):
        more["tenants_blind"] = blind
    return JSONResponse({"ready": ready, **parts, **more}, 200 if ready else 503)


async def in_time(asked: Coroutine[Any, Any, bool]) -> bool:
    """A part that holds the answer up is missing: who asks for readiness gives up soon."""
    try:
        async with asyncio.timeout(ANSWERS_WITHIN_S):
            return await asked
    except TimeoutError:
        return False


async def broker_answers(node: Node) -> bool:
    """While any tenant can be served: one shard that is lost takes no node away from others."""
    floors = list(node.floors.values())
    if floors and all(node.blind_since(floor) is not None for floor in floors):
        return False
    if floors:
        return True
    try:
        return await node.broker.servers.answers()
    except (RedisError, OSError):
        return False


async def record_answers(node: Node) -> bool:
    try:
        async with node.engine.connect() as conn:
            await conn.execute(text("SELECT 1"))
    except FAULTS:
        return False
    return True


async def metrics(request: Request[Any]) -> Response:
    """What the process counts, and what this node does."""
    own = CollectorRegistry()
    own.register(NodeMetrics(request.state["node"]))
    counted = generate_latest(REGISTRY) + generate_latest(own)
    return Response(counted, media_type=CONTENT_TYPE_LATEST)


def routes() -> list[Route]:
    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
