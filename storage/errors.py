"""What the record refuses: each says which thing is in the way."""

from enum import StrEnum


class Taken(Exception):
    """There is one of that name already; `what` is "login" or "group"."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"there is a {what} {name!r} already")
        self.what = what
        self.name = name


class Missing(Exception):
    """No such thing in this tenant; `what` is "member", "group", "device" or the like."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"there is no {what} {name!r}")
        self.what = what
        self.name = name


class Ambiguous(Exception):
    """Several things have that name; the whole path tells them apart."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"there are several {what}s {name!r}: write the whole path, such as A/B")


class Rule(StrEnum):
    """What a change would break."""

    SEATS_TAKEN = "seats-taken"
    LAST_ADMINISTRATOR = "last-administrator"
    OWN_ACCOUNT = "own-account"
    OTHER_HOME = "other-home"
    GROUP_RING = "group-ring"
    GROUP_NOT_EMPTY = "group-not-empty"
    WINDOW_OVERLAPS = "window-overlaps"
    WINDOW_OVER = "window-over"


class Conflict(Exception):
    """The change is understood, and would break a rule; `what` is the rule's limit, if any."""

    def __init__(self, rule: Rule, what: str = "") -> None:
        super().__init__(_SAID[rule].format(what=what))
        self.rule = rule
        self.what = what


_SAID = {
    Rule.SEATS_TAKEN: "all {what} seats of the contract are taken: disable somebody, or get more",
    Rule.LAST_ADMINISTRATOR: "nobody would be left to manage the members: appoint another first",
    Rule.OWN_ACCOUNT: "nobody changes their own role or access: ask another administrator",
    Rule.OTHER_HOME: "operators are members of the operators' own tenant, and nobody else is",
    Rule.GROUP_RING: "a group cannot be put below itself",
    Rule.GROUP_NOT_EMPTY: "the group has members or groups below it: move them first",
    Rule.WINDOW_OVERLAPS: "maintenance window {what} is in the way: end or withdraw it first",
    Rule.WINDOW_OVER: "this maintenance window is over: announce another one",
}
