"""Entity tags (RFC 9110 8.8.3): which representation somebody has seen, and whether it still is.

A tag is a digest of what a GET answers, so that whatever changes it (another administrator, an
import, a job, the command line) changes the tag, and no counter can be forgotten. A change that
comes with If-Match first reads again what it changes, as the same caller would, and then takes its
turn: between looking and changing nobody else changes the same thing, on any node.

Some answers also hold what no change of them is about: from where the caller comes, how many people
there are. Their tags have two halves, of the state that can be changed and of the whole answer.
If-None-Match compares both, If-Match the first, so that nobody is refused for what they never saw
as theirs to change.
"""

import asyncio
import hashlib
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from hub.http import problems
from hub.http.callers import Caller, State
from hub.http.contracts import Operation
from hub.http.problems import Problem
from hub.live.broker import Script

CHANGING = ("PUT", "PATCH", "DELETE")

DIGEST_BYTES = 16  # two that differ look the same once in 2^64
HALVES = "."  # in no digest, as it is written
TURN_MS = 60_000  # a change that takes longer has lost its turn; the longest asks a provider
WAITS_S = (0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28)  # for somebody else's change of the same
RETRY_AFTER_S = 1

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_JSON = msgspec.json.Encoder(order="deterministic")  # a set has another order in every process
_RELEASE = Script("turn")

Readers = Mapping[str, Operation]


def encoded(answer: msgspec.Struct) -> bytes:
    """The one representation of an answer, the same in every process."""
    return _JSON.encode(answer)


def tag_of(body: bytes, beside: Sequence[str] = ()) -> str:
    """A strong validator, as it stands in the header; in halves if parts are `beside` the state."""
    if not beside:
        return f'"{_digest(body)}"'
    answer: dict[str, Any] = msgspec.json.decode(body)
    state = {name: part for name, part in answer.items() if name not in beside}
    return f'"{_digest(_JSON.encode(state))}{HALVES}{_digest(body)}"'


def _digest(body: bytes) -> str:
    digest = hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _state(tag: str) -> str:
    return tag.strip('"').partition(HALVES)[0]


def seen(request: Request[State], response: Response, beside: Sequence[str]) -> Response:
    """Put the tag on an answer to GET; answer 304 to somebody who has just that already."""
    tag = tag_of(bytes(response.body), beside)
    asked = request.headers.get("if-none-match")
    if asked is not None and (asked.strip() == "*" or tag in _tags(asked, weak=True)):
        response = Response(status_code=304)
    response.headers["ETag"] = tag
    return response


def reader_of(operation: Operation, readers: Readers) -> Operation | None:
    """The GET whose answer an operation changes, if there is one."""
    if operation.method not in CHANGING and operation.changes is None:
        return None
    reader = readers.get(operation.changes or operation.path)
    answer = reader.contract.answer if reader else None
    told = answer is not None and issubclass(answer, msgspec.Struct)
    return reader if reader and told and reader.contract.signed_in else None


@asynccontextmanager
async def turn(who: Caller, reader: Operation) -> AsyncIterator[None]:
    """Change it alone; raise the problem CHANGED_MEANWHILE if it is not what If-Match names."""
    params = who.request.path_params
    key = f"{{{who.actor.tenant}}}:turn:{reader.path.format_map(params)}"
    ticket = secrets.token_hex(8)
    redis = who.servers.at(key)
    for wait_s in (*WAITS_S, None):
        if await redis.set(key, ticket, nx=True, px=TURN_MS):
            break
        if wait_s is None:
            raise Problem(problems.BEING_CHANGED, headers={"Retry-After": str(RETRY_AFTER_S)})
        await asyncio.sleep(wait_s)
    try:
        await _unchanged(who, reader)
        yield
    finally:
        await _RELEASE(redis, [key], [ticket])


async def _unchanged(who: Caller, reader: Operation) -> None:
    asked = who.request.headers.get("if-match")
    if asked is None:
        return
    answer = await reader.run(who, **_given(who, reader))
    if not isinstance(answer, msgspec.Struct):
        raise TypeError(f"{reader.path} has no representation")
    tag = tag_of(encoded(answer), reader.beside)
    known = {_state(one) for one in _tags(asked, weak=False)}
    if asked.strip() != "*" and _state(tag) not in known:
        raise Problem(problems.CHANGED_MEANWHILE, headers={"ETag": tag})


def _given(who: Caller, reader: Operation) -> dict[str, Any]:
    """What the reader is asked with: the same path, and no query."""
    contract, given = reader.contract, {}
    if contract.path is not None:
        given["path"] = msgspec.convert(who.request.path_params, contract.path, strict=False)
    if contract.query is not None:
        given["query"] = msgspec.convert({}, contract.query)
    return given


def _tags(header: str, *, weak: bool) -> set[str]:
    """The tags of a list; weak ones count where the comparison is weak (RFC 9110 8.8.3.2)."""
    return {f'"{opaque}"' for mark, opaque in _TAG.findall(header) if weak or not mark}
