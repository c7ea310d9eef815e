"""Can the hub be reached: is its port free or ours, and does the way to its address carry all?"""

import errno
import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from hub.checks import Finding, fail, first_line, ok, warn
from hub.client import BadAddress, endpoint
from hub.protocol.codec import SUBPROTOCOL
from hub.settings import Settings

ANSWER_WITHIN_S = 5.0
UNAUTHORIZED = 401  # what the hub itself says to an agent without a token


async def port(settings: Settings) -> list[Finding]:
    if settings.port == 0:
        return [ok("port", "any free one will be taken")]
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    where = f"{settings.host}:{settings.port}"
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((settings.host, settings.port))
        except OSError as wrong:
            if wrong.errno == errno.EADDRINUSE:
                return await taken(settings, where)
            return [fail("port", f"cannot listen on {where}: {wrong.strerror}; see --host, --port")]
    return [ok("port", f"{where} is free")]


async def taken(settings: Settings, where: str) -> list[Finding]:
    """Fine if a zaiseki has it."""
    try:
        scheme = "https" if settings.tls_certificate else "http"
        found = await ready(f"{scheme}://{within(settings.host)}:{settings.port}", verify=False)
    except httpx2.HTTPError:
        found = None
    if found is None:
        return [fail("port", f"another program listens on {where}; choose another with --port")]
    if found:
        return [ok("port", f"a zaiseki answers on {where}, and it is ready")]
    return [fail("port", f"a zaiseki answers on {where}, but it is not ready; see {where}/readyz")]


def within(host: str) -> str:
    """An address of this machine for one that only says where to listen."""
    try:
        unspecified = ip_address(host).is_unspecified
    except ValueError:
        unspecified = False
    near = "127.0.0.1" if unspecified else host
    return f"[{near}]" if ":" in near else near


async def url(settings: Settings) -> list[Finding]:
    """What agents and browsers are told to use, as they would find it."""
    try:
        agents = endpoint(settings.url, "/ws/agent")
    except BadAddress as wrong:
        return [fail("url", str(wrong))]
    try:
        found = await ready(settings.url)
    except httpx2.HTTPError as wrong:
        said = f"nobody answers at {settings.url}: {first_line(wrong)}"
        return [fail("url", f"{said}; check the name, the proxy and its certificate")]
    if found is None:
        return [fail("url", f"no zaiseki answers at {settings.url}; check the proxy before it")]
    if not found:
        return [warn("url", f"{settings.url} leads to a zaiseki that is not ready")]
    return [await websocket(agents, settings.url)]


async def websocket(agents: str, shown: str) -> Finding:
    """An agent without a token is refused by the hub itself: so far its frames would come."""
    host = urlsplit(agents).netloc
    try:
        async with connect(
            agents, subprotocols=[Subprotocol(SUBPROTOCOL)], open_timeout=ANSWER_WITHIN_S,
            proxy=None,
        ):  # fmt: skip
            return fail("url", f"{host} takes agents without a token; something else answers there")
    except InvalidStatus as refused:
        if refused.response.status_code == UNAUTHORIZED:
            return ok("url", f"{shown} answers, and websockets come through")
        said = f"{host} answers HTTP {refused.response.status_code} to a websocket"
    except (OSError, TimeoutError, InvalidHandshake) as wrong:
        said = f"{host} takes no websockets: {first_line(wrong)}"
    return fail("url", f"{said}; let the proxy pass Upgrade and Connection on")


async def ready(url: str, verify: bool = True) -> bool | None:
    """What the zaiseki there says of itself; None if it is something else.

    On this machine its certificate has not this name, and nothing is told to it: do not `verify`.
    """
    async with httpx2.AsyncClient(
        timeout=ANSWER_WITHIN_S, trust_env=False, verify=verify
    ) as client:
        answer = await client.get(f"{url}/readyz")
    if answer.status_code not in (200, 503):
        return None
    try:
        return bool(answer.json()["ready"])
    except (ValueError, KeyError, TypeError):
        return None
