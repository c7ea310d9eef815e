"""What watchers may see of a tenant: cut once for all who see the same, encoded once a tick."""

import dataclasses
import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.access import Action, Actor, Scope, scope
from hub.counters import FRAMES
from hub.limits import Limits
from hub.live.broker import Tick
from hub.live.frames import Frame
from hub.live.outbox import FRAME_MAX_BYTES, Outbox
from hub.live.wire import Wire
from hub.presence.seat import Seat, status, view
from hub.protocol.closing import Closing
from hub.protocol.codec import PART_MAX_BYTES, encode
from hub.protocol.events import id_of
from hub.protocol.watchers import (
    Cursor,
    Delta,
    GroupCard,
    IncidentNews,
    MemberCard,
    SeatView,
    Snapshot,
)
from storage.people.directory import Directory

HEAD_MAX_BYTES = 1_024
SHARED_FOR_S = 0.25  # boards take the hub's clock from a snapshot

_encoder = msgspec.json.Encoder()
_seat: msgspec.json.Decoder[SeatView] = msgspec.json.Decoder(SeatView)


class Watcher(Outbox):
    """One board: who looks, and through which view."""

    __slots__ = ("actor", "address", "let_in_by", "session", "view")

    def __init__(self, actor: Actor, session: int, wire: Wire, address: str = "") -> None:
        super().__init__(wire)
        self.address = address
        self.let_in_by: Limits | None = None
        self.actor = actor
        self.session = session
        self.view: View | None = None

    def close(self, why: Closing) -> None:
        self.wire.close(why)


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose seats an actor sees whole, and of whom it sees status and task."""

    whole: Scope
    status: Scope

    @property
    def anything(self) -> Scope:
        """Who is on the board at all."""
        whole, status = self.whole, self.status
        return Scope(
            whole.tenant,
            everybody=whole.everybody or status.everybody,
            member=status.member if whole.member is None else whole.member,
            groups=whole.groups | status.groups,
        )


def sight_of(actor: Actor) -> Sight:
    return Sight(scope(actor, Action.SEE_SEAT), scope(actor, Action.SEE_STATUS))


class Cut:
    """Everybody whom a board shows, as the directory has them; boards of a group share one."""

    __slots__ = ("cards", "groups", "members", "order")

    def __init__(self, seen: Scope, directory: Directory) -> None:
        groups = visible_groups(seen, directory)
        self.members = visible(seen, directory)
        self.cards = cards(self.members, groups, directory)
        self.groups = group_cards(groups, directory)
        self.order = sorted(self.members)


class Cuts:
    """All that is cut from one directory, each once."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._made: dict[Scope, Cut] = {}
        self._moves: dict[tuple[Cut, Cut], Move] = {}

    def of(self, seen: Scope) -> Cut:
        """Who is among those seen anyway sees what they see."""
        me = self.directory.members.get(seen.member) if seen.member is not None else None
        if me and (seen.everybody or (me.groups and me.groups <= seen.groups)):
            seen = dataclasses.replace(seen, member=None)
        if seen not in self._made:
            self._made[seen] = Cut(seen, self.directory)
        return self._made[seen]

    def move(self, before: Cut, after: Cut) -> "Move":
        """What differs between a cut of an earlier directory and one of this."""
        if (before, after) not in self._moves:
            cards = before.cards
            self._moves[before, after] = Move(
                came=after.members - before.members,
                gone=tuple(before.members - after.members),
                moved=tuple(card for id, card in after.cards.items() if cards.get(id) != card),
                regrouped=tuple(after.groups.values()) if before.groups != after.groups else (),
            )
        return self._moves[before, after]


@dataclass(frozen=True, slots=True)
class Move:
    """What a change of the directory means to a cut."""

    came: frozenset[int]
    gone: tuple[int, ...]
    moved: tuple[MemberCard, ...]
    regrouped: tuple[GroupCard, ...]

    @property
    def tells(self) -> bool:
        return bool(self.gone or self.moved or self.regrouped)


