"""The problem types there are: as a list for programs, and at their own addresses for people."""

from typing import Any

from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from hub.http import problems, rest
from hub.http.callers import State, Visitor
from hub.http.problems import KINDS, LOCALES, Kind, Problem


class ProblemType(Struct, frozen=True):
    """One `type`, as it is told; in its detail `…` stands for what it was about."""

    type: str
    status: int
    title: str
    detail: str


class ProblemTypes(Struct, frozen=True):
    items: list[ProblemType]


async def problem_types(who: Visitor) -> ProblemTypes:
    """Everything that a request can be refused for, in the caller's language.

    A `type` never changes its meaning; new ones may come.
    """
    return ProblemTypes(
        [
            ProblemType(kind.type, kind.status, kind.title(who.locale), _detail(kind, who.locale))
            for kind in _in_order()
        ]
    )


async def problems_page(_: Request[State]) -> Response:
    """All of them, to read."""
    return PlainTextResponse("\n".join(map(_text, _in_order())))


async def problem_page(request: Request[State]) -> Response:
    """What a problem type means, for whoever follows its address (RFC 9457 3.1.1)."""
    for kind in KINDS:
        if kind.name == request.path_params["name"]:
            return PlainTextResponse(_text(kind))
    return not_found(request)


def not_found(request: Request[State]) -> Response:
    return rest.refusal(request, _locale(request), Problem(problems.NOT_FOUND))


async def refused(request: Request[Any], wrong: Exception) -> Response:
    """What the router itself refuses: a method that nothing takes at that address."""
    if not isinstance(wrong, HTTPException) or wrong.status_code != 405:
        return not_found(request)
    allowed = dict(wrong.headers or {}).get("Allow", "GET, HEAD")
    problem = Problem(problems.METHOD_NOT_ALLOWED, what=allowed, headers={"Allow": allowed})
    return rest.refusal(request, _locale(request), problem)


def _locale(request: Request[State]) -> str:
    return problems.language(request.headers.get("accept-language", ""))


def _in_order() -> list[Kind]:
    return sorted(KINDS, key=lambda kind: (kind.status, kind.name))


def _text(kind: Kind) -> str:
    told = (f"{kind.title(locale)}: {_detail(kind, locale)}\n" for locale in LOCALES)
    return f"{kind.type}\n{kind.status}\n{''.join(told)}"


def _detail(kind: Kind, locale: str) -> str:
    return kind.detail(locale).format(what="…")
