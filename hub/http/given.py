"""What a request brings: path, query and body, as an operation wants them."""

import asyncio
import re
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from hub.http import problems
from hub.http.callers import State
from hub.http.contracts import Form, Operation
from hub.http.problems import Problem
from hub.protocol.images import CHUNK_MAX_BYTES

BODY_MAX_BYTES = 64 * 1024

BODY_WITHIN_S = 60.0  # an image's piece of 128 KiB takes half of it at 40 kbit/s

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"

# In JSON. No screen shows it, and PostgreSQL stores none.
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

T = TypeVar("T")


async def received_by(request: Request[State], operation: Operation) -> bytes:
    """The body, if the operation takes one, as it came; raise what it must not be."""
    body = operation.contract.body
    if body is None:
        return b""
    raw = body is bytes
    if not raw:
        wanted = FORM if issubclass(body, Form) else JSON
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != wanted:
            raise Problem(problems.UNSUPPORTED_MEDIA, what=wanted)
    most = CHUNK_MAX_BYTES if raw else BODY_MAX_BYTES
    return await _received(request, operation.body_max_bytes or most)


def given_to(
    request: Request[State], operation: Operation, received: bytes
) -> dict[str, msgspec.Struct | bytes]:
    """Its path, query and body, as the operation wants them."""
    contract = operation.contract
    given: dict[str, msgspec.Struct | bytes] = {}
    if contract.path is not None:
        if "\0" in request.url.path:
            raise Problem(problems.NOT_FOUND)
        try:
            given["path"] = msgspec.convert(request.path_params, contract.path, strict=False)
        except msgspec.ValidationError:
            raise Problem(problems.NOT_FOUND) from None
    if contract.query is not None:
        given["query"] = _converted(_once(request.query_params.multi_items()), contract.query)
    if contract.body is not None:
        given["body"] = received if contract.body is bytes else _body(received, contract.body)
    return given


def _once(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Which of two a part of the way looks at nobody knows, so nothing is asked for twice."""
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Problem(problems.INVALID, what=f"{twice}=…&{twice}=…")
    if any("\0" in value for value in values.values()):
        raise Problem(problems.INVALID, what="%00")
    return values


def _converted(values: dict[str, str], wanted: type[T]) -> T:
    try:
        return msgspec.convert(values, wanted, strict=False)
    except msgspec.ValidationError as wrong:
        raise Problem(problems.INVALID, what=str(wrong)) from None


def _body(received: bytes, wanted: type[T]) -> T:
    if issubclass(wanted, Form):
        return _converted(_once(parse_qsl(received.decode(errors="replace"))), wanted)
    if NUL.search(received):
        raise Problem(problems.INVALID, what=r"\u0000")
    try:
        return msgspec.json.decode(received, type=wanted)
    except msgspec.ValidationError as wrong:
        raise Problem(problems.INVALID, what=str(wrong)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise Problem(problems.NOT_JSON, what=str(wrong)) from None
    except RecursionError:
        raise Problem(problems.NOT_JSON, what="nested too deeply") from None


async def _received(request: Request[State], limit: int) -> bytes:
    received = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            async for chunk in request.stream():
                received += chunk
                if len(received) > limit:
                    raise Problem(problems.TOO_LARGE, what=str(limit))
    except TimeoutError:
        raise Problem(problems.TOO_SLOW, what=f"{BODY_WITHIN_S:.0f}") from None
    return bytes(received)
