"""Incidents that nobody answers go up: to whoever answers for the group above, then the tenant."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from hub.access import Role
from hub.identity.letters import escalated
from hub.live.node import Node
from hub.notifying import Channel, tells
from hub.protocol.facts import IncidentKind, Phase
from hub.protocol.watchers import IncidentNews
from storage.outgoing import mails, webhooks
from storage.people.directory import Directory, directory
from storage.people.notifications import notifications_of
from storage.people.tenants import tenant
from storage.sealing.keys import Keys
from storage.sealing.sealed import Box
from storage.seats.handling import Unanswered, escalate, readers, unanswered

EVERY_S = 10.0  # against minutes that a tenant waits for an answer
AT_ONCE = 100
MAIL_LIFE = timedelta(days=1)

KINDS = {
    IncidentKind.IMPERSONATION: ("なりすまし", "impersonation"),
    IncidentKind.PHOTOGRAPHING_DEVICE: ("撮影機器", "photographing device"),
    IncidentKind.PEEPING: ("のぞき見", "peeping"),
    IncidentKind.CAMERA_COVERED: ("カメラ遮蔽", "camera covered"),
}


def ladder(people: Directory, member: int) -> list[tuple[int, ...]]:
    """Whom an incident of a member reaches, step by step, if nobody answers it.

    Those who answer for the member's own groups heard it open, and are not on it. Then come those
    of each group above, wherever they are others than one step below; administrators come last.
    """
    steps: list[tuple[int, ...]] = []
    before: tuple[int, ...] | None = None
    for groups in upwards(people, member):
        told = tuple(
            sorted(
                one
                for one, given in people.supervises.items()
                if one != member and not given.isdisjoint(groups)
            )
        )
        if before is not None and told and told != before:
            steps.append(told)
        before = told
    above = tuple(
        one.id
        for one in people.members.values()
        if one.role is Role.ADMINISTRATOR and one.id != member
    )
    return [*steps, above] if above else steps


def upwards(people: Directory, member: int) -> Iterator[frozenset[int]]:
    """The member's groups, then the ones above each of them, up to the top."""
    groups = people.subject(member).groups
    while groups:
        yield groups
        parents = {people.groups[one].parent for one in groups if one in people.groups}
        groups = frozenset(one for one in parents if one is not None)


async def escalate_due(node: Node, keys: Keys, url: str) -> None:
    """Any number of these may run at once: a step up is taken once."""
    now = datetime.now(UTC)
    async with node.engine.connect() as conn:
        due = await unanswered(conn, now, AT_ONCE)
        people = {one: await directory(conn, one) for one in {each.tenant for each in due}}
    for one in due:
        steps = ladder(people[one.tenant], one.member)[one.escalation :]
        told = steps[0] if steps else ()
        if await step_up(node.engine, keys, url, one, told, len(steps) <= 1, now) and told:
            news = IncidentNews(one.member, Phase.ESCALATED, one.sighting, recorded=True, told=told)
            await node.tell(one.tenant, news)


async def step_up(
    engine: AsyncEngine,
    keys: Keys,
    url: str,
    one: Unanswered,
    told: Sequence[int],
    at_top: bool,
    now: datetime,
) -> bool:
    """The step, its webhooks and its mails in one transaction; whether it was ours to take."""
    box = await keys.box(one.tenant)
    async with engine.begin() as conn:
        if not await escalate(conn, one, told, at_top, now):
            return False
        if told:
            await webhooks.enqueue(conn, one.tenant, [event(one, told, now)], now)
            await write_letters(conn, box, url, one, told, now)
    return True


def event(one: Unanswered, told: Sequence[int], now: datetime) -> webhooks.Event:
    level = one.escalation + 1
    data = webhooks.IncidentEscalated(
        id=one.id,
        kind=one.sighting.kind,
        member=one.member,
        device=one.device,
        opened_at=datetime.fromtimestamp(one.sighting.opened_at, UTC),
        level=level,
        told=tuple(told),
    )
    return webhooks.Event(f"{one.id}/{level}", now, data)


async def write_letters(
    conn: AsyncConnection, box: Box, url: str, one: Unanswered, told: Sequence[int], now: datetime
) -> None:
    """To those who have an address and want to be told by mail, at this hour."""
    kind = one.sighting.kind
    chosen = await notifications_of(conn, one.tenant, told)
    people = await readers(conn, one.tenant, [*told, one.member])
    name = (await tenant(conn, one.tenant)).name
    link = f"{url}/incidents?incident={one.id}"
    for id in told:
        reader = people.get(id)
        if not (reader and reader.email and tells(chosen[id], kind, Channel.MAIL, now)):
            continue
        said = KINDS[kind][reader.locale == "en"]
        of = people[one.member].name if one.member in people else ""
        at = datetime.fromtimestamp(one.sighting.opened_at, UTC)
        letter = escalated(reader.locale, reader.name, name, of, said, link, at)
        await mails.enqueue(
            conn,
            box,
            recipient=reader.email,
            subject=letter.subject,
            text=letter.text,
            now=now,
            life=MAIL_LIFE,
        )
