"""The whole OpenAPI document, tried out by everybody there is against a real hub.

Bounded here; `ZAISEKI_CASES=200 .venv/bin/pytest tests/security/test_contract.py` tries more of
everything. What is sent is made from the document, right and wrong, first one operation after the
other, then in chains that use each other's answers. Numbers in it are mostly of things that exist,
in this tenant or in another one, whose things all have a mark. Every answer has to be one that the
document promises: its status, its headers, its content type, its body.
"""

import os
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, cast

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode, Response
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation.stateful.state_machine import APIStateMachine
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from hub.access import Role
from hub.http.operations import OPERATIONS, PREFIX
from hub.identity.scopes import ApiScope
from storage.people.api_tokens import add_api_token
from storage.people.sessions import open_session
from storage.people.tenants import create_tenant
from tests.hubs import Office, Running, spawned
from tests.record import person
from tests.security.walk import CLOSING, ENDLESS, key_of
from tests.servers import Postgres

Described = APIOperation[Any, Any, Any, Any]
Request = Case[Any]
CASES = int(os.environ.get("ZAISEKI_CASES", "1"))  # right ones of an operation, and as many wrong
SCENARIOS, STEPS = CASES, 8
BOUNDED = "ZAISEKI_CASES" not in os.environ
ENOUGH_S, MORE_S = 30.0, 10.0  # for a machine that is busy; a quiet one gets through everything
MARK = "zqxj7"
OFTEN = 0.8
IDS_MAX = 12
NUMBERED = {"member", "group", "parent", "device", "session", "enrolment", "tenant", "token",
            "passkey", "webhook", "delivery", "window", "groups", "supervises", "members",
            "assignee"}  # fmt: skip
