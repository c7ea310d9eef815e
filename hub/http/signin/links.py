"""Setting a password by link: forgotten ones by mail, and the first one by invitation."""

import asyncio
import time
from typing import Annotated

from msgspec import Meta, Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action
from hub.http import problems
from hub.http.callers import Caller, Visitor
from hub.http.fields import Id, SystemId, Typed, seconds
from hub.http.problems import Problem
from hub.http.signin.codes import Password
from hub.http.signin.session import tenant_asked
from hub.http.signin.steps import passed, remember
from hub.http.signin.throttle import Guess
from hub.identity import letters, passwords
from hub.identity.signing_in import Standing
from storage.outgoing import mails
from storage.people import invitations as record
from storage.people.known_browsers import know_browser
from storage.people.members import login_key, member, member_by_login, set_password
from storage.people.oidc import members_by_email
from storage.people.password_links import (
    LIFE,
    PATHS,
    LinkKind,
    enough_resets,
    link_of,
    open_link,
    use_link,
    void_links,
)
from storage.people.standing import standing_of
from storage.people.tenants import TenantRow
from storage.proof import log
from storage.proof.log import What
from storage.sealing.sealed import Box

ANSWER_AFTER_S = 0.3  # whoever asks learns nothing from how long the answer takes

Token = Annotated[str, Meta(min_length=1, max_length=100)]


class Forgotten(Struct, frozen=True, forbid_unknown_fields=True):
    """`login` may be the e-mail address, too."""

    login: Typed
    system_id: SystemId | None = None


class LinkQuery(Struct, frozen=True):
    token: Token


class LinkState(Struct, frozen=True):
    """Whose password the link sets."""

    kind: LinkKind
    login: str
    name: str
    tenant: str
    expires_at: float


class LinkUsed(Struct, frozen=True, forbid_unknown_fields=True):
    token: Token
    password: Password


class InvitedPath(Struct, frozen=True):
    member: Id


class Invitation(Struct, frozen=True, omit_defaults=True):
    """`link` only where no mail could take it: hand it over yourself."""

    expires_at: float
    mailed: bool = False
    link: str | None = None


class InvitationItem(Struct, frozen=True):
    member: int
    login: str
    name: str
    sent_at: float
    expires_at: float


class Invitations(Struct, frozen=True):
    items: list[InvitationItem]


async def forgotten(who: Visitor, body: Forgotten) -> None:
    """Mail a link that sets a new password; the answer is the same for a login that nobody has."""
    if who.settings.mail is None:
        raise Problem(problems.MAIL_NOT_SET_UP)
    answer_at = time.monotonic() + ANSWER_AFTER_S
    tenant = await tenant_asked(who, body.system_id)
    of = str(tenant.id) if tenant else "-"
    await passed(who, Guess(of, f"forgotten {login_key(body.login)}", who.address))
    if tenant is not None:
        await _mail_reset(who, tenant, body.login)
    await asyncio.sleep(answer_at - time.monotonic())


async def link_state(who: Visitor, query: LinkQuery) -> LinkState:
    """Whose link it is; a problem that says what to do if it does not work any more."""
    async with who.engine.connect() as conn:
        link = await link_of(conn, query.token, who.now)
    if link is None:
        raise Problem(problems.LINK_USED)
    return LinkState(link.kind, link.login, link.name, link.tenant_name, seconds(link.expires_at))


async def set_by_link(who: Visitor, body: LinkUsed) -> None:
    """Set the password, once; whoever was signed in as that member is not any more."""
    async with who.engine.connect() as conn:
        link = await link_of(conn, body.token, who.now)
    if link is None:
        raise Problem(problems.LINK_USED)
    passwords.check(body.password, link.login)
    password_hash = await passwords.hash_aside(body.password)
    async with who.engine.begin() as conn:
        if not await use_link(conn, body.token, who.now):
            raise Problem(problems.LINK_USED)
        await set_password(conn, link.tenant, link.member, password_hash, who.now)
        remember(who, await know_browser(conn, link.tenant, link.member, who.now))
        what = What.PASSWORD_SET if link.kind == "reset" else What.INVITATION_ACCEPTED
        subject = {"member": link.member, "why": link.kind, "address": who.address}
        await log.write(conn, link.tenant, what, link.member, subject, who.now)


