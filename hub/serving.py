"""Serves the application with uvicorn: the socket, the certificate, and a stop in good order."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette

from hub.client import is_loopback
from hub.live.front import Front
from hub.settings import Settings
from hub.tls import CHECK_EVERY_S, BadCertificate, Certificate

STOP_WITHIN_S = 3

SOCKET_MAX_BYTES = 64 * 1024  # the frame itself; each direction has its own, smaller limit


class StartFailed(Exception):
    """The hub cannot start; the message is one line that says what to do."""


def presented(settings: Settings) -> Certificate | None:
    """The hub's certificate; nobody is served plainly whose words others could listen to."""
    if settings.tls_certificate and settings.tls_key:
        try:
            return Certificate(settings.tls_certificate, settings.tls_key)
        except BadCertificate as wrong:
            raise StartFailed(f"--tls-certificate, --tls-key: {wrong}") from None
    if settings.trusted_proxies or is_loopback(settings.host):
        return None
    raise StartFailed(
        f"--host {settings.host} would be plain http: give --tls-certificate and --tls-key, "
        "or name the proxy before it with --trusted-proxies"
    )


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """The port is taken first: nothing is started that could not be reached."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only where the protocol is named does asyncio send each write at once (TCP_NODELAY): else a
    # second small one waits for the peer's delayed ack, 40 ms on Linux.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError as wrong:
            raise StartFailed(
                f"cannot listen on {host}:{port}: {wrong.strerror}; choose another with --port"
            ) from None
        yield listening


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

    def stop_listening(self) -> None:
        """Nobody new; who is connected stays, which uvicorn's own way to stop does not allow."""
        for server in self.servers:
            server.close()


@asynccontextmanager
async def served(
    app: Starlette, listening: socket.socket, certificate: Certificate | None
) -> AsyncIterator[Server]:
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # hub.http.edge knows whom to trust
        ssl_context_factory=(lambda _, __: certificate.context) if certificate else None,
        http=Front,
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
        renewing = tasks.create_task(renewed(certificate)) if certificate else None
        try:
            yield server
        finally:
            if renewing:
                renewing.cancel()
            server.should_exit = True


async def renewed(certificate: Certificate) -> None:
    while True:
        await asyncio.sleep(CHECK_EVERY_S)
        if await asyncio.to_thread(certificate.is_renewed):
            certificate.renew()


@contextmanager
def until_told() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    yield told
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(number)
