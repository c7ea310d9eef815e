"""What has to be in place before anything is captured: a charter, and members who agreed to it."""

from datetime import date, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from agent import policy as policies
from hub.protocol.enrolling import ConsentKind
from hub.protocol.facts import EvidenceLevel, Policy
from storage.consent.charters import NewCharter, publish
from storage.consent.consents import Said, record

CHARTER = NewCharter(
    purpose="在宅勤務中の在席の確認と、のぞき見などからの情報の保護",
    responsible="総務部長 管理 花子",
    contact="kanri@example.com",
    rules="勤務中だけ撮影し、画像は3か月で消す。",
    viewers="本人、所属グループの上司、管理者",
    audit_on=date(2027, 3, 31),
)


async def governed(conn: AsyncConnection, tenant: int, now: datetime) -> int:
    """Publish the tenant's first charter; it is in force at once."""
    version, _ = await publish(conn, tenant, CHARTER, None, now)
    return version


async def consenting(
    conn: AsyncConnection, tenant: int, member: int, now: datetime, charter: int = 1
) -> None:
    """The member agrees to everything in it."""
    await record(conn, tenant, member, Said(ConsentKind.ACCEPTED, charter, now), now)


STATE_ONLY = Policy(EvidenceLevel.STATE_ONLY)


def heard(folder: Path, policy: Policy = STATE_ONLY) -> None:
    """An agent whose hub has said before that it may look."""
    policies.save(folder, policy)
