"""The people of a tenant."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Action, Role, Scope
from hub.http import problems
from hub.http.callers import Caller
from hub.http.csv import Download, Encoding, Unreadable, read
from hub.http.fields import Email, Id, Login, Name, login_of
from hub.http.people import roster
from hub.http.problems import Problem
from hub.identity import passwords
from storage.people.groups import groups, path_of
from storage.people.members import (
    Edit,
    MemberRow,
    Search,
    add_member,
    add_people,
    count_members,
    disable_member,
    edit_member,
    enable_member,
    member,
    require_managed,
)
from storage.people.members import members as listed
from storage.people.telling import tell_members
from storage.people.tenants import directory_changes
from storage.people.tenants import tenant as tenant_of
from storage.proof import log
from storage.proof.log import What
from storage.webhooks.events import UserCreated, UserDisabled, UserUpdated

PAGE = 200
PAGE_MAX = 500
IMPORT_MAX_BYTES = 2 * 1024 * 1024  # 10,000 people take about 1 MB

Locale = Literal["ja", "en"]


class MemberItem(Struct, frozen=True, omit_defaults=True):
    """`groups` they are in; `supervises` as given, what is below a group comes with it."""

    id: int
    login: str
    name: str
    role: Role
    locale: str
    email: str | None = None
    disabled: bool = False
    groups: tuple[int, ...] = ()
    supervises: tuple[int, ...] = ()


class MemberQuery(Struct, frozen=True):
    """`q` is part of a login or name; `cursor` is the `next` of the page before."""

    q: Annotated[str, Meta(max_length=200)] = ""
    role: Role | None = None
    group: Id | None = None
    state: Literal["active", "disabled"] | None = None
    limit: Annotated[int, Meta(ge=1, le=PAGE_MAX)] = PAGE
    cursor: Annotated[str, Meta(max_length=200)] = ""

    @property
    def search(self) -> Search:
        disabled = None if self.state is None else self.state == "disabled"
        return Search(self.q.replace("\0", ""), self.role, self.group, disabled)


class Members(Struct, frozen=True, omit_defaults=True):
    """By login; `next` is the cursor of the following page, `total` counts all that was found."""

    items: list[MemberItem]
    total: int
    next: str | None = None


class NewMember(Struct, frozen=True, forbid_unknown_fields=True):
    """Without a password, one is made up and told once in the answer."""

    login: Login
    name: Name
    role: Role = Role.WORKER
    locale: Locale = "ja"
    email: Email | None = None
    groups: tuple[Id, ...] = ()
    supervises: tuple[Id, ...] = ()
    password: str | None = None


class MemberEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    login: Login | None = None
    name: Name | None = None
    role: Role | None = None
    locale: Locale | None = None
    email: Email | UnsetType | None = UNSET
    groups: tuple[Id, ...] | None = None
    supervises: tuple[Id, ...] | None = None

    @property
    def given(self) -> Edit:
        """Raise the problem INVALID for a login that only looked right."""
        return Edit(
            login=login_of(self.login) if self.login is not None else None,
            name=self.name,
            role=self.role,
            locale=self.locale,
            email=None if self.email is UNSET else self.email or "",
            groups=self.groups,
            supervises=self.supervises,
        )


class CreatedMember(Struct, frozen=True, omit_defaults=True):
    id: int
    password: str | None = None


class MemberPath(Struct, frozen=True):
    member: Id


class OwnName(Struct, frozen=True, forbid_unknown_fields=True):
    name: Name


class TableQuery(Struct, frozen=True):
    encoding: Encoding = Encoding.UTF8


class ImportQuery(Struct, frozen=True):
    """A dry run says what would happen, and changes nothing."""

    dry_run: bool = False


class BadRow(Struct, frozen=True):
    """Why a line cannot be taken. Lines are counted from 1, the head, without empty ones."""

    line: int
    column: str
    detail: str


class Imported(Struct, frozen=True):
    """How many lines did, or would do, what; nothing was changed if any line is bad.

    `new` holds the ids of those who are new: they have no password yet, so invite them.
    """

    dry_run: bool
    created: int
    changed: int
    unchanged: int
    bad: list[BadRow]
    new: list[int]


async def members(who: Caller, query: MemberQuery) -> Members:
    """A page of those whom the caller may see, by login."""
    within = who.within(Action.SEE_MEMBER)
    async with who.engine.connect() as conn:
        rows = await listed(
            conn, within, query.search, after=query.cursor.replace("\0", ""), limit=query.limit + 1
        )
        total = await count_members(conn, within, query.search)
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return Members([_item(row) for row in shown], total, shown[-1].login if more else None)


async def one_member(who: Caller, path: MemberPath) -> MemberItem:
    """Somebody whom the caller may see."""
    async with who.engine.connect() as conn:
        return _item(await member(conn, who.within(Action.SEE_MEMBER), path.member))


async def create_member(who: Caller, body: NewMember) -> CreatedMember:
    """Give somebody a login."""
    who.require(Action.MANAGE_MEMBERS)
    password = body.password or passwords.generated()
    passwords.check(password, body.login)
    password_hash = await passwords.hash_aside(password)
    async with who.engine.begin() as conn:
        made = await add_member(
            conn,
            who.actor.tenant,
            login=login_of(body.login),
            name=body.name,
            role=body.role,
            password_hash=password_hash,
            now=who.now,
            groups=body.groups,
            supervises=body.supervises,
            locale=body.locale,
            email=body.email,
            must_change=True,
        )
        told = {"member": made, "role": body.role, "groups": body.groups}
        await _log(who, conn, What.MEMBER_CREATED, told)
        await tell_members(conn, who.actor.tenant, UserCreated, [made], who.now)
    return CreatedMember(made, None if body.password else password)


async def change_member(who: Caller, path: MemberPath, body: MemberEdit) -> MemberItem:
    """Change a login, name, role, language, address or groups; nobody changes their own role."""
    who.require(Action.MANAGE_MEMBERS)
    everybody = Scope(who.actor.tenant, everybody=True)
    async with who.engine.begin() as conn:
        before = await member(conn, everybody, path.member)
        if before.id == who.actor.member and body.role not in (None, before.role):
            raise Problem(problems.OWN_ACCOUNT)
        await edit_member(conn, who.actor.tenant, path.member, body.given)
        await require_managed(conn, who.actor.tenant)
        after = await member(conn, everybody, path.member)
        await _log(who, conn, What.MEMBER_CHANGED, changes(before, after))
        await tell_members(conn, who.actor.tenant, UserUpdated, [after.id], who.now)
    return _item(after)


async def rename(who: Caller, body: OwnName) -> None:
    """Change one's own name, as boards show it."""
    who.require_own(Action.EDIT_PROFILE)
    async with who.engine.begin() as conn:
        await edit_member(conn, who.actor.tenant, who.actor.member, Edit(name=body.name))
        told = {"member": who.actor.member, "changed": ["name"]}
        await _log(who, conn, What.MEMBER_CHANGED, told)
        await tell_members(conn, who.actor.tenant, UserUpdated, [who.actor.member], who.now)


