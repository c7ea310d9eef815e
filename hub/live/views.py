"""What watchers may see of a tenant: cut once for all who see the same, encoded once a tick."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.access import Actor, Scope
from hub.counters import FRAMES
from hub.live.broker import Tick
from hub.live.frames import Frame
from hub.live.outbox import FRAME_MAX_BYTES, Outbox
from hub.live.wire import Wire
from hub.presence.seat import Seat, view
from hub.protocol.closing import Closing
from hub.protocol.codec import PART_MAX_BYTES, encode
from hub.protocol.watchers import Delta, GroupCard, IncidentNews, MemberCard, Snapshot
from storage.people.directory import Directory

HEAD_MAX_BYTES = 1_024
SHARED_FOR_S = 0.25  # boards take the hub's clock from a snapshot

_encoder = msgspec.json.Encoder()


class Watcher(Outbox):
    """One board: who looks, and through which view."""

    __slots__ = ("actor", "session", "view")

    def __init__(self, actor: Actor, session: int, wire: Wire) -> None:
        super().__init__(wire)
        self.actor = actor
        self.session = session
        self.view: View | None = None

    def close(self, why: Closing) -> None:
        self.wire.close(why)


class View:
    """All watchers of one scope. `after` is the offset of the last frame that they were sent."""

    def __init__(self, scope: Scope, directory: Directory, offset: int) -> None:
        self.scope = scope
        self.id = view_id(scope)
        self.after = offset
        self.watchers: set[Watcher] = set()
        self._parts = Parts(0, 0.0)
        self.adopt(directory)

    def adopt(self, directory: Directory) -> None:
        """Be cut anew; whoever watches is to be told."""
        groups = visible_groups(self.scope, directory)
        self.members = visible(self.scope, directory)
        self.cards = cards(self.members, groups, directory)
        self.groups = group_cards(groups, directory)
        self._order = sorted(self.members)

    def show(
        self,
        epoch: str,
        offset: int,
        encoded: Mapping[int, bytes],
        news: Iterable[IncidentNews],
        turn: "Turn | None" = None,
    ) -> bool:
        """One frame for everybody who sees the same; nothing if the tick changed nothing of it.

        Whether it was so large that there are watchers who could read it and were not given it.
        """
        came = turn.came if turn else frozenset[int]()
        seats = [seat for id, seat in encoded.items() if id in self.members and id not in came]
        seats += [turn.encoded[id] for id in came] if turn else []
        seen = tuple(one for one in news if one.member in self.members)
        head = Delta(epoch, self.after, offset, incidents=seen)
        if turn:
            head = replace(head, gone=turn.gone, members=turn.moved, groups=turn.regrouped)
        if not (seats or seen or (turn and turn.tells)):
            return False
        FRAMES.inc(len(self.watchers))
        after, self.after = self.after, offset
        return self._send(with_seats(head, seats), after)

    def _send(self, frame: Frame, after: int) -> bool:
        """One that is too large for a slow watcher goes to nobody: all read it in parts."""
        large = len(frame.payload) > FRAME_MAX_BYTES
        for watcher in self.watchers:
            if large and watcher.wire.size(frame) > FRAME_MAX_BYTES:
                watcher.skip(after)
            else:
                watcher.put(frame, after)
        return large

    def part(
        self, head: Snapshot, place: int, encoded: Mapping[int, bytes], offset: int
    ) -> tuple[Frame, int | None]:
        """The snapshot's next part and the place after it, None after the last one.

        A part made late shows seats as they are then, at `offset`: what came since is told again.
        Whoever asks in the same moment shares it.
        """
        if self._parts.offset != offset or head.now - self._parts.made_at > SHARED_FOR_S:
            self._parts = Parts(offset, head.now)
        asked = (head.offset, head.part)
        if asked not in self._parts.made:
            self._parts.made[asked] = self._part(head, place, encoded)
        return self._parts.made[asked]

    def _part(
        self, head: Snapshot, place: int, encoded: Mapping[int, bytes]
    ) -> tuple[Frame, int | None]:
        arrays: dict[str, list[bytes]] = {}
        size = 0
        for name, item in self._items(place, encoded):
            if size and size + len(item) > PART_MAX_BYTES - HEAD_MAX_BYTES:
                return with_arrays(head, arrays), place
            arrays.setdefault(name, []).append(item)
            size += len(item) + 1
            place += 1
        return with_arrays(replace(head, last=True), arrays), None

    def _items(self, place: int, encoded: Mapping[int, bytes]) -> Iterator[tuple[str, bytes]]:
        """Everything from a place on: groups, then people, then their seats."""
        everything = chain(
            (("groups", group) for group in self.groups),
            (("members", member) for member in self._order),
            (("seats", member) for member in self._order),
        )
        for name, id in islice(everything, place, None):
            if name == "groups":
                yield name, _encoder.encode(self.groups[id])
            else:
                yield name, _encoder.encode(self.cards[id]) if name == "members" else encoded[id]

    def forget(self) -> None:
        """Let go of what was shared in a moment that is over."""
        self._parts = Parts(0, 0.0)

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


@dataclass(slots=True)
class Parts:
    """A snapshot's parts, as they were made at one offset and moment."""

    offset: int
    made_at: float
    made: dict[tuple[int, int], tuple[Frame, int | None]] = field(default_factory=dict)


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


def with_seats(head: Struct, seats: list[bytes]) -> Frame:
    return with_arrays(head, {"seats": seats} if seats else {})


def with_arrays(head: Struct, arrays: Mapping[str, list[bytes]]) -> Frame:
    """The message with these fields put in as they are, already encoded."""
    fields = b"".join(
        b',"' + name.encode() + b'":[' + b",".join(items) + b"]" for name, items in arrays.items()
    )
    return Frame(encode(head)[:-1] + fields + b"}")
