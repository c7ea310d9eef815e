"""One command of an administrator: what it was given, and what all of them ask."""

import argparse
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Role
from hub.identity import passwords
from hub.keyring import opened_keys
from hub.settings import ADDRESS, Settings, given_url
from storage.errors import Missing
from storage.people.groups import group_by_path
from storage.people.members import add_member, login_key, member_by_login
from storage.people.telling import tell_members
from storage.people.tenants import TenantRow, only_tenant, tenant_by_system_id, tenants
from storage.proof import log
from storage.proof.log import What
from storage.sealing.keys import Keys
from storage.webhooks.events import UserCreated


class Failure(Exception):
    """A command cannot be done; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Task:
    """One command with an open transaction, which is committed when it returns."""

    options: argparse.Namespace
    settings: Settings
    conn: AsyncConnection
    now: datetime

    async def tenant(self) -> TenantRow:
        """The one of --tenant, or the only one."""
        if self.options.tenant:
            found = await tenant_by_system_id(self.conn, self.options.tenant)
            if found is None:
                raise Missing("tenant", self.options.tenant)
            return found
        only = await only_tenant(self.conn)
        if only is not None:
            return only
        if not (every := await tenants(self.conn)):
            raise Failure("there is no tenant yet; run: zaiseki tenant add NAME")
        known = ", ".join(f"{tenant.system_id} ({tenant.name})" for tenant in every)
        raise Failure(f"there are several tenants; choose with --tenant one of {known}")

    @property
    def hub_url(self) -> str:
        """The address that was given, else that of the hub that last ran on this state folder."""
        running = self.settings.state / ADDRESS
        if given_url(self.options, os.environ) or not running.is_file():
            return self.settings.url
        return running.read_text().strip()

    async def keys(self) -> Keys:
        """What seals; ask it for a box before anything is written."""
        return await opened_keys(self.conn.engine, self.settings)

    async def log(self, tenant: TenantRow, what: What, **subject: object) -> None:
        """Somebody did this by command: it is in the system log without a name."""
        told = {**subject, "by": "command"}
        await log.write(self.conn, tenant.id, what, None, told, self.now)

    async def member(self, tenant: TenantRow) -> int:
        found = await member_by_login(self.conn, tenant.id, self.options.login)
        if found is None:
            raise Missing("member", self.options.login)
        return found

    def name(self) -> str:
        """The name that was given; raise Failure if no screen could show it."""
        return name_of(self.options.name)

    async def add_member(self, tenant: TenantRow, role: Role) -> None:
        """Give somebody a login as the options say, and tell the password once."""
        options = self.options
        if options.supervise and role is not Role.SUPERVISOR:
            raise Failure("--supervise is for supervisors: add --role supervisor")
        login = login_of(options.login)
        password = password_of(options)
        member = await add_member(
            self.conn,
            tenant.id,
            login=login,
            name=name_of(options.name),
            role=role,
            password_hash=passwords.hashed(password),
            now=self.now,
            groups=await self.groups(tenant, options.group),
            supervises=await self.groups(tenant, options.supervise),
            must_change=not options.password_stdin,
        )
        await self.log(tenant, What.MEMBER_CREATED, member=member, role=role)
        await tell_members(self.conn, tenant.id, UserCreated, [member], self.now)
        print(f"member {member}: {login}, {role}, system id {tenant.system_id}")
        tell(options, password)

    async def groups(self, tenant: TenantRow, paths: Iterable[str]) -> list[int]:
        return [await group_by_path(self.conn, tenant.id, path) for path in paths]


def name_of(text: str) -> str:
    if not text.strip() or len(text) > 200:
        raise Failure("a name has 1 to 200 letters")
    return text.strip()


def login_of(text: str) -> str:
    login = login_key(text)
    if not login or len(login) > 100 or any(letter.isspace() for letter in login):
        raise Failure("a login has 1 to 100 letters and no spaces")
    return login


def password_of(options: argparse.Namespace) -> str:
    if not options.password_stdin:
        return passwords.generated()
    password = sys.stdin.readline().rstrip("\r\n")
    passwords.check(password, login_key(options.login))
    return password


def tell(options: argparse.Namespace, password: str) -> None:
    if not options.password_stdin:
        print(f"password, shown this once: {password}")
