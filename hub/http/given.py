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

# In JSON. No screen shows it, and PostgreSQL stores none.
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

T = TypeVar("T")


async def given_to(
    request: Request[State], operation: Operation
) -> dict[str, msgspec.Struct | bytes]:
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
    if contract.body is bytes:
        limit = operation.body_max_bytes or CHUNK_MAX_BYTES
        given["body"] = await _received(request, limit)
    elif contract.body is not None:
        limit = operation.body_max_bytes or BODY_MAX_BYTES
        given["body"] = await _body(request, contract.body, limit)
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


async def _body(request: Request[State], wanted: type[T], limit: int) -> T:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = isinstance(wanted, type) and issubclass(wanted, Form)
    if media != (FORM if form else "application/json"):
        raise Problem(problems.NOT_JSON, what=media or "Content-Type: -")
    received = await _received(request, limit)
    if form:
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