async def disable(who: Caller, path: MemberPath) -> None:
    """Take away the login, the sessions and the devices' access of somebody."""
    who.require(Action.MANAGE_MEMBERS)
    if path.member == who.actor.member:
        raise Problem(problems.OWN_ACCOUNT)
    async with who.engine.begin() as conn:
        await disable_member(conn, who.actor.tenant, path.member, who.now)
        await require_managed(conn, who.actor.tenant)
        await _log(who, conn, What.MEMBER_DISABLED, {"member": path.member})
        await tell_members(conn, who.actor.tenant, UserDisabled, [path.member], who.now)


async def enable(who: Caller, path: MemberPath) -> None:
    """Let somebody in again; their devices' tokens are good again, too."""
    who.require(Action.MANAGE_MEMBERS)
    async with who.engine.begin() as conn:
        await enable_member(conn, who.actor.tenant, path.member)
        await _log(who, conn, What.MEMBER_ENABLED, {"member": path.member})
        await tell_members(conn, who.actor.tenant, UserUpdated, [path.member], who.now)


async def export_members(who: Caller, query: TableQuery) -> Download:
    """Those whom the caller may see as a CSV table, in the form that an import takes."""
    within = who.within(Action.SEE_MEMBER)
    async with who.engine.begin() as conn:
        rows = await listed(conn, within)
        tree = await groups(conn, who.actor.tenant)
        paths = {group: path_of(tree, group) for group in tree}
        await _log(who, conn, What.MEMBERS_EXPORTED, {"members": len(rows)})
    table = [roster.line_of(row, paths, who.locale) for row in rows]
    return Download("members.csv", roster.head(who.locale), table, query.encoding)