class Seats:
    """Every seat as watchers get it, encoded once for all views: whole, or its status alone.

    A status is made when somebody is shown it; `changed_at` is the offset at which it may have
    changed last. What changes of a seat beside its status is no news to colleagues.
    """

    def __init__(self) -> None:
        self.whole: dict[int, bytes] = {}
        self._status: dict[int, tuple[bytes, bytes, int]] = {}

    def status(self, member: int, offset: int) -> tuple[bytes, int]:
        """The status as of `offset`, and since which offset it is as it is."""
        whole = self.whole[member]
        known = self._status.get(member)
        if known is None or known[0] is not whole:
            made = encoded_status(whole)
            changed_at = known[2] if known and known[1] == made else offset
            known = self._status[member] = whole, made, changed_at
        return known[1], known[2]

    def follow(self, changed: Collection[int], offset: int, shared: bool) -> None:
        """Note which statuses changed at this offset; where none is shown none is followed."""
        if not shared:
            self._status.clear()
        for member in self._status.keys() & set(changed):
            self.status(member, offset)


class View:
    """All watchers of one sight. `after` is the offset of the last frame that they were sent."""

    def __init__(self, sight: Sight, cuts: Cuts, offset: int) -> None:
        self.sight = sight
        self.id = view_id(sight)
        self.after = offset
        self.watchers: set[Watcher] = set()
        self._parts = Parts(0, 0.0)
        self.adopt(cuts)

    def adopt(self, cuts: Cuts) -> None:
        """Be cut anew; whoever watches is to be told."""
        seen = self.sight.anything
        self.cut = cuts.of(seen)
        alike = self.sight.whole == seen
        self.whole = self.cut.members if alike else visible(self.sight.whole, cuts.directory)

    @property
    def shares(self) -> bool:
        """Whether there are colleagues on it, of whom it shows the status alone."""
        return len(self.whole) < len(self.cut.members)

    def seat(self, member: int, seats: Seats, offset: int) -> bytes:
        """A seat of this view, as far as it may be seen."""
        return seats.whole[member] if member in self.whole else seats.status(member, offset)[0]

    def changed(self, members: Iterable[int], seats: Seats, since: int, offset: int) -> list[bytes]:
        """Of these seats those that this view shows, and shows otherwise since an offset."""
        found = []
        for id in members:
            if id in self.whole:
                found.append(seats.whole[id])
            elif id in self.cut.members:
                seat, changed_at = seats.status(id, offset)
                if changed_at > since:
                    found.append(seat)
        return found

    def show(
        self,
        epoch: str,
        offset: int,
        seats: Seats,
        changed: Iterable[int],
        news: Iterable[IncidentNews],
        turn: "Turn | None" = None,
    ) -> bool:
        """One frame for everybody who sees the same; nothing if the tick changed nothing of it.

        Whether it was so large that there are watchers who could read it and were not given it.
        """
        came = turn.came if turn else frozenset[int]()
        told = self.changed((id for id in changed if id not in came), seats, offset - 1, offset)
        told += [self.seat(id, seats, offset) for id in came]
        seen = tuple(one for one in news if one.member in self.whole)
        head = Delta(epoch, self.after, offset, incidents=seen)
        if turn:
            move = turn.move
            head = replace(head, gone=move.gone, members=move.moved, groups=move.regrouped)
        if not (told or seen or (turn and turn.move.tells)):
            return False
        FRAMES.inc(len(self.watchers))
        after, self.after = self.after, offset
        return self._send(with_seats(head, told, self.id), after)

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
        self, head: Snapshot, place: int, seats: Seats, offset: int
    ) -> tuple[Frame, int | None]:
        """The snapshot's next part and the place after it, None after the last one.

        A part made late shows seats as they are then, at `offset`: what came since is told again.
        Whoever asks in the same moment shares it.
        """
        if self._parts.offset != offset or head.now - self._parts.made_at > SHARED_FOR_S:
            self._parts = Parts(offset, head.now)
        asked = (head.offset, head.part)
        if asked not in self._parts.made:
            self._parts.made[asked] = self._part(head, place, seats, offset)
        return self._parts.made[asked]

    def _part(
        self, head: Snapshot, place: int, seats: Seats, offset: int
    ) -> tuple[Frame, int | None]:
        arrays: dict[str, list[bytes]] = {}
        size = 0
        for name, item in self._items(place, seats, offset):
            if size and size + len(item) > PART_MAX_BYTES - HEAD_MAX_BYTES:
                return with_arrays(head, arrays), place
            arrays.setdefault(name, []).append(item)
            size += len(item) + 1
            place += 1
        end = replace(head, last=True)
        return with_arrays(end, arrays, Cursor(head.epoch, head.offset, self.id)), None

    def _items(self, place: int, seats: Seats, offset: int) -> Iterator[tuple[str, bytes]]:
        """Everything from a place on: groups, then people, then their seats."""
        cut = self.cut
        everything = chain(
            (("groups", group) for group in cut.groups),
            (("members", member) for member in cut.order),
            (("seats", member) for member in cut.order),
        )
        for name, id in islice(everything, place, None):
            if name == "seats":
                yield name, self.seat(id, seats, offset)
            else:
                yield name, _encoder.encode((cut.cards if name == "members" else cut.groups)[id])

    def forget(self) -> None:
        """Let go of what was shared in a moment that is over."""
        self._parts = Parts(0, 0.0)

    def turn(self, cuts: Cuts) -> "Turn":
        """Go on in a new directory: who came, who went, and who is seen otherwise than before."""
        cut, whole = self.cut, self.whole
        self.adopt(cuts)
        move = cuts.move(cut, self.cut)
        return Turn(move, move.came | ((whole ^ self.whole) & self.cut.members))


