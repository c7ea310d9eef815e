"""Incidents that nobody answers go up: to whoever answers for the group above, then the tenant."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from hub.access import Role
from hub.live.node import Node
from hub.notices.events import IncidentEscalated
from hub.protocol.facts import Phase
from hub.protocol.watchers import IncidentNews
from storage.outgoing import notices
from storage.people.directory import Directory, directory
from storage.seats.handling import Unanswered, escalate, unanswered

EVERY_S = 10.0  # against minutes that a tenant waits for an answer
AT_ONCE = 100


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


async def escalate_due(node: Node) -> None:
    """Any number of these may run at once: a step up is taken once."""
    now = datetime.now(UTC)
    async with node.engine.connect() as conn:
        due = await unanswered(conn, now, AT_ONCE)
        people = {one: await directory(conn, one) for one in {each.tenant for each in due}}
    for one in due:
        steps = ladder(people[one.tenant], one.member)[one.escalation :]
        told = steps[0] if steps else ()
        if await step_up(node.engine, one, told, len(steps) <= 1, now) and told:
            news = IncidentNews(one.member, Phase.ESCALATED, one.sighting, recorded=True, told=told)
            await node.tell(one.tenant, news)


async def step_up(
    engine: AsyncEngine, one: Unanswered, told: Sequence[int], at_top: bool, now: datetime
) -> bool:
    """The step, its webhooks and its notices in one transaction; whether it was ours to take."""
    async with engine.begin() as conn:
        if not await escalate(conn, one, told, at_top, now):
            return False
        if told:
            await notices.announce(conn, one.tenant, [notice(one, told)], now)
    return True


def notice(one: Unanswered, told: Sequence[int]) -> IncidentEscalated:
    at = datetime.fromtimestamp(one.sighting.opened_at, UTC)
    level = one.escalation + 1
    kind, objected = one.sighting.kind, one.disputed_at
    return IncidentEscalated(at, one.id, kind, one.member, level, tuple(told), objected)
