"""Puts the hub together: what runs in `zaiseki up`, and in which order it starts and stops."""

import asyncio
import fcntl
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import uvicorn
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from hub.http import health, site, sockets
from hub.http.rest import State
from hub.jobs import webhooks
from hub.jobs.snapshotter import EVERY_S as SNAPSHOT_EVERY_S
from hub.jobs.snapshotter import keep_due
from hub.jobs.sweeper import sweep
from hub.live.embedded import BrokerFailed, valkey
from hub.live.node import Node, every
from hub.presence.changes import Timing
from hub.settings import Settings
from storage import database

STOP_WITHIN_S = 3
SWEEP_EVERY_S = 1.0
SOCKET_MAX_BYTES = 64 * 1024  # the frame itself; each direction has its own, smaller limit
REDIS_AT_LEAST = 7  # sharded pub/sub


class StartFailed(Exception):
    """The hub cannot start; the message is one line that says what to do."""


class AppState(State):
    node: Node


@asynccontextmanager
async def hub(settings: Settings) -> AsyncIterator[Settings]:
    """A running hub, until the block ends; yields the settings with the port that it got."""
    async with AsyncExitStack() as stack:
        stack.enter_context(bare())
        stack.enter_context(only_one(settings.state))
        listening = stack.enter_context(bound(settings.host, settings.port))
        port = int(listening.getsockname()[1])
        engine = await stack.enter_async_context(record(settings))
        redis, listener = await stack.enter_async_context(broker(settings))
        woken = asyncio.Event()
        node = Node(engine, redis, listener, Timing().scaled(settings.pace), woken.set)
        await node.watch_directory()
        stack.push_async_callback(node.stop)
        await stack.enter_async_context(background(node, engine, settings, woken))
        await stack.enter_async_context(served(application(node, engine, redis), listening))
        url = settings.url.removesuffix(":0")
        yield replace(settings, port=port, url=url if url == settings.url else f"{url}:{port}")


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


def application(node: Node, engine: AsyncEngine, redis: Redis) -> Starlette:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[AppState]:
        yield {"engine": engine, "redis": redis, "live": node, "node": node}

    routes = [
        WebSocketRoute("/ws/agent", sockets.agent),
        WebSocketRoute("/ws/watch", sockets.watch),
        *health.routes(),
        *site.routes(),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


@contextmanager
def only_one(state: Path) -> Iterator[None]:
    """One hub to a state folder: two would take the database from each other."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / "lock").open("w")
    except OSError as wrong:
        raise StartFailed(
            f"cannot use the state folder {state}: {wrong.strerror}; choose another with --state"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartFailed(
                f"another zaiseki uses {state}; stop it, or choose another folder with --state"
            ) from None
        yield


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """The port is taken first: nothing is started that could not be reached."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as wrong:
            raise StartFailed(
                f"cannot listen on {host}:{port}: {wrong.strerror}; choose another with --port"
            ) from None
        yield listening


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
    engine = database.engine(settings.database or database.embedded_url(settings.state))
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def broker(settings: Settings) -> AsyncIterator[tuple[Redis, Redis]]:
    """A client for commands, and one without a read timeout for listening."""
    async with AsyncExitStack() as stack:
        if settings.redis:
            make = redis_at(settings.redis)
        else:
            path = await stack.enter_async_context(valkey(settings.state))
            make = redis_on(path)
        commands = await stack.enter_async_context(make(5.0))
        listener = await stack.enter_async_context(make(None))
        await check_broker(commands, settings.redis or "the embedded Valkey")
        yield commands, listener


def redis_at(url: str) -> Callable[[float | None], Redis]:
    """Clients that never try again by themselves: a commit might happen twice, unseen."""
    try:
        Redis.from_url(url)
    except ValueError as wrong:
        raise StartFailed(f"--redis {url!r} is no address: {wrong}") from None
    return lambda timeout_s: Redis.from_url(url, socket_timeout=timeout_s, retry=once())


def redis_on(path: str) -> Callable[[float | None], Redis]:
    return lambda timeout_s: Redis(unix_socket_path=path, socket_timeout=timeout_s, retry=once())


def once() -> Retry:
    return Retry(NoBackoff(), 0)


async def check_broker(redis: Redis, name: str) -> None:
    try:
        info = await redis.info("server")
    except AuthenticationError:
        raise StartFailed(f"{name} wants another password; write it into --redis") from None
    except (RedisError, OSError) as wrong:
        raise StartFailed(
            f"no Redis or Valkey answers at {name} ({wrong}); start it, or leave --redis out"
        ) from None
    if int(str(info["redis_version"]).split(".")[0]) < REDIS_AT_LEAST:
        raise StartFailed(f"{name} is Redis {info['redis_version']}; zaiseki needs 7 or newer")


@asynccontextmanager
async def background(
    node: Node, engine: AsyncEngine, settings: Settings, woken: asyncio.Event
) -> AsyncIterator[None]:
    """The node's loops and the jobs; one that fails ends the hub, for it would not be true."""
    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(node.run()),
            tasks.create_task(every(SWEEP_EVERY_S * settings.pace, lambda: sweep(node))),
            tasks.create_task(every(SNAPSHOT_EVERY_S, lambda: keep_due(node))),
            tasks.create_task(webhooks.run(engine, settings.webhook_allow, woken)),
        ]
        yield
        for task in running:
            task.cancel()


class Server(uvicorn.Server):
    """Leaves signals to the caller: uvicorn would raise them again before all is closed."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@asynccontextmanager
async def served(app: Starlette, listening: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=SOCKET_MAX_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
    )
    server = Server(config)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve([listening]))
        await server.up.wait()
        if server.should_exit:
            raise StartFailed("the web server did not start; ZAISEKI_LOG=INFO tells more")
        try:
            yield
        finally:
            server.should_exit = True


@contextmanager
def until_told() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    yield told
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(number)


FAILURES = (StartFailed, BrokerFailed, database.DatabaseProblem)
