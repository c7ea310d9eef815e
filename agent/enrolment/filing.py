"""Tells the hub of enrolments and consents over HTTPS, and hears what it decided about them."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import msgspec

from agent import terms
from agent.enrolment import gallery
from agent.enrolment.gallery import Gallery
from agent.settings import TOKEN_FILE, SettingsError, save_token
from agent.trust import authorities
from hub.client import is_loopback
from hub.protocol.enrolling import (
    CharterTold,
    Enrolled,
    Looked,
    LookedAt,
    NewEnrolment,
    OwnEnrolments,
)

PATH = "/api/v1/agent"
EVERY_S = 60.0  # an approval is a matter of minutes, not of seconds
ANSWER_WITHIN_S = 15.0
NOT_THERE = 404
RENEW_AFTER_S = 30 * 86_400.0  # a token that was copied unseen is worth nothing after a month

log = logging.getLogger(__name__)


class Filing:
    """One agent's. `known` is the gallery as it is, `learn` takes it over as the hub has it."""

    def __init__(
        self,
        folder: Path,
        hub: str,
        token: str,
        known: Callable[[], Gallery],
        learn: Callable[[Gallery], None],
        renewed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.looked: list[Looked] = []
        self.charter = CharterTold()
        self.trouble = ""
        self._folder, self._token = folder, token
        self._url = hub.rstrip("/") + PATH
        self._known, self._learn, self._renewed = known, learn, renewed
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something was enrolled, deleted, accepted or withdrawn."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled; what does not arrive is told again."""
        async with self._connected() as http:
            while True:
                self._woken.clear()
                try:
                    await self._exchange(http)
                    self.trouble = ""
                except (httpx2.HTTPError, msgspec.DecodeError, SettingsError) as wrong:
                    self.trouble = f"the hub was not told of enrolments: {wrong}"
                try:
                    async with asyncio.timeout(EVERY_S):
                        await self._woken.wait()
                except TimeoutError:
                    continue

    def _connected(self) -> httpx2.AsyncClient:
        """The system's certificates and proxies, as for the websocket."""
        return httpx2.AsyncClient(
            auth=self._sign,
            timeout=ANSWER_WITHIN_S,
            trust_env=not is_loopback(urlsplit(self._url).hostname or ""),
            verify=authorities(),
        )

    def _sign(self, request: httpx2.Request) -> httpx2.Request:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    async def _exchange(self, http: httpx2.AsyncClient) -> None:
        answer = good(await http.get(f"{self._url}/charter"))
        self.charter = msgspec.json.decode(answer.content, type=CharterTold)
        consent = terms.load(self._folder)
        for given in consent.untold:
            await self._post(http, "consents", given)
            terms.told(self._folder, given)
        if consent.holds:
            await self._send_sets(http)
            await self._agree(http)
        answer = good(await http.get(f"{self._url}/viewings"))
        self.looked = msgspec.json.decode(answer.content, type=LookedAt).items
        if token_is_old(self._folder, self._token, time.time()):
            await self._renew(http)

    async def _renew(self, http: httpx2.AsyncClient) -> None:
        """The new token is kept before it is used, for its first use ends the old one."""
        answer = good(await http.post(f"{self._url}/token"))
        token = msgspec.json.decode(answer.content, type=Token).token
        save_token(self._folder, token)
        self._token = token
        self._renewed(token)

    async def _send_sets(self, http: httpx2.AsyncClient) -> None:
        """One at a time, for each may have been deleted while an earlier one was on the way."""
        while one := next((one for one in self._known().sets if one.hub is None), None):
            model = model_of(self._known())
            new = NewEnrolment(model, one.condition, one.images, one.template)
            answer = await self._post(http, "enrolments", new)
            told = msgspec.json.decode(answer.content, type=Enrolled)
            known = self._known()
            if one not in known.sets:
                self._learn(with_gone(known, told.id))
                continue
            filed = msgspec.structs.replace(one, hub=told.id, state=told.state)
            sets = tuple(filed if other == one else other for other in known.sets)
            self._learn(Gallery(known.recogniser, sets, known.gone))

    async def _agree(self, http: httpx2.AsyncClient) -> None:
        for id in self._known().gone:
            answer = await http.delete(f"{self._url}/enrolments/{id}")
            if answer.status_code != NOT_THERE:
                good(answer)
        asked = {"model": model_of(self._known())}
        before = self._known()
        answer = good(await http.get(f"{self._url}/enrolments", params=asked))
        if self._known() != before:  # the worker was quicker: look again later
            self.wake()
            return
        told = msgspec.json.decode(answer.content, type=OwnEnrolments).items
        after = gallery.agreed(before, told)
        if after != before:
            self._learn(after)

    async def _post(
        self, http: httpx2.AsyncClient, what: str, body: msgspec.Struct
    ) -> httpx2.Response:
        headers = {"Content-Type": "application/json"}
        url = f"{self._url}/{what}"
        return good(await http.post(url, content=msgspec.json.encode(body), headers=headers))


class Token(msgspec.Struct, frozen=True):
    token: str


def token_is_old(folder: Path, token: str, clock: float) -> bool:
    """Only a token that is in the folder can be replaced there."""
    file = folder / TOKEN_FILE
    try:
        return file.read_text().strip() == token and clock - file.stat().st_mtime > RENEW_AFTER_S
    except OSError:
        return False


def good(answer: httpx2.Response) -> httpx2.Response:
    return answer.raise_for_status()


def model_of(known: Gallery) -> str:
    """The recogniser's hash as the hub takes it."""
    return known.recogniser.removeprefix("sha256:")[:64]


def with_gone(known: Gallery, id: int) -> Gallery:
    """It was deleted here while it was on its way."""
    return Gallery(known.recogniser, known.sets, (*known.gone, id))
