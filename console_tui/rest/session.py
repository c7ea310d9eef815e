"""A session at the hub: how it begins, in one step or two, and its end."""

from http import HTTPStatus

import httpx2
from msgspec import Struct

from console_tui.rest.calls import Hub, Refused


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


async def sign_in(hub: Hub, login: str, password: str, system_id: str = "") -> SignedIn | Step:
    """Raise Refused. The password leaves over https only, or within this machine."""
    body = {"login": login, "password": password, "kind": "terminal"}
    if system_id:
        body["system_id"] = system_id
    answer = await hub.ask("POST", "/session", body)
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise Refused("sign_in.wrong")
    return _answered(hub, answer)


async def show_code(hub: Hub, step: Step, code: str) -> SignedIn | Step:
    """Show the second factor; raise Refused, `second.over` if it is too late for this step."""
    answer = await hub.ask("POST", "/session/code", {"step": step.token, "code": code})
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise Refused("second.wrong")
    if answer.status_code == HTTPStatus.GONE:
        raise Refused("second.over")
    return _answered(hub, answer)


def _answered(hub: Hub, answer: httpx2.Response) -> SignedIn | Step:
    found = hub.read(answer, SignInAnswer)
    if found.step:
        return found.step
    if found.member and found.tenant and found.token:
        return SignedIn(found.member, found.tenant, found.token)
    raise Refused("sign_in.unexpected", hub=hub.url)


async def sign_out(hub: Hub) -> None:
    """End the session at the hub; raise Refused when it cannot be asked."""
    await hub.ask("DELETE", "/session")
