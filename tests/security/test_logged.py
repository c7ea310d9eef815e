"""Whatever somebody changes stands in the system log, or in a record that says as much."""

from contextlib import AsyncExitStack

import pytest
from sqlalchemy import func, select

from hub.http.contracts import Operation
from hub.http.operations import OPERATIONS
from storage.models.log import LogEntry
from tests.hubs import Running
from tests.security.test_tenants import LAST, asking, hub, world
from tests.security.walk import Key, ask, key_of

__all__ = ["hub"]

TOLD_ELSEWHERE: dict[Key, str] = {
    ("POST", "/punches"): "punches are a chained record of their own",
    ("POST", "/agent/images"): "evidence is a chained record of its own",
    ("POST", "/agent/enrolments"): "a template is in the list of the member's own until approved",
    ("POST", "/members.csv"): "a dry run changes nothing",
    ("PUT", "/account/notifications"): "what is chosen again changes nothing",
    ("DELETE", "/account/push"): "nothing is ended where nothing was",
    ("POST", "/notices/read"): "what one has read of one's own is nobody else's business",
    ("POST", "/notices/{notice}/read"): "what one has read of one's own is nobody else's business",
    ("DELETE", "/account/totp"): "nothing is taken away where nothing is",
    ("POST", "/account/totp"): "nothing is set up before the app has shown a code",
    ("POST", "/account/passkeys/options"): "nothing is set up before the passkey has signed",
    ("POST", "/session/passkey/options"): "nobody is signed in before the passkey has signed",
    ("POST", "/pairing/device_authorization"): "it is nobody's device before a member says yes",
}
ENOUGH = 30  # operations that come far enough here to change something
TAKES_AWAY = ("/state", "/disable", "/policy", "/limits")


@pytest.mark.requirement("R21")
async def test_what_changes_something_is_in_the_log(hub: Running) -> None:
    here = await world(hub)
    silent: set[Key] = set()
    done: set[Key] = set()
    async with AsyncExitStack() as stack:
        clients = {
            who: await stack.enter_async_context(asking(hub, here, who))
            for who in ("boss", "op", "device", "nobody")
        }
        for operation in in_order():
            key = key_of(operation)
            for who in whose(operation):
                before = await entries(hub)
                answer = await ask(clients[who], operation, here.own)
                if answer.status_code < 400:
                    done.add(key)
                    if await entries(hub) == before:
                        silent.add(key)
                    break

    assert sorted(silent - TOLD_ELSEWHERE.keys()) == []
    assert len(done - silent) >= ENOUGH


def in_order() -> list[Operation]:
    """What makes and changes first, then what takes away; what ends a sign-in comes last."""

    def place(one: Operation) -> tuple[bool, bool, bool]:
        takes_away = one.path.endswith(TAKES_AWAY)
        return key_of(one) in LAST or takes_away, one.method == "DELETE", "/state" in one.path

    return sorted((one for one in OPERATIONS if one.method != "GET"), key=place)


def whose(operation: Operation) -> tuple[str, ...]:
    """By whom it can be done: a customer's contract by the operator alone."""
    if operation.contract.on_device:
        return ("device",)
    return ("boss", "op") if operation.contract.signed_in else ("nobody",)


async def entries(hub: Running) -> int:
    async with hub.engine.connect() as conn:
        return int((await conn.execute(select(func.count()).select_from(LogEntry))).scalar_one())
