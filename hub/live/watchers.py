"""A watcher's connection: subscribe, then one frame after the other, as fast as it reads."""

from hub.access import Actor
from hub.live.floor import Floor
from hub.live.outbox import KERNEL_BYTES
from hub.live.views import Watcher
from hub.live.wire import Limits, Wire, Wires
from hub.protocol import codec
from hub.protocol.closing import BAD_MESSAGE, OLD_PROTOCOL, TRY_LATER, Closing
from hub.protocol.facts import VERSION
from hub.protocol.watchers import Cursor, FromWatcher, Resume, Subscribe

SUBSCRIBE_WITHIN_S = 10.0

# A snapshot costs us more than asking for one: no board resumes 20 times, or twice a second.
LIMITS = Limits(codec.FROM_WATCHER_MAX_BYTES, burst=20, per_s=2.0, kernel_bytes=KERNEL_BYTES)


class Board:
    """One watcher's connection: a shell over its place in the audience."""

    __slots__ = ("_actor", "_address", "_floor", "_session", "_watcher", "_wire", "_wires")

    limits = LIMITS

    def __init__(
        self, actor: Actor, session: int, floor: Floor, wires: Wires, address: str
    ) -> None:
        self._actor = actor
        self._address = address
        self._session = session
        self._floor = floor
        self._wires = wires
        self._watcher: Watcher | None = None

    def attached(self, wire: Wire) -> None:
        self._wire = wire
        self._wires.expect(self, SUBSCRIBE_WITHIN_S, self._silent)

    def received(self, message: bytes) -> None:
        said = codec.from_watcher(message)
        if self._watcher is None:
            self._subscribed(said)
        elif isinstance(said, Resume):
            self._floor.audience.resume(self._watcher, said.cursor)
        elif isinstance(said, Subscribe):
            raise Closing(BAD_MESSAGE, "subscribe is said once a connection")
        else:
            self._floor.viewings.from_board(self._watcher, said)

    def drained(self) -> None:
        if self._watcher:
            self._floor.audience.feed(self._watcher)

    def lost(self) -> None:
        self._wires.met(self)
        if self._watcher:
            self._floor.audience.leave(self._watcher)
            self._floor.viewings.left(self._watcher)

    def _silent(self) -> None:
        self._wire.close(Closing(TRY_LATER, "nothing was heard in time"))

    def _subscribed(self, first: FromWatcher) -> None:
        if not isinstance(first, Subscribe):
            raise Closing(BAD_MESSAGE, "the first message must be subscribe")
        if first.version != VERSION:
            raise Closing(OLD_PROTOCOL, f"this hub speaks version {VERSION}; reload the page")
        self._wires.met(self)
        self._begin(first.cursor)

    def _begin(self, cursor: Cursor | None) -> None:
        self._watcher = Watcher(self._actor, self._session, self._wire, self._address)
        self._floor.audience.subscribe(self._watcher, cursor)


class Listener(Board):
    """A board that says nothing: it is shown what follows its cursor as soon as it is there."""

    __slots__ = ("_cursor",)

    def __init__(
        self,
        actor: Actor,
        session: int,
        floor: Floor,
        wires: Wires,
        address: str,
        cursor: Cursor | None,
    ) -> None:
        super().__init__(actor, session, floor, wires, address)
        self._cursor = cursor

    def attached(self, wire: Wire) -> None:
        self._wire = wire
        self._begin(self._cursor)
