"""Puts the hub together: what runs in `zaiseki up`, and in which order it starts and stops."""

import asyncio
import fcntl
import gc
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from enum import Flag, auto
from typing import Any

from maxminddb import InvalidDatabaseError
from redis.exceptions import AuthenticationError, RedisError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, WebSocketRoute

from hub.counters import LOOP_LAG
from hub.http import health, site, sockets
from hub.http.callers import State
from hub.http.doors import countries_of
from hub.http.edge import Edge
from hub.http.pictures.decoder import Decoder
from hub.http.rates import Rates
from hub.jobs import webhooks
from hub.jobs.charters import EVERY_S as CHARTERS_EVERY_S
from hub.jobs.charters import take_effect_due
from hub.jobs.departures import EVERY_S as DEPARTURES_EVERY_S
from hub.jobs.departures import erase_ended, erase_left
from hub.jobs.digests import EVERY_S as DIGEST_EVERY_S
from hub.jobs.digests import digest_due
from hub.jobs.erasing import EVERY_S as ERASE_EVERY_S
from hub.jobs.erasing import erase_due, erase_harmless
from hub.jobs.escalating import EVERY_S as ESCALATE_EVERY_S
from hub.jobs.escalating import escalate_due
from hub.jobs.heads import EVERY_S as SEAL_EVERY_S
from hub.jobs.heads import seal_due, trust
from hub.jobs.leftovers import EVERY_S as CLEAR_EVERY_S
from hub.jobs.leftovers import clear_due
from hub.jobs.mail import EVERY_S as MAIL_EVERY_S
from hub.jobs.mail import post_due
from hub.jobs.noticing import EVERY_S as TELL_EVERY_S
from hub.jobs.noticing import tell_due
from hub.jobs.posting import Poster
from hub.jobs.pushing import EVERY_S as PUSH_EVERY_S
from hub.jobs.pushing import Pusher, subject_of
from hub.jobs.resealing import EVERY_S as RESEAL_EVERY_S
from hub.jobs.resealing import RETIRE_EVERY_S, reseal_due, retire_due
from hub.jobs.retention import EVERY_S as SWEEP_DUE_EVERY_S
from hub.jobs.retention import sweep_due
from hub.jobs.snapshotter import EVERY_S as SNAPSHOT_EVERY_S
from hub.jobs.snapshotter import keep_due
from hub.jobs.summing import EVERY_S as SUM_EVERY_S
from hub.jobs.summing import Summing
from hub.jobs.sweeper import sweep
from hub.keyring import opened_keys
from hub.live.embedded import BrokerFailed, valkey
from hub.live.node import LEFTOVERS_EVERY_S, Node, every
from hub.live.servers import Servers, servers, servers_on, shown
from hub.live.wire import Wires
from hub.memory import GIVE_BACK_EVERY_S, give_back
from hub.presence.changes import Timing
from hub.serving import Server, StartFailed, bound, presented, served
from hub.settings import ADDRESS, Settings
from storage import database
from storage.images.vault import SealedVault, vault
from storage.proof.outside import FOLDER as HEADS
from storage.proof.outside import FolderPlace, Place, place
from storage.proof.signing import FILE as SIGNING_KEY
from storage.proof.signing import Signer, SigningKeyProblem, signer_at
from storage.sealing.keys import Keys
from storage.sealing.masters import MasterProblem

SWEEP_EVERY_S = 1.0

REDIS_AT_LEAST = 7  # sharded pub/sub

LAG_EVERY_S, LAG_SLEEP_S = 0.4, 0.1
JOB_REST_S = 0.5  # whatever the pace: a job that finds nothing to do still asks the record


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
        await stack.enter_async_context(background(node, running, woken, images, does))
        app = application(node, servers, images, decoder, does, running)
        server = await stack.enter_async_context(served(app, listening, certificate))
        stack.push_async_callback(leave, node, server, settings.drain_s)
        if Part.SERVE in does:
            (settings.state / ADDRESS).write_text(running.url)
        yield running


def know_countries(settings: Settings) -> None:
    """A file that cannot be read would let everybody in."""
    try:
        countries_of(settings)
    except (OSError, InvalidDatabaseError) as wrong:
        raise StartFailed(
            f"--geoip {settings.geoip} is no MaxMind DB file of countries: {wrong}"
        ) from None


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