@dataclass(slots=True)
class Parts:
    """A snapshot's parts, as they were made at one offset and moment."""

    offset: int
    made_at: float
    made: dict[tuple[int, int], tuple[Frame, int | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a change of the directory means to one view; `came` is to be told anew."""

    move: Move
    came: frozenset[int]


def view_id(sight: Sight) -> str:
    """The same for all who see the same; another one when rights change. Short: cursors bear it."""
    whole, status = sight.whole, sight.status
    if whole.everybody:
        return f"{whole.tenant}:all"
    groups = (".".join(map(str, sorted(one.groups))) for one in (whole, status))
    seen = ":".join((str(whole.member), str(status.everybody), *groups))
    what = hashlib.blake2s(seen.encode(), digest_size=12).hexdigest()
    return f"{whole.tenant}:{what}"


def visible(scope: Scope, directory: Directory) -> frozenset[int]:
    if not (scope.everybody or scope.groups):
        return frozenset(directory.members.keys() & {scope.member})
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


def encoded_status(whole: bytes) -> bytes:
    """A seat as colleagues get it."""
    return _encoder.encode(status(_seat.decode(whole)))


def encoded_tick(tick: Tick) -> dict[int, bytes]:
    """Each changed seat as watchers get it, encoded once for all views."""
    return {seat.member: encoded_seat(seat) for seat in tick.seats}


def with_seats(head: Delta, seats: list[bytes], view: str) -> Frame:
    cursor = Cursor(head.epoch, head.offset, view)
    return with_arrays(head, {"seats": seats} if seats else {}, cursor)


def with_arrays(
    head: Struct, arrays: Mapping[str, list[bytes]], cursor: Cursor | None = None
) -> Frame:
    """The message with these fields put in as they are, already encoded."""
    fields = b"".join(
        b',"' + name.encode() + b'":[' + b",".join(items) + b"]" for name, items in arrays.items()
    )
    return named(head, encode(head)[:-1] + fields + b"}", cursor)


def frame_of(message: Struct, cursor: Cursor | None = None) -> Frame:
    return named(message, encode(message), cursor)


def named(message: Struct, payload: bytes, cursor: Cursor | None) -> Frame:
    """With what a stream of events says beside it; `cursor` is where a board stands after it."""
    tag = message.__struct_config__.tag
    return Frame(payload, str(tag), id_of(cursor) if cursor else "")
