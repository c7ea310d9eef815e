"""What can be answered, as the description says it: forms, headers, and problems by status."""

from collections.abc import Iterable
from typing import Any

from starlette.responses import RedirectResponse

from hub.http import csv, problems
from hub.http.contracts import Contract, Form, Operation, described
from hub.http.csv import Download
from hub.http.entity import Readers, reader_of
from hub.http.events import EventStream
from hub.http.given import FORM, JSON
from hub.http.once import repeatable
from hub.http.problems import KINDS, MEDIA_TYPE, Kind, Problem, ProblemDocument
from hub.protocol import events

REF = "#/components/schemas/{name}"
RAW, IMAGE = "application/octet-stream", "image/*"

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
# What is told with more than one answer, once.
HEADERS: dict[str, Json] = {
    "RateLimit-Policy": {
        "description": "The limits that the request counts for: requests (q) in so many seconds"
        " (w), of the token, the address and the tenant. draft-ietf-httpapi-ratelimit-headers-10.",
        "schema": TEXT,
        "example": '"token";q=600;w=30, "tenant";q=15000;w=30',
    },
    "RateLimit": {
        "description": "What is left of each (r), and when it is full again (t, seconds).",
        "schema": TEXT,
        "example": '"token";r=598;t=1, "tenant";r=14998;t=1',
    },
    "Retry-After": {
        "description": "So many seconds later it may be tried again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "ETag": {
        "description": "Names this state of what was answered; for If-None-Match and If-Match.",
        "schema": TEXT,
        "example": '"w5XoB0cWkQ0Xl3nLh1q0Ug"',
    },
    "Allow": {"description": "What works at this address.", "schema": TEXT},
    "WWW-Authenticate": {"description": "How to sign in (RFC 6750 3).", "schema": TEXT},
    "Content-Language": {
        "description": "The language of title and detail.",
        "schema": {"type": "string", "enum": list(problems.LOCALES)},
    },
    "Idempotent-Replayed": {
        "description": "`true`: it was done before, and this is what was answered then.",
        "schema": TEXT,
    },
}
RATES = ("RateLimit-Policy", "RateLimit")
LATER = {408, 409, 429, 503}


def header(name: str) -> Json:
    return {"$ref": f"#/components/headers/{name}"}


def examples() -> dict[str, Json]:
    """A problem document of each type, in English."""
    return {kind.name: {"value": _example(kind)} for kind in KINDS}


def refusals(operations: Iterable[Operation], readers: Readers) -> dict[str, Json]:
    """Every way of refusing that some operation has, by its name: many have the same."""
    found: dict[str, Json] = {}
    for operation in operations:
        for status, kinds in _by_status(operation, readers).items():
            found.setdefault(_name(status, kinds), _refusal(status, kinds))
    return dict(sorted(found.items()))


def responses(operation: Operation, readers: Readers) -> Json:
    """By status: what it answers, and why it may refuse."""
    return {**_answer(operation), **_refusals(operation, readers)}


def content(kind: type) -> Json:
    if not described(kind):
        if issubclass(kind, EventStream):
            data = {"$ref": REF.format(name="ToListener")}  # of each event, as JSON
            return {events.MEDIA_TYPE: {"schema": {**TEXT, "contentSchema": data}}}
        if issubclass(kind, Download):
            return {csv.MEDIA_TYPE: {"schema": TEXT}}
        raw = {"type": "string", "format": "binary"}
        return {RAW if kind is bytes else IMAGE: {"schema": raw}}
    media = FORM if issubclass(kind, Form) else JSON
    return {media: {"schema": {"$ref": REF.format(name=kind.__name__)}}}


