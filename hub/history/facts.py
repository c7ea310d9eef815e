"""What the record says of one member, as reading it back needs it."""

from enum import StrEnum

from msgspec import Struct
from msgspec.json import Decoder

from hub.protocol.facts import Label
from hub.protocol.watchers import SeatView

_decode = Decoder(SeatView).decode


class As(StrEnum):
    """What is known now, later words included; or what the boards then said."""

    KNOWN = "known"
    SEEN = "seen"


class Shown:
    """A whole seat. One from the record is read when more of it is asked for than its word."""

    __slots__ = ("_json", "_view", "label")

    def __init__(self, label: Label, json: str = "", view: SeatView | None = None) -> None:
        self.label = label
        self._json = json
        self._view = view

    @property
    def view(self) -> SeatView:
        if self._view is None:
            self._view = _decode(self._json)
        return self._view


def shown(view: SeatView) -> Shown:
    return Shown(view.label, view=view)


class Place(Struct, frozen=True, order=True, gc=False):
    """Where a live row stands among those of its epoch."""

    epoch: str
    offset: int
    position: int


class Spoken(Struct, frozen=True, order=True, gc=False):
    """A device's own number of a report: what puts its late words into their order."""

    device_epoch: str
    seq: int


class Fact(Struct, frozen=True, gc=False):
    """A row: the whole seat after it. A late one, without a place, is about its device alone."""

    member: int
    cause: str
    event_time: float
    received_at: float
    state: Shown
    place: Place | None = None
    device: int | None = None
    spoken: Spoken | None = None


class Lost(Struct, frozen=True):
    """What a device had to overwrite: nobody knows what it saw from then until its next word."""

    member: int
    device: int
    begin: float
    end: float
    count: int
    reason: str
    spoken: Spoken
    received_at: float


class Mark(Struct, frozen=True, gc=False):
    """From `at` on, until the next one, the seat was so; `late` if only a later word says so."""

    at: float
    state: Shown
    late: bool = False

    @property
    def label(self) -> Label:
        return self.state.label

    @property
    def view(self) -> SeatView:
        return self.state.view
