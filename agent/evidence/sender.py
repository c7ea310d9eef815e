"""Brings the ring's images to the hub over HTTPS, beside the websocket and never in its way."""

import asyncio
import logging
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx2
import msgspec

from agent.evidence.ring import NotKept, Record, Ring
from agent.trust import authorities
from hub.client import is_loopback
from hub.protocol.facts import EvidenceState
from hub.protocol.images import CHUNK_MAX_BYTES, Claim, Progress

PATH = "/api/v1/agent/images"

# A part takes a line for at most half a second, so that a report waits no longer than that: at
# 256 kbit/s that are 16 kB. Between parts the line is free for as long as the part took.
CHUNK_MIN_BYTES = 16 * 1024
CHUNK_S = 0.5
REST_MAX_S = 2.0
QUICK_S = 0.1  # a line that took a part in less is in nobody's way

LOOK_EVERY_S = 1.0
RETRY_S, LONGEST_RETRY_S = 1.0, 60.0
ANSWER_WITHIN_S = 30.0

DONE = (EvidenceState.STORED, EvidenceState.ERASED)
NEVER = (409, 413, 422)  # asked again, the hub would say the same

log = logging.getLogger(__name__)


class Later(Exception):
    """The hub cannot take it now: try again, not before that many seconds."""

    def __init__(self, said: str, after_s: float = 0.0) -> None:
        super().__init__(said)
        self.after_s = after_s


class Refused(Exception):
    """The hub will never take this image."""


class Sender:
    """One image at a time, the oldest first; it stays in the ring until the hub has it for good.

    `clear` says whether the line is up and no report is waiting. `sent` hears of each image that
    arrived, `refused` of each that the hub will never take, and why.
    """

    def __init__(
        self,
        ring: Ring,
        hub: str,
        token: str,
        clear: Callable[[], bool],
        sent: Callable[[int], None],
        refused: Callable[[Claim, str], None],
    ) -> None:
        self._ring, self._url, self._token = ring, hub.rstrip("/") + PATH, token
        self._clear, self._sent, self._refused = clear, sent, refused
        self._chunk = CHUNK_MIN_BYTES
        self._woken = asyncio.Event()

    def renew(self, token: str) -> None:
        """The device has a new token."""
        self._token = token

    def _sign(self, request: httpx2.Request) -> httpx2.Request:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def wake(self) -> None:
        """There may be something to send, or a line to send it on."""
        self._woken.set()

    async def run(self) -> None:
        retry_s = RETRY_S
        async with self._connected() as http:
            while True:
                try:
                    while record := self._ring.oldest():
                        await self._send(http, record)
                        retry_s = RETRY_S
                    await self._pause(LOOK_EVERY_S)
                except (Later, NotKept, httpx2.HTTPError, msgspec.DecodeError) as wrong:
                    log.info("images wait: %s", str(wrong) or type(wrong).__name__)
                    after_s = wrong.after_s if isinstance(wrong, Later) else 0.0
                    await asyncio.sleep(max(retry_s, after_s))
                    retry_s = min(2 * retry_s, LONGEST_RETRY_S)

    def _connected(self) -> httpx2.AsyncClient:
        """The system's certificates and proxies, as for the websocket."""
        loopback = is_loopback(urlsplit(self._url).hostname or "")
        return httpx2.AsyncClient(
            auth=self._sign,
            timeout=ANSWER_WITHIN_S,
            trust_env=not loopback,
            verify=authorities(),
        )

    async def _pause(self, seconds: float) -> None:
        self._woken.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _send(self, http: httpx2.AsyncClient, record: Record) -> None:
        await self._wait_until_clear()
        data = await asyncio.to_thread(self._ring.read, record)
        if data is None:
            return
        try:
            await self._deliver(http, record, data)
        except Refused as why:
            self._refused(record.claim, str(why))
            await asyncio.to_thread(self._ring.drop, record)
        else:
            await asyncio.to_thread(self._ring.drop, record)
            self._sent(len(data))

    async def _deliver(self, http: httpx2.AsyncClient, record: Record, data: bytes) -> None:
        """From wherever the hub stands; what it has already is not sent again."""
        offer = msgspec.json.encode(self._ring.offer(record))
        kind = {"Content-Type": "application/json"}
        stands = progress(await http.post(self._url, content=offer, headers=kind))
        url = f"{self._url}/{record.claim.id}"
        while stands.state not in DONE:
            await self._wait_until_clear()
            part = data[stands.offset : stands.offset + self._chunk]
            begun = time.monotonic()
            params = {"offset": stands.offset}
            stands = progress(await http.put(url, content=part, params=params))
            took = time.monotonic() - begun
            fits = int(len(part) / max(took, 1e-3) * CHUNK_S)
            self._chunk = min(max(fits, CHUNK_MIN_BYTES), CHUNK_MAX_BYTES)
            if took > QUICK_S:
                await asyncio.sleep(min(took, REST_MAX_S))

    async def _wait_until_clear(self) -> None:
        while not self._clear():
            await self._pause(LOOK_EVERY_S)


def progress(answer: httpx2.Response) -> Progress:
    """Raise Refused for what will never do, Later for everything else that is not progress."""
    if answer.is_success:
        return msgspec.json.decode(answer.content, type=Progress)
    said = f"{answer.status_code} {reason(answer)}".strip()
    if answer.status_code in NEVER:
        raise Refused(reason(answer))
    after = answer.headers.get("retry-after", "")
    raise Later(said, float(after) if after.isdecimal() else 0.0)


class Problem(msgspec.Struct):
    """What a refusal says, as far as a record needs it (RFC 9457)."""

    detail: str = ""
    type: str = ""


def reason(answer: httpx2.Response) -> str:
    try:
        problem = msgspec.json.decode(answer.content, type=Problem)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "refused"
    return problem.type.rpartition("/")[2] or "refused"