def _answer(operation: Operation) -> Json:
    answer = operation.contract.answer
    headers = {name: header(name) for name in RATES}
    told: Json = {"description": "done"}
    found = {str(operation.status): told}
    if answer is not None and issubclass(answer, RedirectResponse):
        told["description"] = "go there"
        headers["Location"] = {"required": True, "schema": TEXT}
    elif answer is not None:
        told["content"] = content(answer)
    if operation.method == "GET" and described(answer):
        headers["ETag"] = header("ETag")
        not_modified = {name: header(name) for name in (*RATES, "ETag")}
        found["304"] = {"description": "you have it already", "headers": not_modified}
    if repeatable(operation):
        headers["Idempotent-Replayed"] = header("Idempotent-Replayed")
    told["headers"] = headers
    return found


def kinds_of(operation: Operation, readers: Readers) -> tuple[Kind, ...]:
    """Everything that it may be refused for, the operation's own first."""
    contract = operation.contract
    kinds = [
        *operation.problems, problems.TOO_MANY_REQUESTS, problems.UNAVAILABLE, problems.BROKEN,
        problems.MAINTENANCE,
    ]  # fmt: skip
    if contract.signed_in or contract.on_device:
        kinds += [problems.NOT_SIGNED_IN, problems.OUTSIDE_LIMITS]
    if contract.signed_in:
        kinds.append(problems.NOT_ALLOWED)  # to a program's token, if to nobody else
    if contract.path is not None:
        kinds.append(problems.NOT_FOUND)
    if operation.method != "GET" and not contract.on_device:
        kinds.append(problems.FOREIGN_ORIGIN)
    if described(contract.answer) or contract.answer is Download:
        kinds.append(problems.NOT_ACCEPTABLE)
    if repeatable(operation):
        kinds += [problems.KEY_REUSED, problems.KEY_IN_USE, problems.INVALID]
    if reader_of(operation, readers):
        kinds += [problems.CHANGED_MEANWHILE, problems.BEING_CHANGED]
    return tuple(dict.fromkeys([*kinds, *_of_input(contract)]))


def _of_input(contract: Contract) -> list[Kind]:
    kinds = []
    if contract.body is not None:
        kinds += [problems.TOO_LARGE, problems.TOO_SLOW]
    if described(contract.body):
        kinds += [problems.NOT_JSON, problems.UNSUPPORTED_MEDIA]
    if contract.body is not None or contract.query is not None:
        kinds.append(problems.INVALID)
    return kinds


def _refusals(operation: Operation, readers: Readers) -> Json:
    return {
        str(status): {"$ref": f"#/components/responses/{_name(status, kinds)}"}
        for status, kinds in _by_status(operation, readers).items()
    }


def _by_status(operation: Operation, readers: Readers) -> dict[int, list[Kind]]:
    found: dict[int, list[Kind]] = {}
    for kind in sorted(kinds_of(operation, readers), key=lambda kind: (kind.status, kind.name)):
        found.setdefault(kind.status, []).append(kind)
    return found


def _name(status: int, kinds: list[Kind]) -> str:
    return f"{status}.{'.'.join(kind.name for kind in kinds)}"


def _refusal(status: int, kinds: list[Kind]) -> Json:
    names = [*RATES, "Content-Language"]
    names += ["Retry-After"] * (status in LATER) + ["ETag"] * (status == 412)
    names += ["WWW-Authenticate"] * (status == 401)
    of_these = {"properties": {"type": {"enum": [kind.type for kind in kinds]}}}
    document = {"$ref": REF.format(name=ProblemDocument.__name__)}
    return {
        "description": "; or: ".join(kind.title_en for kind in kinds),
        "headers": {name: header(name) for name in names},
        "content": {
            MEDIA_TYPE: {
                "schema": {"allOf": [document, of_these]},
                "examples": {
                    kind.name: {"$ref": f"#/components/examples/{kind.name}"} for kind in kinds
                },
            }
        },
    }


def _example(kind: Kind) -> Json:
    told = Problem(kind, what="…").document("en")
    return {"type": told.type, "title": told.title, "status": told.status, "detail": told.detail}
