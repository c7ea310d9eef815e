"""One call to the hub: who asks, in which language, and what goes wrong in words."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import httpx2
import msgspec
from msgspec import Struct

from hub.client import BadAddress, endpoint, is_loopback

T = TypeVar("T")

ANSWER_S = 10.0  # a hub that checks a password and takes longer than this is not well
PREFIX = "/api/v1"


class Problem(Struct, frozen=True):
    """RFC 9457, as far as a person reads it."""

    type: str = ""
    title: str = ""
    detail: str = ""


class Refused(Exception):
    """`key` and `values` name the sentence in the table of words.

    `status` is what HTTP said, `problem` the type of the hub's problem document (RFC 9457).
    """

    def __init__(self, key: str, status: int = 0, problem: str = "", **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.status = status
        self.problem = problem
        self.values = values


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub, and who asks it; `language` is of the hub's own words."""

    url: str
    token: str = ""
    language: str = "ja"

    async def get(self, kind: type[T], path: str, **query: object) -> T:
        return self.read(await self.ask("GET", with_query(path, query)), kind)

    async def send(self, kind: type[T], method: str, path: str, body: object = None) -> T:
        return self.read(await self.ask(method, path, body), kind)

    async def do(self, method: str, path: str, body: object = None) -> None:
        self.check(await self.ask(method, path, body))

    async def ask(self, method: str, path: str, body: object = None) -> httpx2.Response:
        """Raise Refused where there is no answer at all. A token leaves over https only."""
        try:
            endpoint(self.url, "/")
        except BadAddress as bad:
            raise Refused("sign_in.address", detail=bad) from None
        here = is_loopback(urlsplit(self.url).hostname or "")
        headers = {"Accept-Language": self.language}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        where = self.url.rstrip("/") + PREFIX + path
        try:
            async with httpx2.AsyncClient(timeout=ANSWER_S, trust_env=not here) as http:
                return await http.request(method, where, json=body, headers=headers)
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise Refused("sign_in.unreachable", hub=self.url) from None

    def check(self, answer: httpx2.Response) -> None:
        """Raise Refused, with what the hub says, unless it said yes."""
        if answer.is_success:
            return
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise Refused("sign_in.throttled", seconds=answer.headers.get("Retry-After", "60"))
        try:
            problem = msgspec.json.decode(answer.content, type=Problem)
        except msgspec.DecodeError:
            raise Refused("sign_in.unexpected", answer.status_code, hub=self.url) from None
        said = problem.detail or problem.title or answer.status_code
        raise Refused("sign_in.refused", answer.status_code, problem.type, detail=said)

    def read(self, answer: httpx2.Response, kind: type[T]) -> T:
        self.check(answer)
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except msgspec.DecodeError:
            raise Refused("sign_in.unexpected", hub=self.url) from None


def with_query(path: str, query: dict[str, object]) -> str:
    asked = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(asked)}" if asked else path