async def invite(who: Caller, path: InvitedPath) -> Invitation:
    """Send a member the link to choose a password with; one sent before is void."""
    box = await who.keys.box(who.actor.tenant)
    within = who.within(Action.MANAGE_MEMBERS)
    async with who.engine.begin() as conn:
        await member(conn, within, path.member)
        standing = await standing_of(conn, who.actor.tenant, path.member)
        if standing is None:
            raise Problem(problems.NOT_FOUND)
        link = await _new_link(conn, who, standing, "invitation")
        mailed = bool(who.settings.mail and standing.email)
        if mailed:
            await _mail(conn, who, box, standing, "invitation", link)
        subject = {"member": path.member, "mailed": mailed}
        await log.write(conn, who.actor.tenant, What.INVITED, who.actor.member, subject, who.now)
    until = seconds(who.now + LIFE["invitation"])
    return Invitation(until, mailed, None if mailed else link)


async def invitations(who: Caller) -> Invitations:
    """Who was invited and has no password yet, the newest first."""
    within = who.within(Action.MANAGE_MEMBERS)
    async with who.engine.connect() as conn:
        rows = await record.invitations(conn, within, who.now)
    return Invitations(
        [
            InvitationItem(
                row.member, row.login, row.name, seconds(row.sent_at), seconds(row.expires_at)
            )
            for row in rows
        ]
    )


async def revoke_invitation(who: Caller, path: InvitedPath) -> None:
    """Make every link to a member's password worth nothing."""
    within = who.within(Action.MANAGE_MEMBERS)
    async with who.engine.begin() as conn:
        await member(conn, within, path.member)
        await void_links(conn, path.member, who.now)
        subject = {"member": path.member}
        await log.write(
            conn, who.actor.tenant, What.INVITATION_REVOKED, who.actor.member, subject, who.now
        )


async def _mail_reset(who: Visitor, tenant: TenantRow, typed: str) -> None:
    """Only to an address that the record has, and not more than a mailbox can want."""
    box = await who.keys.box(tenant.id)
    async with who.engine.begin() as conn:
        found = await _named(conn, tenant.id, typed)
        subject = {"member": found, "address": who.address}
        await log.write(conn, tenant.id, What.PASSWORD_RESET_ASKED, None, subject, who.now)
        standing = await standing_of(conn, tenant.id, found) if found else None
        if standing is None or not standing.email:
            return
        if await enough_resets(conn, standing.member, who.now):
            return
        link = await _new_link(conn, who, standing, "reset")
        await _mail(conn, who, box, standing, "reset", link)


async def _named(conn: AsyncConnection, tenant: int, typed: str) -> int | None:
    """By the login, or else by an e-mail address that only one member has."""
    found = await member_by_login(conn, tenant, typed)
    if found is not None:
        return found
    meant = await members_by_email(conn, tenant, typed.strip())
    return meant[0] if len(meant) == 1 else None


async def _new_link(conn: AsyncConnection, who: Visitor, standing: Standing, kind: LinkKind) -> str:
    """Under the address that the operator gave, never under what a request says of itself."""
    token = await open_link(conn, standing.tenant, standing.member, kind, who.now)
    return f"{who.settings.url}/{PATHS[kind]}?token={token}"


async def _mail(
    conn: AsyncConnection,
    who: Visitor,
    box: Box,
    standing: Standing,
    kind: LinkKind,
    link: str,
) -> None:
    write = letters.reset if kind == "reset" else letters.invitation
    until = who.now + LIFE[kind]
    letter = write(
        standing.locale, standing.name, standing.tenant_name, standing.login, link, until
    )
    await mails.enqueue(
        conn,
        box,
        recipient=standing.email or "",
        subject=letter.subject,
        text=letter.text,
        now=who.now,
        life=LIFE[kind],
    )
