"""Asked twice with one Idempotency-Key, done once (draft-ietf-httpapi-idempotency-key-header-07).

A program that lost an answer on its way asks again with the key that it used before, and gets the
same answer. Kept for 24 hours by each sign-in, in SQL and not in the broker: the embedded broker
keeps nothing over a restart, and a restart is when answers get lost. What is kept is sealed with
the tenant's key, for an answer may hold a token or a password that is told once.

Only what was done is kept. What was refused changed nothing and is asked anew; so is what failed:
what takes a second step after its commit (a punch, a verdict) refuses or repeats itself harmlessly.
A hub that dies in between leaves a key that nobody gets an answer to: 409 until the day is over,
for only a person can find out whether it was done.
"""

import hashlib
import logging
import re
from collections.abc import Awaitable, Callable

import msgspec
from starlette.responses import Response

from hub.http import problems
from hub.http.callers import Caller, Visitor
from hub.http.contracts import Operation
from hub.http.problems import Problem
from storage.database import FAULTS
from storage.people import kept_answers
from storage.people.kept_answers import KEPT_FOR, Answer, Asked, Known, TooManyKeys
from storage.sealing.sealed import Box

KEY = re.compile(r'"([\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255})')
LONG_S = 60.0  # whatever takes longer has died
RETRY_AFTER_S = 2
REPLAYED = {"Idempotent-Replayed": "true"}

log = logging.getLogger(__name__)

Run = Callable[[], Awaitable[Response]]


def repeatable(operation: Operation) -> bool:
    """Whether a key counts: a POST of somebody who is signed in, with an answer that can be kept.

    Devices number what they report, and signing in is a new one each time.
    """
    contract = operation.contract
    told = contract.answer is None or issubclass(contract.answer, msgspec.Struct)
    return operation.method == "POST" and contract.signed_in and told


async def once(who: Visitor, operation: Operation, received: bytes, run: Run) -> Response:
    """What `run` answers, or what it answered before to the same key."""
    key = who.request.headers.get("idempotency-key")
    if key is None or not isinstance(who, Caller) or not repeatable(operation):
        return await run()
    asked = _asked(who, key, received)
    box = await who.keys.box(asked.tenant)
    try:
        known = await kept_answers.begin(who.engine, asked, who.now)
    except TooManyKeys:
        wait = str(int(KEPT_FOR.total_seconds()))
        headers = {"Retry-After": wait}
        raise Problem(problems.TOO_MANY_REQUESTS, what=wait, headers=headers) from None
    if known is not None:
        return _again(who, asked, known, box)
    try:
        response = await run()
    except Exception:
        async with who.engine.begin() as conn:
            await kept_answers.let_go(conn, asked)
        raise
    await _keep(who, box, asked, response)
    return response


def _asked(who: Caller, header: str, received: bytes) -> Asked:
    """Raise the problem INVALID for a key that is none."""
    found = KEY.fullmatch(header.strip())
    if found is None:
        raise Problem(problems.INVALID, what="Idempotency-Key")
    key = found[1] or found[2]
    request = who.request
    parts = (request.method, request.url.path, request.url.query, _media(who))
    digest = hashlib.sha256("\n".join(parts).encode() + b"\n" + received)
    name = hashlib.sha256(key.encode()).digest()
    return Asked(who.actor.tenant, who.signed_in.session, name, digest.digest())


def _media(who: Caller) -> str:
    return who.request.headers.get("content-type", "")


def _again(who: Caller, asked: Asked, known: Known, box: Box) -> Response:
    if known.fingerprint != asked.fingerprint:
        raise Problem(problems.KEY_REUSED)
    answer = known.answer(box, asked.session)
    if answer is not None:
        return Response(
            answer.body, answer.status, media_type=answer.media or None, headers=REPLAYED
        )
    dead = (who.now - known.created_at).total_seconds() > LONG_S
    headers = {} if dead else {"Retry-After": str(RETRY_AFTER_S)}
    reason = "unknown" if dead else "in_flight"
    raise Problem(problems.KEY_IN_USE, reason=reason, headers=headers)


async def _keep(who: Caller, box: Box, asked: Asked, response: Response) -> None:
    """It is done: whoever asked hears so, even if it could not be kept."""
    answer = Answer(response.status_code, response.media_type, bytes(response.body))
    try:
        async with who.engine.begin() as conn:
            await kept_answers.keep(conn, box, asked, answer)
    except FAULTS as failed:
        log.warning("an answer could not be kept for its key", extra={"error": str(failed)})
