"""A record on each database, and short ways to put people into it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.access import Role
from storage.database import embedded_url, engine
from storage.people.groups import add_group
from storage.people.members import add_member
from storage.people.tenants import TenantRow, create_tenant
from storage.proof.signing import Signer
from tests.consent import consenting, governed
from tests.tables import copied, with_tables

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SIGNER = Signer(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own; the test runs once on each kind.

    PostgreSQL's has all tables, which is quicker than to add them; SQLite's is not there yet.
    """
    if request.param == "sqlite":
        yield embedded_url(tmp_path)
        return
    with copied(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the test's own without any table, on each kind."""
    if request.param == "sqlite":
        return embedded_url(tmp_path)
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def record(database_url: str) -> AsyncIterator[AsyncEngine]:
    """The tables, empty, on each kind of database."""
    await with_tables(database_url)
    opened = engine(database_url, SIGNER)
    yield opened
    await opened.dispose()


@dataclass(frozen=True, slots=True)
class Company:
    """A tenant with a charter: 営業 with 東京 below it, and 開発 beside them."""

    tenant: TenantRow
    sales: int
    tokyo: int
    development: int

    @property
    def id(self) -> int:
        return self.tenant.id


async def company(conn: AsyncConnection, name: str = "株式会社A") -> Company:
    tenant = await create_tenant(conn, name, NOW)
    await governed(conn, tenant.id, NOW)
    sales = await add_group(conn, tenant.id, "営業")
    tokyo = await add_group(conn, tenant.id, "東京", sales)
    return Company(tenant, sales, tokyo, await add_group(conn, tenant.id, "開発"))


async def person(
    conn: AsyncConnection,
    tenant: int,
    login: str,
    role: Role = Role.WORKER,
    *,
    groups: Sequence[int] = (),
    supervises: Sequence[int] = (),
    password_hash: str | None = None,
) -> int:
    member = await add_member(
        conn,
        tenant,
        login=login,
        name=f"{login}さん",
        role=role,
        password_hash=password_hash,
        now=NOW,
        groups=groups,
        supervises=supervises,
    )
    await consenting(conn, tenant, member, NOW)
    return member
