"""To whom outside a member's data is told, for the member to read."""

from msgspec import Struct

from hub.access import Action
from hub.http.callers import Caller
from hub.http.fields import seconds
from storage.webhooks.disclosure import destinations


class ToldType(Struct, frozen=True):
    """A type of event, and what it tells, in both languages."""

    type: str
    ja: str
    en: str


class ToldHost(Struct, frozen=True):
    """A receiver of webhooks, told since then about these types of events."""

    host: str
    types: list[ToldType]
    since: float


class Disclosure(Struct, frozen=True):
    """Whoever outside is told about the caller, the oldest first."""

    webhooks: list[ToldHost]


async def disclosure(who: Caller) -> Disclosure:
    """Which receivers outside are told of oneself now, and of what."""
    who.require_own(Action.SEE_CHARTER)
    async with who.engine.connect() as conn:
        found = await destinations(conn, who.actor.tenant, who.actor.member)
    return Disclosure(
        [
            ToldHost(
                one.host,
                [ToldType(each.type, each.ja, each.en) for each in one.types],
                seconds(one.since),
            )
            for one in found
        ]
    )