PROMISES = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ENDS = {  # with the caller's own sign-in, and with it the caller
    "DELETE /api/v1/session", "POST /api/v1/sessions/revoke", "DELETE /api/v1/sessions/{session}",
    "POST /api/v1/agent/token",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Somebody:
    """Somebody with a token, and the ids of what they may know of.

    `blind` is what may be in no answer to them; so `often` they take one of their ids.
    """

    name: str
    token: str
    ids: Sequence[int]
    blind: str = MARK
    often: float = OFTEN


@dataclass
class Tried:
    """What was sent as somebody, and every answer that should not have been."""

    who: Somebody
    calls: int = 0
    reached: set[str] = field(default_factory=set)
    wrong: dict[str, str] = field(default_factory=dict)
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def call(self, case: Request) -> Response:
        headers = {"Authorization": f"Bearer {self.who.token}"} if self.who.token else {}
        response = case.call(headers=headers, session=self.session)
        self.look(response, case)
        return response

    def look(self, response: Response, case: Request) -> None:
        self.calls += 1
        told = response.text + str(response.headers)
        if response.status_code < 400:
            self.reached.add(case.operation.label)
        if response.status_code >= 500:
            self._note(f"{response.status_code} {case.operation.label}", case, told)
        elif self.who.blind in told:
            self._note(f"of another tenant: {case.operation.label}", case, told)
        else:
            self._hold_to_promises(response, case, told)

    def _hold_to_promises(self, response: Response, case: Request, told: str) -> None:
        try:
            case.validate_response(response, checks=PROMISES)
        except (Failure, FailureGroup) as broken:
            failures = broken.exceptions if isinstance(broken, FailureGroup) else [broken]
            what = "; ".join(getattr(one, "title", str(one)) for one in failures)
            label = f"{response.status_code} {case.operation.label}"
            self._note(f"not as promised: {label}: {what}", case, f"{told[:300]}\n{broken}")

    def _note(self, what: str, case: Request, told: str) -> None:
        self.wrong.setdefault(f"{self.who.name}: {what}", f"{case.as_curl_command()}\n{told[:500]}")


@dataclass(frozen=True, slots=True)
class Target:
    schema: OpenApiSchema
    everybody: list[Somebody]


@pytest.fixture
async def target(tmp_path: Path, postgres: Postgres) -> AsyncIterator[Target]:
    """PostgreSQL, for it refuses more than SQLite does."""
    quick = {"ZAISEKI_RATE": "100000"}
    with postgres.database() as url:
        async with spawned(tmp_path, database=url, environ=quick) as running:
            theirs = await running.office(f"株式会社{MARK}")
            await filled(theirs, f"{MARK}-")
            yield Target(documented(running.url), await everybody(running))


async def filled(office: Office, mark: str) -> dict[Role, int]:
    """Somebody of each role, devices and groups, with the mark in all names."""
    team = [office.at.tokyo]
    for number in range(2):
        member = await office.member(f"{mark}worker{number}", groups=team)
        await office.device(member, f"{mark}PC")
    return {
        role: await office.member(
            f"{mark}{role}",
            role,
            groups=team,
            supervises=team if role is Role.SUPERVISOR else [],
        )
        for role in Role
        if role is not Role.OPERATOR
    }


async def everybody(running: Running) -> list[Somebody]:
    """Each in a tenant of their own, so that nobody takes away what another tries with."""
    found = [Somebody("nobody", "", range(1, IDS_MAX))]
    for role in Role:
        if role is not Role.OPERATOR:
            office = await running.office(f"{role}社")
            members = await filled(office, "")
            token = await office.signed_in(members[role])
            found.append(Somebody(role, token, [*range(1, IDS_MAX), *members.values()]))
    found.append(await operator(running))
    office = await running.office("機器社")
    member, device = await office.worker("device")
    found.append(Somebody("device", device.token, [*range(1, IDS_MAX), member]))
    boss = await office.member("boss", Role.ADMINISTRATOR)
    async with running.engine.begin() as conn:
        now, life = datetime.now(UTC), timedelta(days=1)
        made = await add_api_token(conn, office.id, boss, "integration", list(ApiScope), life, now)
        few = [ApiScope.MEMBERS_READ, ApiScope.GROUPS_WRITE]
        narrow = await add_api_token(conn, office.id, boss, "few scopes", few, life, now)
    found.append(Somebody("api token", made.token, [*range(1, IDS_MAX), member]))
    found.append(Somebody("token of few scopes", narrow.token, [*range(1, IDS_MAX), member]))
    return found


async def operator(running: Running) -> Somebody:
    """Whose hands are on a customer of their own, so that nobody else is suspended meanwhile."""
    customer = await running.office("操作社")
    async with running.engine.begin() as conn:
        home = await create_tenant(conn, "運用", datetime.now(UTC), operators=True)
        member = await person(conn, home.id, "op", Role.OPERATOR)
        token = await open_session(conn, home.id, member, "terminal", datetime.now(UTC))
    return Somebody("operator", token, [customer.id, home.id], f"{MARK}-", often=1.0)


def documented(url: str) -> OpenApiSchema:
    endless = [PREFIX + path for _, path in ENDLESS | CLOSING]
    whole = schemathesis.openapi.from_url(f"{url}/openapi.json")
    return cast(OpenApiSchema, whole.exclude(path=endless))


@pytest.mark.timeout(600 + CASES * 120)
@pytest.mark.requirement("R49", "R64")
def test_nobody_breaks_the_hub_or_sees_another_tenant(target: Target) -> None:
    end = time.monotonic() + (ENOUGH_S if BOUNDED else CASES * 120)
    everybody = [Tried(who) for who in target.everybody]
    table = operations(target.schema)
    ends = [one for one in OPERATIONS if key_of(one) not in ENDLESS | CLOSING]
    assert {one.label for one in table} == {f"{one.method} {one.path}" for one in ends}
    for operation in random.Random(0).sample(table, len(table)):
        if time.monotonic() < end:
            cases = made(operation)
            for tried in everybody:
                one_by_one(cases, tried)
    machine = target.schema.as_state_machine()
    for tried in everybody:
        if time.monotonic() < end + MORE_S:
            chained(machine, tried)
    wrong = {what: told for tried in everybody for what, told in tried.wrong.items()}

    assert not wrong, "\n\n".join(f"{what}\n{told}" for what, told in wrong.items())
    assert all(tried.calls for tried in everybody)


def operations(schema: OpenApiSchema) -> list[Described]:
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


def made(operation: Described) -> list[Request]:
    """A few right and a few wrong requests; some operations have nothing that could be wrong."""
    found: list[Request] = []

    def take(case: Request) -> None:
        found.append(case)

    for mode in GenerationMode:
        taking = hypothesis.given(operation.as_strategy(generation_mode=mode))(take)
        with suppress(Unsatisfiable):
            settings(CASES)(taking)()
    return found


def settings(examples: int, **more: Any) -> hypothesis.settings:
    return hypothesis.settings(
        max_examples=examples,
        phases=[hypothesis.Phase.generate],
        derandomize=BOUNDED,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        **more,
    )


def one_by_one(cases: Sequence[Request], tried: Tried) -> None:
    chance = random.Random(tried.who.name)
    for case in cases:
        if case.operation.label not in ENDS:
            as_made = case.path_parameters, case.query, case.body
            tried.call(known(case, tried.who, chance))
            case.path_parameters, case.query, case.body = as_made


def chained(machine: type[APIStateMachine], tried: Tried) -> None:
    chance = random.Random(tried.who.name)

    def call(_: object, case: Request, **__: Any) -> Response:
        if case.operation.label in ENDS:
            return case.call()
        return tried.call(known(case, tried.who, chance))

    own = {"call": call, "validate_response": lambda *_, **__: None}
    chains = cast(type[APIStateMachine], type("Chains", (machine,), own))
    chains.run(settings=settings(SCENARIOS, stateful_step_count=STEPS))


def known(case: Request, who: Somebody, chance: random.Random) -> Request:
    """The same, mostly with numbers of things that there are."""
    case.path_parameters = _known(case.path_parameters, who, chance)
    case.query = _known(case.query, who, chance)
    case.body = _known(case.body, who, chance)
    return case


def _known(given: Any, who: Somebody, chance: random.Random) -> Any:
    if not isinstance(given, dict):
        return given
    return {
        name: _number(value, who, chance)
        if name in NUMBERED and chance.random() < who.often
        else value
        for name, value in given.items()
    }


def _number(value: Any, who: Somebody, chance: random.Random) -> Any:
    if isinstance(value, list):
        return [chance.choice(who.ids) for _ in value]
    return chance.choice(who.ids)
