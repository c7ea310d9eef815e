"""The first administrator of an empty start, by the one-time link that `zaiseki up` prints."""

from typing import Annotated

from msgspec import Meta, Struct

from hub.access import Role
from hub.http import problems
from hub.http.callers import Visitor
from hub.http.fields import Login, Name, login_of
from hub.http.problems import Problem
from hub.http.signin.steps import SignInAnswer, session_answer
from hub.identity import passwords
from storage.people.members import add_member
from storage.people.sessions import actor_of, open_session
from storage.people.setup import link_usable, use_link
from storage.people.tenants import create_tenant
from storage.proof import log
from storage.proof.log import What

Token = Annotated[str, Meta(min_length=1, max_length=100)]


class SetupQuery(Struct, frozen=True):
    token: Token


class SetupState(Struct, frozen=True):
    usable: bool


class FirstAdministrator(Struct, frozen=True, forbid_unknown_fields=True):
    token: Token
    company: Name
    name: Name
    login: Login
    password: str


async def setup_state(who: Visitor, query: SetupQuery) -> SetupState:
    """Whether the link still works; a problem that says what to do if it does not."""
    async with who.engine.connect() as conn:
        if not await link_usable(conn, query.token, who.now):
            raise Problem(problems.SETUP_LINK_USED)
    return SetupState(usable=True)


async def set_up(who: Visitor, body: FirstAdministrator) -> SignInAnswer:
    """Create the tenant and its administrator, and sign them in; works for exactly one caller."""
    passwords.check(body.password, body.login)
    await setup_state(who, SetupQuery(body.token))
    password_hash = await passwords.hash_aside(body.password)
    async with who.engine.begin() as conn:
        if not await use_link(conn, body.token, who.now):
            raise Problem(problems.SETUP_LINK_USED)
        tenant = await create_tenant(conn, body.company, who.now)
        member = await add_member(
            conn,
            tenant.id,
            login=login_of(body.login),
            name=body.name,
            role=Role.ADMINISTRATOR,
            password_hash=password_hash,
            now=who.now,
            locale=who.locale,
        )
        what, told = What.TENANT_CREATED, {"administrator": member, "by": "setup link"}
        await log.write(conn, tenant.id, what, member, told, who.now)
        token = await open_session(conn, tenant.id, member, "browser", who.now)
        signed_in = await actor_of(conn, token, who.now)
    if signed_in is None:
        raise Problem(problems.NOT_SIGNED_IN)
    who.keep(token)
    return session_answer(signed_in)
