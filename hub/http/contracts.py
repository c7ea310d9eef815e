"""Operations, and what their annotations say about whom and what they ask for."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import get_type_hints

import msgspec
from starlette.responses import Response

from hub.http.callers import Caller, OnDevice
from hub.http.problems import Kind


class Form(msgspec.Struct, frozen=True):
    """A body of application/x-www-form-urlencoded, as OAuth has it (RFC 6749 appendix B)."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One line of the site map; `problems` are those beyond what can happen anywhere.

    `changes` is the path of the GET whose answer it changes, where that is not its own path: what
    If-Match speaks of. `beside` are the parts of an answer that no change of it is about: the
    caller's own, or counted. `tag` is the chapter of the description that it stands in, where its
    path does not say it.
    """

    method: str
    path: str
    run: Callable[..., Awaitable[msgspec.Struct | Response | None]]
    status: int = 200
    problems: tuple[Kind, ...] = ()
    body_max_bytes: int | None = None  # else BODY_MAX_BYTES, for raw bytes CHUNK_MAX_BYTES
    changes: str | None = None
    beside: tuple[str, ...] = ()
    tag: str | None = None

    @property
    def contract(self) -> "Contract":
        return _contract(self.run)


@dataclass(frozen=True, slots=True)
class Contract:
    """What the annotations of an operation say."""

    signed_in: bool
    on_device: bool
    body: type[msgspec.Struct | bytes] | None
    query: type[msgspec.Struct] | None
    path: type[msgspec.Struct] | None
    answer: type[msgspec.Struct | Response] | None


@cache
def _contract(run: Callable[..., object]) -> Contract:
    hints = get_type_hints(run)
    first, *others = inspect.signature(run).parameters
    if unknown := set(others) - {"body", "query", "path"}:
        raise TypeError(f"{run.__name__}: an operation gets no {unknown}")
    who = hints[first]
    answer = hints["return"]
    return Contract(
        signed_in=issubclass(who, Caller),
        on_device=issubclass(who, OnDevice),
        body=hints.get("body"),
        query=hints.get("query"),
        path=hints.get("path"),
        answer=None if answer is type(None) else answer,
    )


def described(kind: type | None) -> bool:
    """Whether it is a message; what is raw bytes has no schema."""
    return kind is not None and issubclass(kind, msgspec.Struct)
