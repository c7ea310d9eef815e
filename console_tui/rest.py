"""What the terminal asks of the hub over REST: a session, its end, and the list of incidents."""

from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2
import msgspec
from msgspec import Struct

from console_tui.incidents import Entry
from hub.client import BadAddress, endpoint, is_loopback
from hub.protocol.facts import IncidentKind, Why

T = TypeVar("T")

ANSWER_S = 10.0  # a hub that checks a password and takes longer than this is not well
LISTED = 50


class MemberInfo(Struct, frozen=True):
    id: int
    name: str
    role: str
    locale: str = "ja"


class TenantInfo(Struct, frozen=True):
    name: str
    system_id: str


class SignedIn(Struct, frozen=True):
    """What the hub answers to a right password."""

    member: MemberInfo
    tenant: TenantInfo
    token: str


class Step(Struct, frozen=True):
    """What the hub still needs after a right password; `token` goes with it."""

    token: str
    need: str
    login: str
    ways: tuple[str, ...] = ()


class SignInAnswer(Struct, frozen=True):
    """A sign-in, or the next step to it."""

    member: MemberInfo | None = None
    tenant: TenantInfo | None = None
    token: str | None = None
    step: Step | None = None


class Problem(Struct, frozen=True):
    """RFC 9457, as far as a person reads it."""

    type: str = ""
    title: str = ""
    detail: str = ""


class ListedIncident(Struct, frozen=True):
    id: str
    member: int
    kind: IncidentKind
    opened_at: float
    ended_at: float | None = None
    late: bool = False
    why: Why | None = None


class ListedPage(Struct, frozen=True):
    items: tuple[ListedIncident, ...]


class Refused(Exception):
    """`key` and `values` name the sentence in the table of words."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


async def sign_in(
    hub: str, login: str, password: str, system_id: str = "", language: str = "ja"
) -> SignedIn | Step:
    """Raise Refused. The password leaves over https only, or within this machine.

    `language` is of the hub's own words, where it refuses for a reason that only it can tell.
    """
    body = {"login": login, "password": password, "kind": "terminal"}
    if system_id:
        body["system_id"] = system_id
    answer = await _ask(hub, "POST", "/api/v1/session", body=body, language=language)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise Refused("sign_in.wrong")
    return _answered(hub, answer)


async def show_code(hub: str, step: Step, code: str, language: str = "ja") -> SignedIn | Step:
    """Show the second factor; raise Refused, `second.over` if it is too late for this step."""
    body = {"step": step.token, "code": code}
    answer = await _ask(hub, "POST", "/api/v1/session/code", body=body, language=language)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise Refused("second.wrong")
    if answer.status_code == HTTPStatus.GONE:
        raise Refused("second.over")
    return _answered(hub, answer)


def _answered(hub: str, answer: httpx2.Response) -> SignedIn | Step:
    found = _read(hub, answer, SignInAnswer)
    if found.step:
        return found.step
    if found.member and found.tenant and found.token:
        return SignedIn(found.member, found.tenant, found.token)
    raise Refused("sign_in.unexpected", hub=hub)


async def sign_out(hub: str, token: str) -> None:
    """End the session at the hub; raise Refused when it cannot be asked."""
    await _ask(hub, "DELETE", "/api/v1/session", token)


async def incidents(hub: str, token: str) -> list[Entry]:
    """The newest incidents of the record; raise Refused."""
    answer = await _ask(hub, "GET", f"/api/v1/incidents?limit={LISTED}", token)
    page = _read(hub, answer, ListedPage)
    return [
        Entry(
            one.id,
            one.member,
            one.kind,
            one.opened_at,
            one.ended_at is None,
            True,
            one.late,
            why=one.why,
        )
        for one in page.items
    ]


async def _ask(
    hub: str,
    method: str,
    path: str,
    token: str = "",
    body: dict[str, str] | None = None,
    language: str = "ja",
) -> httpx2.Response:
    try:
        endpoint(hub, "/")
    except BadAddress as bad:
        raise Refused("sign_in.address", detail=bad) from None
    here = is_loopback(urlsplit(hub).hostname or "")
    headers = {"Accept-Language": language}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        async with httpx2.AsyncClient(timeout=ANSWER_S, trust_env=not here) as http:
            return await http.request(method, hub.rstrip("/") + path, json=body, headers=headers)
    except (httpx2.HTTPError, httpx2.InvalidURL):
        raise Refused("sign_in.unreachable", hub=hub) from None


def _read(hub: str, answer: httpx2.Response, kind: type[T]) -> T:
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise Refused("sign_in.throttled", seconds=answer.headers.get("Retry-After", "60"))
    try:
        if answer.is_success:
            return msgspec.json.decode(answer.content, type=kind)
        problem = msgspec.json.decode(answer.content, type=Problem)
    except msgspec.DecodeError:
        raise Refused("sign_in.unexpected", hub=hub) from None
    raise Refused("sign_in.refused", detail=problem.detail or problem.title or answer.status_code)
