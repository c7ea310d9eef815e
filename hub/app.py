"""Puts the hub together: what runs in `zaiseki up`, and in which order it starts and stops."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from enum import Flag, auto

from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, WebSocketRoute

from hub.http import health, site, sockets
from hub.http.callers import State
from hub.http.doors import countries_of
from hub.http.edge import Edge
from hub.http.pictures.decoder import Decoder
from hub.http.rates import Rates
from hub.live.node import Node
from hub.live.servers import Servers
from hub.live.wire import Wires
from hub.opening import broker, held, kept, know_countries, outside, record, signs, unlocked
from hub.presence.changes import Timing
from hub.serving import Server, StartFailed, bound, presented, served
from hub.settings import ADDRESS, Settings
from hub.working import Jobs, Work, background, loops
from storage.images.vault import SealedVault


class AppState(State):
    node: Node
    wires: Wires


class Part(Flag):
    """What a process does: `zaiseki hub` serves, `zaiseki jobs` works, `zaiseki up` does both."""

    SERVE = auto()
    WORK = auto()


@asynccontextmanager
async def hub(settings: Settings, does: Part = Part.SERVE | Part.WORK) -> AsyncIterator[Settings]:
    """A running hub, until the block ends; yields the settings with the port that it got."""
    async with AsyncExitStack() as stack:
        stack.enter_context(bare())
        stack.enter_context(collecting_rarely())
        stack.enter_context(held(settings))
        certificate = presented(settings)
        know_countries(settings)
        listening = stack.enter_context(bound(settings.host, settings.port))
        engine = await stack.enter_async_context(record(settings))
        servers = await stack.enter_async_context(broker(settings))
        woken, timing = asyncio.Event(), Timing().scaled(settings.pace)
        follow_all = Part.WORK in does
        images, decoder = kept(settings, await unlocked(engine, settings)), Decoder()
        stack.push_async_callback(decoder.close)
        node = Node(
            engine, servers, timing, woken.set, follow_all, settings.ice_servers,
            countries_of(settings),
        )  # fmt: skip
        stack.push_async_callback(node.stop)
        await first_look(node)
        running = reached(settings, int(listening.getsockname()[1]))
        jobs = await shared(node, running, images, woken) if Part.WORK in does else []
        await stack.enter_async_context(background([*loops(node, running.pace), *jobs]))
        app = application(node, servers, images, decoder, does, running)
        server = await stack.enter_async_context(served(app, listening, certificate))
        stack.push_async_callback(leave, node, server, settings.drain_s)
        if Part.SERVE in does:
            (settings.state / ADDRESS).write_text(running.url)
        yield running


async def first_look(node: Node) -> None:
    """A shard that is lost keeps its own tenants waiting, nobody's start."""
    try:
        await node.upkeep.look()
        await node.watch_directory()
    except (RedisError, OSError) as lost:
        if not node.floors:
            raise StartFailed(
                f"the broker does not answer ({lost}); try `zaiseki doctor`"
            ) from None


async def leave(node: Node, server: Server, drain_s: float) -> None:
    """Balancers look elsewhere first, then nobody new comes in, then everybody goes elsewhere."""
    node.leaving = True
    await asyncio.sleep(drain_s)
    server.stop_listening()
    await node.send_away()


async def shared(
    node: Node, settings: Settings, images: SealedVault, woken: asyncio.Event
) -> list[Work]:
    """The jobs, once it is known where what they sign is kept."""
    signer, places = signs(settings), await outside(settings)
    return Jobs(node, settings, images, signer, places, woken).all()


def reached(settings: Settings, port: int) -> Settings:
    """The settings with the port that was free, where any would do."""
    url = settings.url.removesuffix(":0")
    return replace(settings, port=port, url=url if url == settings.url else f"{url}:{port}")


@contextmanager
def bare() -> Iterator[None]:
    """One failure comes out as itself, not as a group of one for each task group around it."""
    try:
        yield
    except ExceptionGroup as group:
        failed: Exception = group
        while isinstance(failed, ExceptionGroup) and len(failed.exceptions) == 1:
            failed = failed.exceptions[0]
        raise failed from None


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Python looks for cycles after every 700 objects; each connection brings more, and stays.

    Measured when 5,000 agents came back at once: a quarter less CPU time, no more memory.
    """
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def application(
    node: Node,
    servers: Servers,
    images: SealedVault,
    decoder: Decoder,
    does: Part,
    settings: Settings,
) -> Starlette:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[AppState]:
        wires = node.reception.wires
        yield {
            "engine": node.engine,
            "servers": servers,
            "live": node,
            "upkeep": node.upkeep,
            "vault": images,
            "keys": images.keys,
            "decoder": decoder,
            "settings": settings,
            "node": node,
            "wires": wires,
        }

    routes: list[BaseRoute] = [*health.routes()]
    if Part.SERVE in does:
        routes += [
            WebSocketRoute("/ws/agent", sockets.agent),
            WebSocketRoute("/ws/watch", sockets.watch),
            *site.routes(rates=Rates(settings.rate_per_s)),
        ]
    edge = Middleware(Edge, settings.trusted_proxies, settings.monitors)
    return Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[edge],
        exception_handlers={**site.HANDLERS},
    )
