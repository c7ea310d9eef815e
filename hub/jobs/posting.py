"""One attempt to deliver a webhook: its address is vetted, the body signed, the answer read."""

import asyncio
import base64
import hashlib
import hmac
import logging
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpx2
from msgspec import Struct

from hub.jobs.addresses import HTTPS_PORT, Address, Forbidden, Lookup, Network, lookup, parse, vet
from storage.outgoing.webhooks import Due

ATTEMPT_WITHIN_S = 15.0  # what Standard Webhooks gives a receiver
CONNECT_WITHIN_S = 5.0  # an address; a name may have several
HEAD_MAX_BYTES = 1_000
RETRY_AFTER_MAX = timedelta(hours=24)  # the ladder's longest wait
RESOLVERS = 16  # threads of our own: a resolver that hangs must not hold up a sign-in

log = logging.getLogger(__name__)


class Answer(Struct, frozen=True):
    """What came of an attempt; `status` is None if there was no answer, `said` is why or its head.

    `wait` is for how long the receiver asked to be left alone.
    """

    status: int | None
    said: str
    wait: timedelta | None = None

    @property
    def ok(self) -> bool:
        """Only 2xx is success; a redirect is not followed and not success."""
        return self.status is not None and 200 <= self.status < 300


def sign(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """The `webhook-signature` of Standard Webhooks 1.0.0; `secret` is whsec_ and base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.digest(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256)
    return "v1," + base64.b64encode(signed).decode()


def retry_after(value: str, now: datetime) -> timedelta | None:
    """How long to wait by a Retry-After (RFC 9110: seconds or a date), a day at most."""
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), RETRY_AFTER_MAX)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), RETRY_AFTER_MAX)


class Poster:
    """Posts to vetted addresses, over a connection of its own each time.

    It uses the bare transport: no redirects, no cookies, no proxies from the environment. The
    connection goes to the very address that was vetted, so that a name which changes in between
    gains nothing, and it is not kept, so that every attempt is vetted anew.
    """

    def __init__(
        self,
        allow: Sequence[Network] = (),
        *,
        lookup: Lookup = lookup,
        tls: ssl.SSLContext | None = None,
        within_s: float = ATTEMPT_WITHIN_S,
    ) -> None:
        self._allow = allow
        self._lookup = lookup
        self._within_s = within_s
        self._resolvers = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="webhook-dns")
        self._transport = httpx2.AsyncHTTPTransport(
            verify=tls or True,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._resolvers.shutdown(wait=False, cancel_futures=True)
        await self._transport.aclose()

    async def post(self, due: Due, now: datetime) -> Answer:
        """Make one attempt; whatever goes wrong is an answer too, so that it ends on the ladder."""
        try:
            async with asyncio.timeout(self._within_s):
                return await self._post(due, now)
        except TimeoutError:
            return Answer(None, f"no answer within {self._within_s:g} s")
        except Forbidden as refusal:
            return Answer(None, str(refusal))
        except (OSError, ValueError, httpx2.HTTPError, httpx2.InvalidURL) as failure:
            return Answer(None, _printable(f"{type(failure).__name__}: {failure}"))
        except Exception:
            log.exception("webhook %s", due.message_id)
            return Answer(None, "an error of the sender; its log says more")

    async def check(self, text: str) -> None:
        """Raise Forbidden if nothing would be sent there; a name may be unknown as yet."""
        with suppress(OSError, ValueError):
            await self._vetted(text)

    async def _vetted(self, text: str) -> tuple[httpx2.URL, Sequence[Address]]:
        """The address and where it leads just now. Raises Forbidden; OSError for no such name."""
        url = parse(text)
        port = url.port or (HTTPS_PORT if url.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        host = url.raw_host.decode()
        addresses = await loop.run_in_executor(self._resolvers, self._lookup, host, port)
        vet(url, addresses, self._allow)
        return url, addresses

    async def _post(self, due: Due, now: datetime) -> Answer:
        url, addresses = await self._vetted(due.url)
        for address in addresses[:-1]:
            try:
                return await self._post_to(address, url, due, now)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await self._post_to(addresses[-1], url, due, now)

    async def _post_to(self, address: Address, url: httpx2.URL, due: Due, now: datetime) -> Answer:
        response = await self._transport.handle_async_request(_request(address, url, due, now))
        try:
            head = b"" if response.is_success else await _head(response)
        finally:
            await response.aclose()
        asked = response.headers.get("retry-after", "")
        wait = retry_after(asked, now) if asked and response.status_code in (429, 503) else None
        said = _printable(f"HTTP {response.status_code} {head.decode(errors='replace')}").strip()
        return Answer(response.status_code, said, wait)


def _request(address: Address, url: httpx2.URL, due: Due, now: datetime) -> httpx2.Request:
    timestamp = int(now.timestamp())
    return httpx2.Request(
        "POST",
        url.copy_with(host=str(address)),
        headers={
            "host": url.netloc.decode(),
            "user-agent": "zaiseki",
            "accept-encoding": "identity",
            "content-type": "application/json",
            "webhook-id": due.message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(due.secret, due.message_id, timestamp, due.body),
        },
        content=due.body.encode(),
        extensions={
            "sni_hostname": url.raw_host.decode(),
            "timeout": httpx2.Timeout(ATTEMPT_WITHIN_S, connect=CONNECT_WITHIN_S).as_dict(),
        },
    )


async def _head(response: httpx2.Response) -> bytes:
    head = b""
    async for chunk in response.aiter_raw():
        head += chunk
        if len(head) >= HEAD_MAX_BYTES:
            break
    return head[:HEAD_MAX_BYTES]


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
