"""One attempt to deliver a webhook: its address is vetted, the body signed, the answer read."""

import asyncio
import logging
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpx2
from msgspec import Struct
from msgspec.structs import replace

from hub.jobs.addresses import HTTPS_PORT, Address, Forbidden, Lookup, Network, lookup, parse, vet
from hub.tls import authorities
from storage.webhooks.bodies import MEDIA
from storage.webhooks.keys import signature
from storage.webhooks.queue import Due
from storage.webhooks.times import TIMES, Times

CONNECT_WITHIN_S = 5.0  # an address; a name may have several
HEAD_MAX_BYTES = 1_000
RETRY_AFTER_MAX = timedelta(hours=24)  # the ladder's longest wait
RESOLVERS = 16  # threads of our own: a resolver that hangs must not hold up a sign-in

# Standard Webhooks 1.0.0: these ask the sender to slow down; 503 is what RFC 9110 has for it.
BUSY = (429, 502, 503, 504)
LAST_WORDS = "http11.send_request_headers.started"  # of the transport: now it begins to send

log = logging.getLogger(__name__)


class Lapsed(Exception):
    """It is too late to send this: somebody else may be doing it."""


class Letter(Struct, frozen=True):
    """What is posted to an address; `name` is how the log calls it.

    It is not sent after `by`, by the clock on the wall, which goes on while a machine is stopped.
    """

    url: str
    headers: dict[str, str]
    content: bytes
    name: str
    by: datetime | None = None


class Answer(Struct, frozen=True):
    """What came of an attempt; `status` is None if there was no answer.

    `said` is the head of the body, or why nothing came. `wait` is for how long the receiver asked
    to be left alone. `ours` if it is not the receiver's doing.
    """

    status: int | None
    said: str
    wait: timedelta | None = None
    took_s: float = 0.0
    ours: bool = False

    @property
    def ok(self) -> bool:
        """Only 2xx is success; a redirect is not followed and not success."""
        return self.status is not None and 200 <= self.status < 300


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
        times: Times = TIMES,
    ) -> None:
        self._allow = allow
        self._lookup = lookup
        self._times = times
        self._resolvers = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="webhook-dns")
        self._transport = httpx2.AsyncHTTPTransport(
            verify=tls or authorities(),
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
        """Make one attempt at a delivery; raise Lapsed if that has become another's to do."""
        return await self.send(signed(due, now), now)

    async def send(self, letter: Letter, now: datetime) -> Answer:
        """Whatever goes wrong is an answer too, so that it ends on the ladder. Raise Lapsed."""
        began = time.monotonic()
        answer = await self._send(letter, now)
        return replace(answer, took_s=time.monotonic() - began)

    async def _send(self, letter: Letter, now: datetime) -> Answer:
        within_s = self._times.attempt.total_seconds()
        try:
            async with asyncio.timeout(within_s):
                response = await self._post(letter)
            return await self._answer(response, now)
        except Lapsed:
            raise
        except TimeoutError:
            return Answer(None, f"no answer within {within_s:g} s")
        except Forbidden as refusal:
            return Answer(None, str(refusal))
        except (OSError, ValueError, httpx2.HTTPError, httpx2.InvalidURL) as failure:
            return Answer(None, _printable(f"{type(failure).__name__}: {failure}"))
        except Exception:
            log.exception("%s", letter.name)
            return Answer(None, "an error of the sender; its log says more", ours=True)

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

    async def _post(self, letter: Letter) -> httpx2.Response:
        url, addresses = await self._vetted(letter.url)
        for address in addresses[:-1]:
            with suppress(httpx2.ConnectError, httpx2.ConnectTimeout):
                return await self._post_to(address, url, letter)
        return await self._post_to(addresses[-1], url, letter)

    async def _post_to(self, address: Address, url: httpx2.URL, letter: Letter) -> httpx2.Response:
        within_s = self._times.attempt.total_seconds()
        return await self._transport.handle_async_request(_request(address, url, letter, within_s))

    async def _answer(self, response: httpx2.Response, now: datetime) -> Answer:
        try:
            said = await self._head(response)
        finally:
            await response.aclose()
        status = response.status_code
        asked = response.headers.get("retry-after", "")
        wait = (retry_after(asked, now) or self._times.rest) if status in BUSY else None
        return Answer(status, said, wait)

    async def _head(self, response: httpx2.Response) -> str:
        """What of the body comes soon; one that drips or breaks off takes nothing away."""
        head = bytearray()
        with suppress(TimeoutError, httpx2.HTTPError):
            async with asyncio.timeout(self._times.head.total_seconds()):
                async for chunk in response.aiter_raw():
                    head += chunk
                    if len(head) >= HEAD_MAX_BYTES:
                        break
        return _printable(head[:HEAD_MAX_BYTES].decode(errors="replace")).strip()


def signed(due: Due, now: datetime) -> Letter:
    """A delivery as it is posted at this moment."""
    timestamp = int(now.timestamp())
    headers = {
        "content-type": MEDIA[due.content],
        "webhook-id": due.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(due.keys, due.signing, due.message_id, timestamp, due.body),
    }
    return Letter(due.url, headers, due.body.encode(), f"webhook {due.message_id}", due.send_by)


def _request(address: Address, url: httpx2.URL, letter: Letter, within_s: float) -> httpx2.Request:
    async def still_to_be_sent(step: str, _: dict[str, object]) -> None:
        if step == LAST_WORDS and letter.by is not None and datetime.now(UTC) > letter.by:
            raise Lapsed

    return httpx2.Request(
        "POST",
        url.copy_with(host=str(address)),
        headers={
            "host": url.netloc.decode(),
            "user-agent": "zaiseki",
            "accept-encoding": "identity",
            **letter.headers,
        },
        content=letter.content,
        extensions={
            "sni_hostname": url.raw_host.decode(),
            "timeout": httpx2.Timeout(within_s, connect=CONNECT_WITHIN_S).as_dict(),
            "trace": still_to_be_sent,
        },
    )


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