async def import_members(who: Caller, query: ImportQuery, body: bytes) -> Imported:
    """Take people from a CSV table: all of it, or nothing of it and what is wrong with each line.

    Who has such a login already is changed; empty cells change nothing. New people have no
    password.
    """
    who.require(Action.MANAGE_MEMBERS)
    try:
        table = read(body)
    except Unreadable as wrong:
        bad = [roster.unreadable(int(str(wrong)))]
        return _planned(who, roster.Plan(bad=bad), query.dry_run)
    tenant = who.actor.tenant
    async with who.engine.begin() as conn:
        await directory_changes(conn, tenant)
        known = await listed(conn, Scope(tenant, everybody=True))
        tree = await groups(conn, tenant)
        limit = (await tenant_of(conn, tenant)).seat_limit
        paths = {path_of(tree, group): group for group in tree}
        plan = roster.plan(table, known, paths, who.actor.member, limit)
        if plan.bad or query.dry_run:
            return _planned(who, plan, query.dry_run)
        new = await add_people(conn, tenant, plan.new, who.now)
        for id, edit in plan.edits.items():
            await edit_member(conn, tenant, id, edit)
        for id, gone in plan.access.items():
            if gone:
                await disable_member(conn, tenant, id, who.now)
            else:
                await enable_member(conn, tenant, id)
        told = {"created": new, "changed": sorted(plan.edits.keys() | plan.access.keys())}
        await _log(who, conn, What.MEMBERS_IMPORTED, told)
        shut = {id for id, left in plan.access.items() if left}
        others = (plan.edits.keys() | plan.access.keys()) - shut
        await tell_members(conn, tenant, UserCreated, new, who.now)
        await tell_members(conn, tenant, UserUpdated, sorted(others), who.now)
        await tell_members(conn, tenant, UserDisabled, sorted(shut), who.now)
    return Imported(False, len(new), plan.changed, plan.unchanged, [], new)


def changes(before: MemberRow, after: MemberRow) -> dict[str, object]:
    """What the log keeps of a change: settings from and to, but of names only that they changed."""
    settings = ("role", "locale", "groups", "supervises")
    told: dict[str, object] = {"member": after.id}
    for one in settings:
        was, now = getattr(before, one), getattr(after, one)
        if was != now:
            told[one] = [was, now]
    names = [
        one for one in ("login", "name", "email") if getattr(before, one) != getattr(after, one)
    ]
    return told | ({"changed": names} if names else {})


def _planned(who: Caller, plan: roster.Plan, dry_run: bool) -> Imported:
    bad = [BadRow(one.line, one.column, one.said[who.locale == "en"]) for one in plan.bad]
    return Imported(dry_run, len(plan.new), plan.changed, plan.unchanged, bad, [])


async def _log(
    who: Caller, conn: AsyncConnection, what: What, subject: Mapping[str, object]
) -> None:
    await log.write(conn, who.actor.tenant, what, who.actor.member, subject, who.now)


def _item(row: MemberRow) -> MemberItem:
    return MemberItem(
        id=row.id,
        login=row.login,
        name=row.name,
        role=row.role,
        locale=row.locale,
        email=row.email,
        disabled=row.disabled,
        groups=row.groups,
        supervises=row.supervises,
    )
