"""Late words: what a device saw while nobody heard it, put where it belongs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from operator import itemgetter

from msgspec import structs

from hub.history.facts import Fact, Lost, Mark, Spoken, shown
from hub.presence.seat import Device, Seat, settled
from hub.presence.seat import view as as_view
from hub.protocol.agents import IMAGES_OVERWRITTEN
from hub.protocol.facts import Capture, Label, Link, Presence, Reason, Work
from hub.protocol.watchers import DeviceView, SeatView

Said = tuple[int, Spoken, Fact]  # by a device, with its number

PUNCHED = (Work.BREAK, Work.OUT)  # no device says these by itself: a punch stands over its word


@dataclass(frozen=True, slots=True)
class Word:
    """A late word; without a state it says that words were lost.

    `died` if its agent began anew after it: how long it held is not known.
    """

    device: int
    at: float
    received_at: float
    spoken: Spoken
    state: SeatView | None
    died: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A late word, for as long as it stands."""

    begin: float
    end: float
    device: DeviceView
    work: Work


def told_later(
    facts: Iterable[Fact], lost: Iterable[Lost], live: Sequence[tuple[float, Fact]]
) -> list[Told]:
    """Every late word until the next of its device, or until the boards heard of it again.

    `live` are the live rows with the moments at which they count.
    """
    by_device: defaultdict[int, list[Word]] = defaultdict(list)
    for word in (*late_words(facts), *lost_words(lost)):
        by_device[word.device].append(word)
    return [one for device, words in by_device.items() for one in standing(device, words, live)]


def late_words(facts: Iterable[Fact]) -> Iterator[Word]:
    said = as_said(facts)
    for one, next in zip_longest(said, said[1:]):
        device, spoken, fact = one
        if fact.place is None:
            died = next is not None and begins_anew(one, next)
            yield Word(device, fact.event_time, fact.received_at, spoken, fact.state.view, died)


def as_said(facts: Iterable[Fact]) -> list[Said]:
    """What devices said, late or not, by their own numbers; not of those who said nothing late."""
    said = [(one.device, one.spoken, one) for one in facts if one.device is not None and one.spoken]
    late = {device for device, _, one in said if one.place is None}
    return sorted((one for one in said if one[0] in late), key=itemgetter(0, 1))


def begins_anew(one: Said, next: Said) -> bool:
    """Whether the next that the device said is that its agent starts: it had died in between."""
    (device, spoken, _), (other, later, fact) = one, next
    return (device, spoken.device_epoch) == (other, later.device_epoch) and any(
        seen.id == device and seen.reason is Reason.STARTING for seen in fact.state.view.devices
    )


def lost_words(lost: Iterable[Lost]) -> Iterator[Word]:
    for one in lost:
        if one.reason != IMAGES_OVERWRITTEN:
            yield Word(one.device, one.begin, one.received_at, one.spoken, None)


def standing(
    device: int, words: Iterable[Word], live: Sequence[tuple[float, Fact]]
) -> Iterator[Told]:
    ordered = as_spoken(words)
    for word, next in zip_longest(ordered, ordered[1:]):
        ends = [back(device, word.at, live), word.received_at, next.at if next else None]
        end = min(end for end in ends if end is not None)
        if end > word.at:
            yield Told(word.at, end, said(word), work_of(word))


def work_of(word: Word) -> Work:
    return word.state.work if word.state else Work.WORKING


def as_spoken(words: Iterable[Word]) -> list[Word]:
    """By the device's own numbers; a clock that went back moves no word before the one before."""
    spoken = list(words)
    began: dict[str, float] = {}
    for one in spoken:
        epoch = one.spoken.device_epoch
        began[epoch] = min(began.get(epoch, one.at), one.at)
    spoken.sort(key=lambda one: (began[one.spoken.device_epoch], one.spoken.seq))
    found: list[Word] = []
    for one in spoken:
        at = max(one.at, found[-1].at) if found else one.at
        found.append(replace(one, at=at))
    return found


def back(device: int, after: float, live: Sequence[tuple[float, Fact]]) -> float | None:
    """When the boards heard of this device again.

    The first row stands for all before it: if the device is online there, it had come back by then.
    """
    for place, (at, one) in enumerate(live):
        if (
            at > after
            and (one.device == device or place == 0)
            and is_online(device, one.state.view)
        ):
            return at
    return None


def is_online(device: int, state: SeatView) -> bool:
    return any(one.id == device and one.link is Link.ONLINE for one in state.devices)


def said(word: Word) -> DeviceView:
    """The device as its word has it; how long that held is not known if the agent died."""
    states = word.state.devices if word.state else ()
    told = [one for one in states if one.id == word.device]
    if told and not word.died:
        return structs.replace(told[0], since=word.at)
    return DeviceView(word.device, word.at, Presence.UNKNOWN, Link.ONLINE, Capture.ON, None)


def with_told(
    member: int, live: Sequence[Mark], told: Sequence[Told], by_punch: bool
) -> list[Mark]:
    """The live marks, and over them what was told later, wherever it stands."""
    times = sorted({mark.at for mark in live} | {t for one in told for t in (one.begin, one.end)})
    found: list[Mark] = []
    then = shown(SeatView(member, Label.OFF, 0.0))
    place = 0
    for at in times:
        while place < len(live) and live[place].at <= at:
            then = live[place].state
            place += 1
        now = [one for one in told if one.begin <= at < one.end]
        if now:
            view = going_on(rewritten(then.view, now, at, by_punch), found)
            found.append(Mark(at, shown(view), late=True))
        else:
            found.append(Mark(at, then))
    return found


def rewritten(before: SeatView, now: Sequence[Told], at: float, by_punch: bool) -> SeatView:
    """What the seat would have shown, had the boards heard these words.

    A punched break or outing stands over what a device says, and so does every punch where work
    comes from punches alone.
    """
    told = {one.device.id for one in now}
    stands = by_punch or before.work in PUNCHED
    devices = [known_device(one, before.work) for one in before.devices if one.id not in told]
    devices += [known_device(one.device, one.work) for one in now]
    seat = Seat(
        before.member,
        by_punch=stands,
        since=at,
        punched=before.work if stands else Work.OFF,
        task=before.task,
        devices=tuple(devices),
    )
    return structs.replace(as_view(settled(seat, at)), alert=before.alert)


def known_device(one: DeviceView, work: Work) -> Device:
    return Device(
        one.id,
        "",
        0,
        one.since,
        link=one.link,
        presence=one.presence,
        work=work,
        capture=one.capture,
        reason=one.reason,
    )


def going_on(view: SeatView, before: Sequence[Mark]) -> SeatView:
    """A word that stays has been true since it came, however the rest was put together."""
    if not before or before[-1].label is not view.label:
        return view
    return structs.replace(view, since=before[-1].view.since)
