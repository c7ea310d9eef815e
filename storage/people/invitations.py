"""Invitations that nobody has answered yet."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Scope
from storage.models.people import Member
from storage.models.signin import PasswordLink
from storage.people.members import in_scope


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """Nobody has answered it yet."""

    member: int
    login: str
    name: str
    sent_at: datetime
    expires_at: datetime


async def invitations(conn: AsyncConnection, scope: Scope, now: datetime) -> list[InvitationRow]:
    """Those in the scope that still work, the newest first."""
    wanted = (
        select(
            Member.id,
            Member.login,
            Member.name,
            PasswordLink.created_at,
            PasswordLink.expires_at,
        )
        .join(Member, Member.id == PasswordLink.member_id)
        .where(
            PasswordLink.tenant_id == scope.tenant,
            PasswordLink.kind == "invitation",
            PasswordLink.expires_at > now,
            PasswordLink.used_at.is_(None),
            Member.disabled_at.is_(None),
            in_scope(scope),
        )
        .order_by(PasswordLink.id.desc())
    )
    return [InvitationRow(*row) for row in await conn.execute(wanted)]
