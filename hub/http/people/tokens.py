"""API tokens for integrators: made by administrators, shown once, good for their scopes."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta, Struct

from hub.access import Action
from hub.http.callers import Caller
from hub.http.fields import Id, Name, seconds
from hub.identity.scopes import ApiScope
from storage.people.api_tokens import ApiTokenRow, add_api_token, api_tokens, revoke_api_token
from storage.proof import log

DAYS_MAX = 366


class ApiTokenItem(Struct, frozen=True, omit_defaults=True):
    """`last_used_at` is exact to a minute."""

    id: int
    name: str
    scopes: list[ApiScope]
    member: int
    member_name: str
    created_at: float
    expires_at: float
    last_used_at: float | None = None
    revoked: bool = False


class ApiTokens(Struct, frozen=True):
    items: list[ApiTokenItem]


class NewApiToken(Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    scopes: Annotated[tuple[ApiScope, ...], Meta(min_length=1, max_length=len(ApiScope))]
    days: Annotated[int, Meta(ge=1, le=DAYS_MAX)]


class CreatedApiToken(Struct, frozen=True):
    """The token is told here and nowhere else."""

    id: int
    token: str


class ApiTokenPath(Struct, frozen=True):
    token: Id


async def tokens(who: Caller) -> ApiTokens:
    """The tenant's API tokens, those that ended lately too."""
    who.require(Action.MANAGE_TOKENS)
    async with who.engine.connect() as conn:
        rows = await api_tokens(conn, who.actor.tenant, who.now)
    return ApiTokens([item(row) for row in rows])


async def create_token(who: Caller, body: NewApiToken) -> CreatedApiToken:
    """Give a program its token; it acts for whoever makes it, within the scopes."""
    who.require(Action.MANAGE_TOKENS)
    tenant, member = who.actor.tenant, who.actor.member
    life = timedelta(days=body.days)
    async with who.engine.begin() as conn:
        made = await add_api_token(conn, tenant, member, body.name, body.scopes, life, who.now)
        subject = {"token": made.id, "scopes": list(body.scopes), "days": body.days}
        await log.write(conn, tenant, log.What.TOKEN_CREATED, member, subject, who.now)
    return CreatedApiToken(made.id, made.token)


async def revoke_token(who: Caller, path: ApiTokenPath) -> None:
    """Make a program's token worth nothing."""
    who.require(Action.MANAGE_TOKENS)
    tenant, member = who.actor.tenant, who.actor.member
    async with who.engine.begin() as conn:
        await revoke_api_token(conn, tenant, path.token, who.now)
        subject = {"token": path.token}
        await log.write(conn, tenant, log.What.TOKEN_REVOKED, member, subject, who.now)


def item(row: ApiTokenRow) -> ApiTokenItem:
    return ApiTokenItem(
        row.id, row.name, list(row.scopes), row.member, row.member_name, seconds(row.created_at),
        seconds(row.expires_at), seconds(row.last_used_at) if row.last_used_at else None,
        row.revoked,
    )  # fmt: skip
