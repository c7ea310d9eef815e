"""What watchers may see of a tenant: cut once for all who see the same, encoded once a tick."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
from msgspec import Struct
from msgspec.structs import replace

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
        self.view: View | None = None


class View:
    """All watchers of one scope. `after` is the offset of the last frame that they were sent."""

    def __init__(self, scope: Scope, directory: Directory, offset: int) -> None:
        self.scope = scope
        self.id = view_id(scope)
        self.after = offset
        self.watchers: set[Watcher] = set()
        self.adopt(directory)

    def adopt(self, directory: Directory) -> None:
        """Be cut anew; whoever watches is to be told."""
        groups = visible_groups(self.scope, directory)
        self.members = visible(self.scope, directory)
        self.cards = cards(self.members, groups, directory)
        self.groups = group_cards(groups, directory)

    def show(
        self,
        epoch: str,
        offset: int,
        encoded: Mapping[int, bytes],
        news: Iterable[IncidentNews],
        turn: "Turn | None" = None,
    ) -> None:
        """One frame for everybody who sees the same; nothing if the tick changed nothing of it."""
        came = turn.came if turn else frozenset[int]()
        seats = [seat for id, seat in encoded.items() if id in self.members and id not in came]
        seats += [turn.encoded[id] for id in came] if turn else []
        seen = tuple(one for one in news if one.member in self.members)
        head = Delta(epoch, self.after, offset, incidents=seen)
        if turn:
            head = replace(head, gone=turn.gone, members=turn.moved, groups=turn.regrouped)
        if seats or seen or (turn and turn.tells):
            self.after = offset
            frame = with_seats(head, seats)
            for watcher in self.watchers:
                watcher.put(frame, offset)

    def turn(self, directory: Directory, encoded: Mapping[int, bytes]) -> "Turn":
        """Go on in a new directory: who came, who went, and what is called otherwise."""
        members, cards, groups = self.members, self.cards, self.groups
        self.adopt(directory)
        return Turn(
            encoded,
            came=self.members - members,
            gone=tuple(members - self.members),
            moved=tuple(card for id, card in self.cards.items() if cards.get(id) != card),
            regrouped=tuple(self.groups.values()) if groups != self.groups else (),
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """What a change of the directory means to one view."""

    encoded: Mapping[int, bytes]
    came: frozenset[int]
    gone: tuple[int, ...]
    moved: tuple[MemberCard, ...]
    regrouped: tuple[GroupCard, ...]

    @property
    def tells(self) -> bool:
        return bool(self.gone or self.moved or self.regrouped)


def view_id(scope: Scope) -> str:
    """The same for all who see the same; another one when rights change. Short: cursors bear it."""
    if scope.everybody:
        return f"{scope.tenant}:all"
    groups = ".".join(str(group) for group in sorted(scope.groups))
    what = hashlib.blake2s(f"{scope.member}:{groups}".encode(), digest_size=12).hexdigest()
    return f"{scope.tenant}:{what}"


def visible(scope: Scope, directory: Directory) -> frozenset[int]:
    return frozenset(id for id in directory.members if scope.holds(directory.subject(id)))


def visible_groups(scope: Scope, directory: Directory) -> frozenset[int]:
    """Everybody's, or those given and one's own; the names of others are not told either."""
    if scope.everybody:
        return frozenset(directory.groups)
    me = directory.members.get(scope.member) if scope.member is not None else None
    return (scope.groups | (me.groups if me else frozenset())) & directory.groups.keys()


def cards(
    members: Iterable[int], groups: frozenset[int], directory: Directory
) -> dict[int, MemberCard]:
    people = (directory.members[id] for id in members)
    return {
        one.id: MemberCard(one.id, one.name, tuple(sorted(one.groups & groups))) for one in people
    }


def group_cards(groups: frozenset[int], directory: Directory) -> dict[int, GroupCard]:
    """The tree as far as it may be seen: a group below one that may not is at the top."""
    rows = (directory.groups[id] for id in sorted(groups))
    return {
        group.id: GroupCard(group.id, group.name, group.parent if group.parent in groups else None)
        for group in rows
    }


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
