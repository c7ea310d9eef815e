"""A board of your own: all seats that its token may see, and every change of them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from hub.client.connection import Client
from hub.client.running import running
from hub.protocol.replica import Change
from hub.protocol.session import State, WatcherSession
from hub.protocol.watchers import GroupCard, MemberCard, SeatView

PATH = "/ws/watch"


class Watching:
    """A board, for as long as the block of `watch` runs; it stays as it was while the line is down.

    Use it from the event loop that it was made in.
    """

    def __init__(self, hub: str, token: str) -> None:
        """Raise BadAddress."""
        self._session = WatcherSession()
        self._client = Client(self._session, hub, PATH, token, self._learned)
        self._taken = self._session.change
        self._coming = Change()
        self._changed = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether the board is as the hub's; for 25 s at most it may be less without being said."""
        return self._session.state is State.LIVE

    @property
    def seats(self) -> Mapping[int, SeatView]:
        """Each member's seat, by the member's id."""
        return self._session.replica.board.seats

    @property
    def members(self) -> Mapping[int, MemberCard]:
        return self._session.replica.board.members

    @property
    def groups(self) -> Mapping[int, GroupCard]:
        return self._session.replica.board.groups

    def name(self, member: int) -> str:
        """A member's name; their number once they have left the board."""
        card = self.members.get(member)
        return card.name if card else f"#{member}"

    async def changes(self) -> AsyncIterator[Change]:
        """Whatever changed since the last one was taken, all of it in one; at first `whole`.

        `seats` are the members whose seats changed, of whom those who left have none any more;
        `whole` says that everything may have; `incidents` are never left out nor repeated.
        """
        while True:
            await self._changed.wait()
            self._changed.clear()
            change, self._coming = self._coming, Change()
            yield change

    def _learned(self) -> None:
        change = self._session.change
        if change is self._taken:
            return
        self._taken = change
        if change.seats or change.incidents or change.whole:
            self._coming = joined(self._coming, change)
            self._changed.set()


def joined(one: Change, other: Change) -> Change:
    return Change(
        frozenset(one.seats | other.seats),
        one.incidents + other.incidents,
        whole=one.whole or other.whole,
    )


@asynccontextmanager
async def watch(hub: str, token: str) -> AsyncIterator[Watching]:
    """Watch what the token may see: an API token with the scope `watch`, or a person's session.

    Raise BadAddress, and Stopped in the middle of the block when the hub says not to come back.
    """
    one = Watching(hub, token)
    async with running(one._client):
        yield one
