"""What a tenant's record tells of the past, taken away a few rows at a time.

A step finds some rows that have to go and takes them; it is repeated until it finds none. Nothing
is remembered between: whoever is killed, or comes second, finds what is left.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.history.days import TOKYO
from hub.protocol.facts import EvidenceState
from storage.erasing.progress import note
from storage.images.evidence import erase_images
from storage.models.base import Base
from storage.models.images import Evidence, EvidenceStep, Viewing
from storage.models.incidents import Incident, IncidentAct, IncidentStep, IncidentVerdict
from storage.models.notices import Notice, NoticeEvent
from storage.models.people import Member
from storage.models.seats import UNTIMELY, DaySum, Device, Gap, Snapshot, Transition
from storage.models.webhooks import WebhookDelivery
from storage.proof.chain import Area
from storage.proof.tombstones import purge

CHAINED = 100  # rows a transaction: each is buried with a signature, which takes about 1 ms
PLAIN = 2_000  # of 5,000 deleted rows SQLite's only writer was held for 130 ms
AHEAD = timedelta(days=125)  # beyond today, whichever day that is: a device's clock was ahead
LARGE = 20  # a snapshot of 10,000 seats has some hundred kilobytes

Ids = Sequence[Any]
Find = Callable[[AsyncConnection, "Span", Ids], Awaitable[Ids]]


@dataclass(frozen=True, slots=True)
class Span:
    """Whose past, and how much of it: what became true before `before`, and why it goes.

    `whole` if nothing is to be left: else each seat's last word stays, which is its state now.
    """

    tenant: int
    before: datetime
    reason: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of rows: those of some members, of some devices or of the tenant that have to go."""

    kind: str
    find: Callable[[AsyncConnection, Span, Ids], Awaitable[Ids]]
    take: Callable[[AsyncConnection, Span, Ids, datetime], Awaitable[object]]


async def some(engine: AsyncEngine, span: Span, step: Step, owners: Ids, now: datetime) -> int:
    """How many rows have gone; they are counted in the same transaction."""
    async with engine.connect() as conn:
        found = await step.find(conn, span, owners)
    if found:
        async with engine.begin() as conn:
            await step.take(conn, span, found, now)
            await note(conn, span.tenant, step.kind, len(found))
    return len(found)


async def members_of(conn: AsyncConnection, tenant: int) -> Ids:
    wanted = select(Member.id).where(Member.tenant_id == tenant).order_by(Member.id)
    return (await conn.execute(wanted)).scalars().all()


async def devices_of(conn: AsyncConnection, tenant: int) -> Ids:
    wanted = select(Device.id).where(Device.tenant_id == tenant).order_by(Device.id)
    return (await conn.execute(wanted)).scalars().all()


async def _ids(conn: AsyncConnection, wanted: Select[Any], limit: int) -> Ids:
    return list((await conn.execute(wanted.limit(limit))).scalars())


# ---- images, and who looked at them


async def _images(conn: AsyncConnection, span: Span, members: Ids) -> Ids:
    there = Evidence.state.in_((EvidenceState.PENDING, EvidenceState.STORED))
    return await _old_images(conn, span, members, there)


async def _erase_images(conn: AsyncConnection, span: Span, ids: Ids, now: datetime) -> None:
    await erase_images(conn, span.tenant, Evidence.id.in_(ids), span.reason, now)


async def _viewings(conn: AsyncConnection, span: Span, members: Ids) -> Ids:
    wanted = select(Viewing.id).where(
        Viewing.tenant_id == span.tenant, Viewing.member_id.in_(members), Viewing.at < span.before
    )
    return await _ids(conn, wanted, CHAINED)


async def _purge_viewings(conn: AsyncConnection, span: Span, ids: Ids, now: datetime) -> None:
    await purge(conn, Area.VIEWING, span.tenant, ids, span.reason, now)


async def _image_rows(conn: AsyncConnection, span: Span, members: Ids) -> Ids:
    """Those whose image is out of the vault; who looked at one later is told so for as long."""
    seen = exists().where(Viewing.tenant_id == span.tenant, Viewing.evidence_id == Evidence.id)
    return await _old_images(conn, span, members, Evidence.vaulted.is_(False), ~seen)


async def _purge_image_rows(conn: AsyncConnection, span: Span, ids: Ids, now: datetime) -> None:
    await purge(conn, Area.EVIDENCE, span.tenant, ids, span.reason, now)


async def _old_images(conn: AsyncConnection, span: Span, members: Ids, *which: Any) -> Ids:
    mine = (Evidence.tenant_id == span.tenant, Evidence.member_id.in_(members), *which)
    wanted = select(Evidence.id).where(*mine)
    found = await _ids(conn, wanted.where(Evidence.taken_at < span.before), CHAINED)
    ahead = (Evidence.taken_at > span.before + AHEAD, Evidence.recorded_at < span.before)
    return found or await _ids(conn, wanted.where(*ahead), CHAINED)


# ---- incidents, with the words on them


async def _incidents(conn: AsyncConnection, span: Span, members: Ids) -> Ids:
    mine = (Incident.tenant_id == span.tenant, Incident.member_id.in_(members))
    wanted = select(Incident.id).where(*mine)
    past = (Incident.opened_at < span.before, Incident.seen_at < span.before)
    found = await _ids(conn, wanted.where(*past), CHAINED)
    ahead = (Incident.opened_at > span.before + AHEAD, Incident.recorded_at < span.before)
    return found or await _ids(conn, wanted.where(*ahead), CHAINED)


