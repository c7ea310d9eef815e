"""From the rows of one member to what their seat was, moment by moment."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

from hub.history.facts import As, Fact, Lost, Mark
from hub.history.late import told_later, with_told

HELLO, HUB_GAP = "hello", "hub_gap"


def timeline(
    how: As, facts: Sequence[Fact], lost: Sequence[Lost] = (), by_punch: bool = False
) -> list[Mark]:
    """The seat's marks in their order; before the first of them nothing is known of it.

    `by_punch` is the tenant's rule that work comes from punches alone.
    """
    if how is As.SEEN:
        return seen(facts)
    return known(facts, lost, by_punch)


def seen(facts: Iterable[Fact]) -> list[Mark]:
    """What the boards said: each live row from when it came, in the order of the boards."""
    return marks(in_order(facts), shown_at)


def known(facts: Sequence[Fact], lost: Sequence[Lost] = (), by_punch: bool = False) -> list[Mark]:
    """What is known now: each live row from when it became true, and late words in between."""
    ordered = in_order(facts)
    live = marks(ordered, true_since)
    rows = [(mark.at, one) for mark, one in zip(live, ordered, strict=True)]
    told = told_later(facts, lost, rows)
    if not told:
        return live
    member = facts[0].member if facts else lost[0].member
    return with_told(member, live, told, by_punch)


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """The live rows as the boards saw them; an epoch is over when the next one begins."""
    live = [(one.place, one) for one in facts if one.place]
    began: dict[str, float] = {}
    for place, one in live:
        began[place.epoch] = min(began.get(place.epoch, one.received_at), one.received_at)
    live.sort(key=lambda item: (began[item[0].epoch], item[0]))
    return [one for _, one in live]


def marks(ordered: Iterable[Fact], moment: Callable[[Fact], float]) -> list[Mark]:
    """Places order the rows, not clocks: one that claims an earlier time has the one before's."""
    found: list[Mark] = []
    for one in ordered:
        at = max(moment(one), found[-1].at) if found else moment(one)
        found.append(Mark(at, one.state))
    return found


def shown_at(fact: Fact) -> float:
    """When the broker was lost every board knew nothing, before anybody could tell them so."""
    return fact.event_time if fact.cause == HUB_GAP else fact.received_at


def true_since(fact: Fact) -> float:
    """A hello is for the live picture only: what it says of the time before, reports say."""
    return fact.received_at if fact.cause == HELLO else fact.event_time


def at_moment(marks: Sequence[Mark], time: float) -> Mark | None:
    """What the seat was then; nothing if nobody had ever sat on it."""
    place = bisect_right(marks, time, key=lambda mark: mark.at)
    return marks[place - 1] if place else None
