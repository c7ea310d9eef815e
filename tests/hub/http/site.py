"""The hub's HTTP side on a real record and a real broker, and people who use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from argon2 import PasswordHasher
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.access import Role
from hub.http.site import HANDLERS, routes
from hub.live.servers import Servers
from hub.live.upkeep import Upkeep
from hub.protocol.facts import Work
from tests.hubs import settings
from tests.keys import keys
from tests.record import Company, company, person

ORIGIN = "http://hub.test"
PASSWORD = "正しい馬の電池とホチキス"
# One at its real cost takes 25 ms to check, and most tests sign somebody in.
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass
class Heard:
    """The live path: it keeps what REST tells it."""

    punches: list[tuple[int, int, Work, str | None]] = field(default_factory=list)

    async def punched(
        self, tenant: int, member: int, work: Work, task: str | None, at: float
    ) -> None:
        self.punches.append((tenant, member, work, task))


@dataclass
class Site:
    """An application, and clients for it, each with an address and cookies of its own."""

    engine: AsyncEngine
    app: ASGIApp
    live: Heard
    a: Company

    @asynccontextmanager
    async def client(
        self, address: str = "192.0.2.1", origin: str = ORIGIN, **headers: str
    ) -> AsyncIterator[httpx2.AsyncClient]:
        transport = httpx2.ASGITransport(self.app, client=(address, 50000))
        sent = {"Origin": origin, **headers} if origin else headers
        base = origin or ORIGIN
        async with httpx2.AsyncClient(transport=transport, base_url=base, headers=sent) as client:
            yield client

    @asynccontextmanager
    async def signed_in(self, login: str, **headers: str) -> AsyncIterator[httpx2.AsyncClient]:
        async with self.client(**headers) as client:
            assert (await sign_in(client, login)).status_code == 201
            yield client


async def sign_in(
    client: httpx2.AsyncClient, login: str, password: str = PASSWORD, **more: str
) -> httpx2.Response:
    body = {"login": login, "password": password, **more}
    return await client.post("/api/v1/session", json=body)


@asynccontextmanager
async def site(engine: AsyncEngine, redis: Redis, web: Path) -> AsyncIterator[Site]:
    """Three people: boss administers, sato supervises 営業, mori works in 東京."""
    async with engine.begin() as conn:
        a = await company(conn)
        await person(conn, a.id, "boss", Role.ADMINISTRATOR, password_hash=HASH)
        sales = [a.sales]
        await person(conn, a.id, "sato", Role.SUPERVISOR, supervises=sales, password_hash=HASH)
        await person(conn, a.id, "mori", groups=[a.tokyo], password_hash=HASH)
    live = Heard()
    yield Site(
        engine, with_state(web, engine=engine, servers=Servers(redis, redis), live=live), live, a
    )


def with_state(web: Path, **state: Any) -> ASGIApp:
    """The application as its lifespan would have started it."""
    starlette = Starlette(routes=routes(web), exception_handlers={**HANDLERS})
    engine = state["engine"]
    state = {"settings": settings(web), "keys": keys(engine), "upkeep": Upkeep(engine)} | state

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await starlette({**scope, "state": dict(state)}, receive, send)

    return app


def problem(answer: httpx2.Response) -> str:
    """The name of the problem type; fails if the answer is no problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document: dict[str, Any] = answer.json()
    assert document["status"] == answer.status_code
    assert document["title"]
    assert document["detail"]
    return str(document["type"]).removeprefix("/problems/")
