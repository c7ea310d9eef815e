"""Who asks: anybody, somebody who is signed in, or a device; and what each may."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypedDict

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import Response

from hub import credentials
from hub.access import Action, Actor, Scope, Subject, may, refused, scope
from hub.http import problems
from hub.http.pictures.decoder import Decoder
from hub.http.problems import Problem
from hub.live.floor import Floor
from hub.live.on_air import DeviceNow
from hub.live.reception import Reception
from hub.live.servers import Servers
from hub.live.upkeep import Upkeep
from hub.protocol.facts import Sighting, Verdict, Work
from hub.protocol.on_air import Order
from hub.protocol.watchers import IncidentNews
from hub.settings import Settings
from storage.images.vault import SealedVault
from storage.people.sessions import LIFE, SignedIn
from storage.sealing.keys import Keys
from storage.seats.devices import LinkedDevice


class Live(Protocol):
    """The live path, as far as REST tells it something, or listens to it."""

    async def punched(
        self, tenant: int, member: int, work: Work, task: str | None, at: float
    ) -> None: ...

    async def judged(
        self,
        tenant: int,
        member: int,
        device: int,
        sighting: Sighting,
        verdict: Verdict | None,
        at: float,
    ) -> None: ...

    async def on_air(
        self, tenant: int, member: int, devices: Sequence[int]
    ) -> dict[int, DeviceNow]: ...

    async def order(self, tenant: int, device: int, order: Order) -> None: ...

    async def tell(self, tenant: int, news: IncidentNews) -> None: ...

    @property
    def reception(self) -> Reception: ...

    async def floor(self, tenant: int) -> Floor: ...

    def blind(self, floor: Floor) -> bool: ...


class State(TypedDict):
    """What the application's lifespan yields for its requests."""

    engine: AsyncEngine
    servers: Servers
    live: Live
    upkeep: Upkeep
    vault: SealedVault
    keys: Keys
    decoder: Decoder
    settings: Settings


@dataclass(frozen=True, slots=True)
class Kept:
    """A cookie beside the session's; an empty value takes it away."""

    name: str
    value: str
    life: timedelta
    samesite: Literal["lax", "strict"] = "strict"


class Visitor:
    """Anybody who asks, signed in or not."""

    def __init__(self, request: Request[State], now: datetime) -> None:
        self.request = request
        self.now = now
        self.locale = problems.language(request.headers.get("accept-language", ""))
        self._kept: list[Kept] = []

    @property
    def engine(self) -> AsyncEngine:
        return self.request.state["engine"]

    @property
    def servers(self) -> Servers:
        return self.request.state["servers"]

    @property
    def live(self) -> Live:
        return self.request.state["live"]

    @property
    def upkeep(self) -> Upkeep:
        return self.request.state["upkeep"]

    @property
    def vault(self) -> SealedVault:
        return self.request.state["vault"]

    @property
    def keys(self) -> Keys:
        """What seals and opens; ask it for a box before a transaction begins."""
        return self.request.state["keys"]

    @property
    def decoder(self) -> Decoder:
        return self.request.state["decoder"]

    @property
    def settings(self) -> Settings:
        return self.request.state["settings"]

    @property
    def agent(self) -> str:
        """What the client's program calls itself."""
        return self.request.headers.get("user-agent", "")

    @property
    def address(self) -> str:
        """The client's address; behind a trusted proxy, what that one says (hub.http.edge)."""
        return self.request.client.host if self.request.client else ""

    def keep(self, token: str) -> None:
        """Give the browser its session cookie; an empty token takes it away."""
        self.keep_also(Kept(credentials.COOKIE, token, LIFE["browser"]))

    def keep_also(self, kept: Kept) -> None:
        """Give the browser another cookie."""
        self._kept.append(kept)

    def brought(self, name: str) -> str | None:
        """Such a cookie again."""
        return self.request.cookies.get(credentials.cookie_name(self.request, name))

    def answer(self, response: Response) -> Response:
        for kept in self._kept:
            response.set_cookie(
                credentials.cookie_name(self.request, kept.name),
                kept.value,
                max_age=int(kept.life.total_seconds()) if kept.value else 0,
                path="/",
                httponly=True,
                samesite=kept.samesite,
                secure=credentials.secure(self.request),
            )
        return response


class Caller(Visitor):
    """Somebody who is signed in."""

    def __init__(self, request: Request[State], now: datetime, signed_in: SignedIn) -> None:
        super().__init__(request, now)
        self.signed_in = signed_in
        if "accept-language" not in request.headers:
            self.locale = signed_in.locale

    @property
    def actor(self) -> Actor:
        return self.signed_in.actor

    def require(self, action: Action) -> None:
        """Raise the problem NOT_ALLOWED unless the caller may do it to the tenant as a whole."""
        if not may(self.actor, action, Subject(self.actor.tenant)):
            raise Problem(problems.NOT_ALLOWED)

    def within(self, action: Action) -> Scope:
        """On whom the caller may do it; raise the problem NOT_ALLOWED if on nobody at all."""
        if refused(self.actor, action):
            raise Problem(problems.NOT_ALLOWED)
        return scope(self.actor, action)

    def require_own(self, action: Action) -> None:
        """Raise the problem NOT_ALLOWED unless the caller may do it to themselves."""
        if not may(self.actor, action, Subject(self.actor.tenant, self.actor.member)):
            raise Problem(problems.NOT_ALLOWED)


class OnDevice(Visitor):
    """A worker's device, by its token."""

    def __init__(self, request: Request[State], now: datetime, device: LinkedDevice) -> None:
        super().__init__(request, now)
        self.device = device
