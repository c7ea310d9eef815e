"""What the record refuses: each says which thing is in the way."""


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