async def _purge_incidents(conn: AsyncConnection, span: Span, ids: Ids, now: datetime) -> None:
    about = (IncidentVerdict.tenant_id == span.tenant, IncidentVerdict.incident_id.in_(ids))
    verdicts = (await conn.execute(select(IncidentVerdict.id).where(*about))).scalars().all()
    await purge(conn, Area.VERDICT, span.tenant, verdicts, span.reason, now)
    acts = delete(IncidentAct).where(
        IncidentAct.tenant_id == span.tenant, IncidentAct.incident_id.in_(ids)
    )
    await conn.execute(acts)
    await purge(conn, Area.INCIDENT, span.tenant, ids, span.reason, now)


# ---- presence


async def _transitions(conn: AsyncConnection, span: Span, members: Ids) -> Ids:
    """By the hub's clock; what came late, by when it was."""
    mine = (Transition.tenant_id == span.tenant, Transition.member_id.in_(members))
    aged = select(Transition.id).where(*mine, Transition.received_at < span.before)
    found = await _ids(conn, aged, PLAIN)
    if found and not span.whole:
        kept = await _last_words(conn, span, members)
        found = [id for id in found if id not in kept]
    if found:
        return found
    late = (UNTIMELY, Transition.epoch.is_(None), Transition.skewed.is_(False))
    wanted = select(Transition.id).where(*mine, *late, Transition.event_time < span.before)
    return await _ids(conn, wanted, PLAIN)


async def _last_words(conn: AsyncConnection, span: Span, members: Ids) -> set[int]:
    """The rows that active members' seats begin with after a loss of the broker."""
    last = (
        select(Transition.id)
        .where(
            Transition.tenant_id == span.tenant,
            Transition.member_id == Member.id,
            Transition.epoch.is_not(None),
        )
        .order_by(
            Transition.received_at.desc(), Transition.offset.desc(), Transition.position.desc()
        )
        .limit(1)
        .scalar_subquery()
    )
    wanted = select(last).where(Member.id.in_(members), Member.disabled_at.is_(None))
    return set((await conn.execute(wanted)).scalars())


async def _day_sums(conn: AsyncConnection, span: Span, members: Ids) -> Ids:
    mine = (DaySum.tenant_id == span.tenant, DaySum.member_id.in_(members))
    past = DaySum.day < span.before.astimezone(TOKYO).date()
    return await _ids(conn, select(DaySum.id).where(*mine, past), PLAIN)


async def _snapshots(conn: AsyncConnection, span: Span, _: Ids) -> Ids:
    """All but the newest, which tells the state now."""
    mine = Snapshot.tenant_id == span.tenant
    wanted = select(Snapshot.id).where(mine, Snapshot.at < span.before)
    if not span.whole:
        newest = select(func.max(Snapshot.id)).where(mine).scalar_subquery()
        wanted = wanted.where(Snapshot.id != newest)
    return await _ids(conn, wanted, LARGE)


async def _deliveries(conn: AsyncConnection, span: Span, _: Ids) -> Ids:
    """What webhooks were told of presence; what is still to be told is left alone."""
    mine = WebhookDelivery.tenant_id == span.tenant
    wanted = select(WebhookDelivery.id).where(mine, WebhookDelivery.created_at < span.before)
    if not span.whole:
        wanted = wanted.where(WebhookDelivery.due_at.is_(None))
    return await _ids(conn, wanted, PLAIN)


def _aged(table: type[Notice] | type[NoticeEvent]) -> Find:
    async def find(conn: AsyncConnection, span: Span, _: Ids) -> Ids:
        mine = table.tenant_id == span.tenant
        return await _ids(conn, select(table.id).where(mine, table.created_at < span.before), PLAIN)

    return find


def _of_device(table: Any, at: Any) -> Callable[[AsyncConnection, Span, Ids], Awaitable[Ids]]:
    async def find(conn: AsyncConnection, span: Span, devices: Ids) -> Ids:
        mine = (table.tenant_id == span.tenant, table.device_id.in_(devices))
        past = or_(at < span.before, table.received_at < span.before)
        return await _ids(conn, select(table.id).where(*mine, past), PLAIN)

    return find


def _deleted(table: type[Base]) -> Callable[[AsyncConnection, Span, Ids, datetime], Awaitable[Any]]:
    async def take(conn: AsyncConnection, span: Span, ids: Ids, now: datetime) -> None:
        columns = table.__table__.c
        gone = delete(table).where(columns.tenant_id == span.tenant, columns.id.in_(ids))
        await conn.execute(gone)

    return take


IMAGES = Step("image", _images, _erase_images)  # then the vault is emptied, and what follows goes
OF_MEMBER = (
    Step("viewing", _viewings, _purge_viewings),
    Step("image_row", _image_rows, _purge_image_rows),
    Step("incident", _incidents, _purge_incidents),
    Step("transition", _transitions, _deleted(Transition)),
    Step("day_sum", _day_sums, _deleted(DaySum)),
)
OF_DEVICE = (
    Step("step", _of_device(IncidentStep, IncidentStep.event_time), _deleted(IncidentStep)),
    Step("step", _of_device(EvidenceStep, EvidenceStep.event_time), _deleted(EvidenceStep)),
    Step("gap", _of_device(Gap, Gap.lost_to), _deleted(Gap)),
)
OF_TENANT = (
    Step("snapshot", _snapshots, _deleted(Snapshot)),
    Step("delivery", _deliveries, _deleted(WebhookDelivery)),
    Step("notice", _aged(Notice), _deleted(Notice)),
    Step("notice", _aged(NoticeEvent), _deleted(NoticeEvent)),
)
