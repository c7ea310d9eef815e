"""What several bodies have in common: the shapes of names, and times as numbers."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.http import problems
from hub.http.problems import Problem
from storage.people.members import login_key

LOGIN_LETTERS = 100

# No control characters: no screen shows them, and PostgreSQL stores no NUL.
_LINE = r"[^\x00-\x1f\x7f]"
_INK = r"[^\x00-\x20\x7f\u3000]"
_SOMETHING = f"^{_LINE}*{_INK}{_LINE}*$"

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=_SOMETHING)]
GroupName = Annotated[
    str, Meta(min_length=1, max_length=200, pattern=r"^(?!.*/)" + _SOMETHING.removeprefix("^"))
]
Login = Annotated[str, Meta(min_length=1, max_length=LOGIN_LETTERS, pattern=f"^{_INK}+$")]
Email = Annotated[str, Meta(max_length=254, pattern=r"^[^\x00-\x20\x7f@]+@[^\x00-\x20\x7f@]+$")]
Line = Annotated[str, Meta(max_length=200, pattern=f"^{_LINE}*$")]
Typed = Annotated[str, Meta(min_length=1, max_length=200, pattern=f"^{_LINE}+$")]
SystemId = Annotated[str, Meta(max_length=32, pattern=f"^{_LINE}*$")]
RequestId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class Created(Struct, frozen=True):
    """The id of what was made."""

    id: int


def login_of(text: str) -> str:
    """The login as it is kept; raise the problem INVALID if only its spelling here looked right."""
    spelled = login_key(text)
    if len(spelled) > LOGIN_LETTERS or any(letter.isspace() for letter in spelled):
        raise Problem(problems.INVALID, what="$.login")
    return spelled


def seconds(moment: datetime) -> float:
    """Seconds since 1970 (UTC), as in the websocket messages."""
    return moment.timestamp()