async def leave(node: Node, server: "Server", drain_s: float) -> None:
    """Balancers look elsewhere first, then nobody new comes in, then everybody goes elsewhere."""
    node.leaving = True
    await asyncio.sleep(drain_s)
    server.stop_listening()
    await node.send_away()


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


async def unlocked(engine: AsyncEngine, settings: Settings) -> Keys:
    """The keys that seal what is stored."""
    try:
        return await opened_keys(engine, settings)
    except MasterProblem as wrong:
        raise StartFailed(str(wrong)) from None


def kept(settings: Settings, keys: Keys) -> SealedVault:
    try:
        return SealedVault(vault(settings.vault, settings.state), keys)
    except ValueError as wrong:
        raise StartFailed(f"--vault {settings.vault!r} cannot be used: {wrong}") from None


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


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """An embedded broker or record belongs to one process; else the folder may be shared."""
    state = settings.state
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / "lock").open("w")
    except OSError as wrong:
        raise StartFailed(
            f"cannot use the state folder {state}: {wrong.strerror}; choose another with --state"
        ) from None
    with lock:
        how = fcntl.LOCK_SH if settings.database and settings.redis else fcntl.LOCK_EX
        try:
            fcntl.flock(lock, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartFailed(
                f"another zaiseki uses {state}; stop it, or choose another folder with --state"
            ) from None
        yield


@asynccontextmanager
async def record(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The embedded record migrates itself; another one must be at head already."""
    if settings.database:
        await database.check_head(settings.database)
    else:
        await database.upgrade(database.embedded_url(settings.state))
    async with opened(settings) as engine:
        yield engine


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """The record as it is."""
    url = settings.database or database.embedded_url(settings.state)
    engine = database.engine(url, signs(settings))
    try:
        yield engine
    finally:
        await engine.dispose()


def signs(settings: Settings) -> Signer:
    """With what this installation signs; the key is made where there is none yet."""
    try:
        return signer_at(settings.signing_key or settings.state / SIGNING_KEY)
    except SigningKeyProblem as wrong:
        raise StartFailed(str(wrong)) from None


async def outside(settings: Settings) -> list[Place]:
    """Where signed heads are kept, each knowing who signs here."""
    try:
        second = [place(settings.heads)] if settings.heads else []
        places = [FolderPlace(settings.state / HEADS), *second]
        await trust(signs(settings), places)
    except (ValueError, OSError) as wrong:
        raise StartFailed(f"--heads {settings.heads!r} cannot be used: {wrong}") from None
    return places


@asynccontextmanager
async def broker(settings: Settings) -> AsyncIterator[Servers]:
    """The server or the cluster at the address, else one of our own."""
    async with AsyncExitStack() as stack:
        if settings.redis:
            found = await connected(settings.redis)
        else:
            found = servers_on(await stack.enter_async_context(valkey(settings.state)))
        stack.push_async_callback(found.aclose)
        yield found


async def connected(url: str) -> Servers:
    try:
        found = await servers(url)
    except ValueError as wrong:
        raise StartFailed(f"--redis {url!r} is no address: {wrong}") from None
    except AuthenticationError:
        raise StartFailed(f"{shown(url)} wants another password; write it into --redis") from None
    except (RedisError, OSError) as wrong:
        raise StartFailed(
            f"no Redis or Valkey answers at {shown(url)} ({wrong}); start it, or leave --redis out"
        ) from None
    if found.version < REDIS_AT_LEAST:
        await found.aclose()
        raise StartFailed(f"{shown(url)} is Redis {found.version}; zaiseki needs 7 or newer")
    return found


@asynccontextmanager
async def background(
    node: Node, settings: Settings, woken: asyncio.Event, images: SealedVault, does: Part
) -> AsyncIterator[None]:
    """The node's loops and the jobs; one that fails ends the hub, for it would not be true.

    Every node ends the leases of the tenants that it follows, so that what its boards show is true
    without any jobs, too.
    """
    work = [
        node.run(),
        every(LAG_EVERY_S, measure_lag),
        every(GIVE_BACK_EVERY_S, give_back),
        every(SWEEP_EVERY_S * settings.pace, lambda: sweep(node)),
    ]
    if Part.WORK in does:
        signer, places = signs(settings), await outside(settings)
        work += [
            every(SEAL_EVERY_S * settings.pace, lambda: seal_due(node.engine, signer, places)),
            resting(node, SNAPSHOT_EVERY_S, lambda: keep_due(node)),
            every(LEFTOVERS_EVERY_S, node.record_leftovers),
            webhooks.run(
                node.engine,
                images.keys,
                settings.webhook_allow,
                woken,
                rests=lambda: node.upkeep.runs is not None,
            ),
            *mailing(node, settings, images),
            pushing(node, settings, images),
            resting(node, CHARTERS_EVERY_S * settings.pace, lambda: take_effect_due(node.engine)),
            resting(node, RESEAL_EVERY_S * settings.pace, lambda: reseal_due(images)),
            resting(node, ERASE_EVERY_S * settings.pace, lambda: erase_harmless(node.engine)),
            resting(node, ESCALATE_EVERY_S * settings.pace, lambda: escalate_due(node)),
            *telling(node, settings, images.keys),
            resting(node, ERASE_EVERY_S * settings.pace, lambda: erase_due(node.engine, images)),
            *cleaning(node, images, signer),
        ]
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one) for one in work]
        yield
        for task in running:
            task.cancel()


def cleaning(node: Node, images: SealedVault, signer: Signer) -> list[Coroutine[Any, Any, None]]:
    """What must go is owed for months: it does not add to what a start has to do."""
    engine = node.engine
    summing = Summing(engine)
    return [
        later(node, RETIRE_EVERY_S, lambda: retire_due(images)),
        later(node, SWEEP_DUE_EVERY_S, lambda: sweep_due(images)),
        later(node, DEPARTURES_EVERY_S, lambda: erase_left(engine)),
        later(node, DEPARTURES_EVERY_S, lambda: erase_ended(images, node.broker, signer)),
        later(node, SUM_EVERY_S, lambda: summing.due(datetime.now(UTC))),
        later(node, CLEAR_EVERY_S, lambda: clear_due(engine)),
    ]


async def later(node: Node, seconds: float, step: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Every so often, and not at once."""
    await asyncio.sleep(seconds)
    await resting(node, seconds, step)


async def resting(
    node: Node, seconds: float, step: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Every so often, but in maintenance, when only what keeps the record true touches it."""

    async def unless_closed() -> None:
        if node.upkeep.runs is None:
            await step()

    await every(max(seconds, JOB_REST_S), unless_closed)


def mailing(node: Node, settings: Settings, images: SealedVault) -> list[Coroutine[Any, Any, None]]:
    """What is in the outbox waits while there is no mail server."""
    server = settings.mail
    if server is None:
        return []
    return [
        resting(
            node,
            MAIL_EVERY_S * settings.pace,
            lambda: post_due(node.engine, images.keys, server),
        )
    ]


def telling(node: Node, settings: Settings, keys: Keys) -> list[Coroutine[Any, Any, None]]:
    """Notices, and the mail of the day."""
    engine, url, pace = node.engine, settings.url, settings.pace
    return [
        resting(node, TELL_EVERY_S * pace, lambda: tell_due(engine, keys, url)),
        resting(node, DIGEST_EVERY_S * pace, lambda: digest_due(engine, keys, url)),
    ]


async def pushing(node: Node, settings: Settings, images: SealedVault) -> None:
    """Browsers are told whether or not there is a mail server."""
    sender = settings.mail.sender if settings.mail else ""
    async with Poster(settings.webhook_allow) as poster:
        subject = subject_of(settings.url, sender)
        pusher = Pusher(node.engine, images.keys, poster, subject)
        await resting(node, PUSH_EVERY_S * settings.pace, pusher.push_due)


async def measure_lag() -> None:
    due = time.monotonic() + LAG_SLEEP_S
    await asyncio.sleep(LAG_SLEEP_S)
    LOOP_LAG.observe(max(0.0, time.monotonic() - due))


FAILURES = (StartFailed, BrokerFailed, database.DatabaseProblem)
