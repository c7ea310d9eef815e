"""What watchers may see of a tenant: cut once for all who see the same, encoded once a tick."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct

from hub.access import Actor, Scope
from hub.live.broker import Tick
from hub.live.outbox import Outbox
from hub.presence.seat import Seat, view
from hub.protocol.codec import PART_MAX_BYTES, encode
from hub.protocol.messages import Delta, GroupCard, IncidentNews, MemberCard, Snapshot
from storage.directory import Directory

_encoder = msgspec.json.Encoder()


class Watcher(Outbox):
    """One board: who looks, and through which view."""

    def __init__(self, actor: Actor, session: int) -> None:
        super().__init__()
        self.actor = actor
        self.session = session


class View:
    """All watchers of one scope. `after` is the offset of the last frame that they were sent."""

    def __init__(self, scope: Scope, directory: Directory, offset: int) -> None:
        self.scope = scope
        self.id = view_id(scope)
        self.after = offset
        self.watchers: set[Watcher] = set()
        self.members = visible(scope, directory)
        self.cards = cards(self.members, directory)
        self.groups = group_cards(directory)

    def show(
        self, epoch: str, offset: int, encoded: Mapping[int, bytes], news: Iterable[IncidentNews]
    ) -> None:
        """One frame for everybody who sees the same; nothing if the tick changed nothing of it."""
        seats = [seat for member, seat in encoded.items() if member in self.members]
        seen = tuple(one for one in news if one.member in self.members)
        if seats or seen:
            head = Delta(epoch, self.after, offset, incidents=seen)
            self._send(with_seats(head, seats), offset)

    def redirect(
        self, directory: Directory, epoch: str, offset: int, encoded: Mapping[int, bytes]
    ) -> None:
        """The directory has changed: tell who came, who went, and what is called otherwise."""
        members, groups = visible(self.scope, directory), group_cards(directory)
        new = cards(members, directory)
        gone = tuple(self.members - members)
        moved = tuple(card for id, card in new.items() if self.cards.get(id) != card)
        regrouped = tuple(groups.values()) if groups != self.groups else ()
        came = [encoded[member] for member in members - self.members if member in encoded]
        self.members, self.cards, self.groups = members, new, groups
        if gone or moved or regrouped:
            head = Delta(epoch, self.after, offset, gone=gone, members=moved, groups=regrouped)
            self._send(with_seats(head, came), offset)

    def _send(self, frame: bytes, offset: int) -> None:
        self.after = offset
        for watcher in self.watchers:
            watcher.put(frame, offset)


def view_id(scope: Scope) -> str:
    """The same for all who see the same; another one when rights change."""
    if scope.everybody:
        return f"{scope.tenant}:all"
    groups = ".".join(str(group) for group in sorted(scope.groups))
    return f"{scope.tenant}:{scope.member or ''}:{groups}"


def visible(scope: Scope, directory: Directory) -> frozenset[int]:
    return frozenset(id for id in directory.members if scope.holds(directory.subject(id)))


def cards(members: Iterable[int], directory: Directory) -> dict[int, MemberCard]:
    people = (directory.members[id] for id in members)
    return {one.id: MemberCard(one.id, one.name, tuple(sorted(one.groups))) for one in people}


def group_cards(directory: Directory) -> dict[int, GroupCard]:
    rows = directory.groups.values()
    return {group.id: GroupCard(group.id, group.name, group.parent) for group in rows}


def encoded_seat(seat: Seat) -> bytes:
    return _encoder.encode(view(seat))


def encoded_tick(tick: Tick) -> dict[int, bytes]:
    """Each changed seat as watchers get it, encoded once for all views."""
    return {seat.member: encoded_seat(seat) for seat in tick.seats}


def with_seats(head: Struct, seats: list[bytes]) -> bytes:
    return with_arrays(head, {"seats": seats} if seats else {})


def snapshot(
    view: View, epoch: str, offset: int, now: float, encoded: Mapping[int, bytes]
) -> Iterator[bytes]:
    """The whole view as it is now, in parts of about 64 kB; the last one says so."""
    groups = [("groups", _encoder.encode(group)) for group in view.groups.values()]
    people = [("members", _encoder.encode(card)) for card in view.cards.values()]
    seats = [("seats", encoded[member]) for member in sorted(view.members)]
    parts = list(packed([*groups, *people, *seats]))
    heads = [
        Snapshot(epoch, offset, view.id, number, number == len(parts) - 1, now)
        for number in range(len(parts))
    ]
    return map(with_arrays, heads, parts)


def packed(items: Iterable[tuple[str, bytes]]) -> Iterator[dict[str, list[bytes]]]:
    """Fill parts up to the limit, in order; at least one, empty when there is nothing."""
    part: dict[str, list[bytes]] = {}
    size = 0
    for name, item in items:
        if size + len(item) > PART_MAX_BYTES - 1024:
            yield part
            part, size = {}, 0
        part.setdefault(name, []).append(item)
        size += len(item) + 1
    yield part


def with_arrays(head: Struct, arrays: Mapping[str, list[bytes]]) -> bytes:
    """The message with these fields put in as they are, already encoded."""
    fields = b"".join(
        b',"' + name.encode() + b'":[' + b",".join(items) + b"]" for name, items in arrays.items()
    )
    return encode(head)[:-1] + fields + b"}"
