"""What every operation has in common: input, problems, languages, rights, and the description."""

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from hub.http import problems
from hub.http.contracts import Operation
from hub.http.given import BODY_MAX_BYTES
from hub.http.identifying import SAFE
from hub.http.openapi import document
from hub.http.operations import OPERATIONS
from hub.http.problems import KINDS, language
from hub.protocol import codec
from hub.protocol.agents import EvidencePiece, Heartbeat, Hello, StateReport
from hub.protocol.enrolling import TEMPLATE_BYTES, Condition, NewEnrolment
from hub.protocol.facts import EvidenceKind, Facts, IncidentKind, Phase, Sighting
from hub.protocol.watchers import IncidentNews  # fmt: skip
from storage.images.enrolments import approval, enrol
from storage.images.evidence import tell_pieces
from storage.people.members import member_by_login
from storage.people.sessions import open_session
from storage.seats.devices import LinkedDevice, add_device
from tests.hub.http.site import PASSWORD, Site, problem
from tests.keys import keys
from tests.record import NOW, company, person

# What everybody may do to themselves, whatever their role.
OWN = re.compile(
    r"/api/v1/(session|sessions/.*|punches|consents|account/.*|pairings/.*|enrolments/{enrolment}"
    r"|evidence/.*|incidents/{incident}/dispute)$"
)
JUDGES = {  # what supervisors may do to the people of their groups
    "POST /api/v1/incidents/{incident}/verdict",
    "DELETE /api/v1/incidents/{incident}/verdict",
    "PUT /api/v1/incidents/{incident}/assignee",
    "POST /api/v1/enrolments/{enrolment}/decision",
}
BODIES: dict[str, dict[str, Any]] = {
    "POST /api/v1/incidents/{incident}/verdict": {"verdict": "benign"},
    "POST /api/v1/incidents/verdicts": {"incidents": ["0" * 32], "verdict": "benign"},
    "PUT /api/v1/incidents/{incident}/assignee": {"assignee": None},
    "PUT /api/v1/escalation": {"after_min": 5},
    "POST /api/v1/notices/read": {"upto": 1},
    "POST /api/v1/members": {"login": "kato", "name": "加藤"},
    "PATCH /api/v1/members/{member}": {"name": "加藤"},
    "POST /api/v1/groups": {"name": "大阪"},
    "PATCH /api/v1/groups/{group}": {"name": "大阪"},
    "PUT /api/v1/groups/{group}/supervisors": {"members": []},
    "PATCH /api/v1/tenant": {"name": "株式会社"},
    "POST /api/v1/tenants": {"name": "新社", "administrator": {"login": "x", "name": "x"}},
    "PATCH /api/v1/tenants/{tenant}": {"name": "新社"},
    "POST /api/v1/tenants/{tenant}/state": {"state": "suspended", "reason": "未払い"},
    "POST /api/v1/devices": {"member": 1, "name": "PC"},
    "PUT /api/v1/policy": {"evidence": "periodic"},
    "PUT /api/v1/groups/{group}/policy": {"evidence": "off"},
    "PUT /api/v1/enrolments/approval": {"by": "self"},
    "POST /api/v1/enrolments/{enrolment}/decision": {"approve": True},
    "POST /api/v1/charter": {
        "purpose": "a", "responsible": "b", "contact": "c", "rules": "d", "viewers": "e",
        "audit_on": "2027-01-01",
    },
    "POST /api/v1/tokens": {"name": "連携", "scopes": ["members:read"], "days": 30},
    "POST /api/v1/maintenance/windows": {"begins_at": 4e9, "ends_at": 4e9 + 3600},
    "PUT /api/v1/limits": {"networks": [], "countries": []},
    "POST /api/v1/webhooks": {"url": "https://h.invalid/"},
    "PATCH /api/v1/webhooks/{webhook}": {"description": "監視"},
    "POST /api/v1/webhooks/{webhook}/replay": {"since": 0},
    "PUT /api/v1/sign-in-policy": {"second_factor": "optional"},
    "PUT /api/v1/sign-in-policy/oidc": {
        "issuer": "https://id.example.jp", "client_id": "a", "client_secret": "b", "label": "c",
    },
}  # fmt: skip
FACE = NewEnrolment("a" * 64, Condition.PLAIN, 7, bytes(TEMPLATE_BYTES))
IMAGE = "1f" * 16
INCIDENT = "00000000-0000-4000-8000-000000000000"
SIGNED_IN = [operation for operation in OPERATIONS if operation.contract.signed_in]
MUTATING = [operation for operation in SIGNED_IN if operation.method not in SAFE]


def named(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


async def objects(hub: Site) -> dict[str, object]:
    """One of each kind, to be named in a path."""
    box = await keys(hub.engine).box(hub.a.id)
    async with hub.engine.begin() as conn:
        mori = await member_by_login(conn, hub.a.id, "mori")
        assert mori is not None
        device = (await add_device(conn, hub.a.id, mori, "PC", NOW)).id
        victim = await person(conn, hub.a.id, "victim")
        others = (await add_device(conn, hub.a.id, victim, "PC", NOW)).id
        camera = EvidencePiece(IMAGE, EvidenceKind.CAMERA, NOW.timestamp())
        await tell_pieces(conn, hub.a.id, mori, device, [camera], NOW)
        await approval(conn, hub.a.id, "supervisor")
        mine = LinkedDevice(hub.a.id, mori, device, "mori")
        enrolment, _ = await enrol(conn, box, mine, FACE, NOW)
    named = {"member": victim, "device": others, "image": IMAGE, "group": hub.a.sales}
    return defaultdict(lambda: "1", named, enrolment=enrolment, tenant=hub.a.id, incident=INCIDENT)


@pytest.mark.requirement("R64")
@pytest.mark.parametrize("login", ["mori", "sato"])
async def test_every_change_is_for_those_who_may(hub: Site, login: str) -> None:
    known = await objects(hub)
    async with hub.signed_in(login) as client:
        for operation in MUTATING:
            name = named(operation)
            if OWN.match(operation.path) or (login == "sato" and name in JUDGES):
                continue
            body: dict[str, Any] = {"json": BODIES.get(name)}
            if operation.contract.body is bytes:
                body = {"content": b"x", "headers": {"Content-Type": "text/csv"}}
            path = operation.path.format_map(known)
            answer = await client.request(operation.method, path, **body)
            assert answer.status_code >= 400, name
            assert problem(answer) in ("not-allowed", "not-found"), (name, answer.text)


@pytest.mark.requirement("R64")
async def test_nothing_is_answered_to_somebody_who_is_not_signed_in(hub: Site) -> None:
    known = await objects(hub)
    async with hub.client(Authorization="Bearer of-nobody") as client:
        for operation in SIGNED_IN:
            path = operation.path.format_map(known)
            answer = await client.request(operation.method, path, json=BODIES.get(named(operation)))
            assert answer.status_code == 401, named(operation)
            assert problem(answer) == "not-signed-in"


@pytest.mark.requirement("R64")
async def test_what_belongs_to_another_tenant_looks_as_if_it_did_not_exist(hub: Site) -> None:
    async with hub.engine.begin() as conn:
        b = await company(conn, "株式会社B")
        kato = await person(conn, b.id, "kato")
        device = (await add_device(conn, b.id, kato, "PC", NOW)).id
        token = await open_session(conn, b.id, kato, "terminal", datetime.now(UTC))
    async with hub.client() as client:
        await client.post(
            "/api/v1/session",
            json={
                "login": "boss", "password": PASSWORD,
                "system_id": hub.a.tenant.system_id,
            },
        )  # fmt: skip
        for missing, foreign in (
            (f"/api/v1/members/{kato + 999}/disable", f"/api/v1/members/{kato}/disable"),
            (f"/api/v1/devices/{device + 999}", f"/api/v1/devices/{device}"),
        ):
            method = "POST" if missing.endswith("disable") else "DELETE"
            answers = [await client.request(method, path) for path in (missing, foreign)]
            assert [problem(answer) for answer in answers] == ["not-found"] * 2
            assert answers[0].json() == answers[1].json()
        body = {"login": "spy", "name": "s", "groups": [b.sales]}
        assert problem(await client.post("/api/v1/members", json=body)) == "not-found"
    async with hub.client(Authorization=f"Bearer {token}") as client:
        assert (await client.get("/api/v1/session")).json()["tenant"]["name"] == "株式会社B"


@pytest.mark.parametrize(
    ("content", "media", "expected"),
    [
        (b"{", "application/json", "not-json"),
        (b"\xff", "application/json", "not-json"),
        (b"{}", "text/plain", "unsupported-media-type"),
        (b"{}", "application/json", "invalid"),
        (b'{"login":"a","password":"b","passwort":"c"}', "application/json", "invalid"),
        (b'{"login":"a\\u0000","password":"b"}', "application/json", "invalid"),
        (b'{"login":1,"password":"b"}', "application/json", "invalid"),
        (b'{"login":"' + b"a" * BODY_MAX_BYTES + b'"}', "application/json", "too-large"),
    ],
)
async def test_a_bad_body_is_told_what_is_wrong_with_it(
    hub: Site, content: bytes, media: str, expected: str
) -> None:
    async with hub.client() as client:
        headers = {"Content-Type": media}
        answer = await client.post("/api/v1/session", content=content, headers=headers)

    assert problem(answer) == expected


async def test_a_body_without_a_stated_length_is_cut_off_too(hub: Site) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1024

    async with hub.client() as client:
        headers = {"Content-Type": "application/json"}
        answer = await client.post("/api/v1/session", content=endless(), headers=headers)

    assert problem(answer) == "too-large"


async def test_a_wrong_query_a_wrong_path_and_a_wrong_method_are_problems_too(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        assert problem(await client.get("/api/v1/incidents?limit=0")) == "invalid"
        assert problem(await client.get("/api/v1/incidents?cursor=zzz")) == "invalid"
        assert problem(await client.post("/api/v1/members/abc/disable")) == "not-found"
        assert problem(await client.get("/api/v1/nothing")) == "not-found"
        answer = await client.put("/api/v1/session")
    assert problem(answer) == "method-not-allowed"
    assert answer.headers["allow"] == "POST, GET, DELETE"


async def test_problems_speak_the_language_of_whoever_asks(hub: Site) -> None:
    async with hub.client(**{"Accept-Language": "en-US,en;q=0.9"}) as client:
        english = await client.get("/api/v1/session")
    async with hub.client() as client:
        japanese = await client.get("/api/v1/session")

    assert english.json()["title"] == "Not signed in"
    assert english.headers["content-language"] == "en"
    assert japanese.json()["title"] == "サインインしていません"
    assert english.json()["type"] == japanese.json()["type"] == "/problems/not-signed-in"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "ja"), ("en", "en"), ("ja,en;q=0.9", "ja"), ("fr,en;q=0.5,ja;q=0.4", "en"),
        ("fr", "ja"), ("en;q=nonsense", "ja"), ("en;q=0", "ja"), ("*", "ja"),
    ],
)  # fmt: skip
def test_the_language_is_the_best_that_we_have(accept: str, expected: str) -> None:
    assert language(accept) == expected


def test_every_problem_is_told_in_both_languages_and_has_a_type_of_its_own() -> None:
    assert len({kind.type for kind in KINDS}) == len(KINDS)
    for kind in KINDS:
        assert kind.title("ja") != kind.title("en")
        assert kind.detail("ja") != kind.detail("en")
        assert ("{what}" in kind.detail("ja")) == ("{what}" in kind.detail("en"))
    raised = {name for name in dir(problems) if isinstance(getattr(problems, name), problems.Kind)}
    assert len(raised) == len(KINDS)


async def test_answers_are_kept_by_no_cache(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        for path in ("/api/v1/session", "/api/v1/nothing"):
            assert (await client.get(path)).headers["cache-control"] == "no-store"


# ---- the description


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (value for key, value in part.items() if key == "$ref")
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_the_description_names_every_operation_and_every_schema_exists() -> None:
    described = document()

    found = {(method.upper(), path) for path, of in described["paths"].items() for method in of}
    assert found == {(operation.method, operation.path) for operation in OPERATIONS}
    schemas = described["components"]["schemas"]
    for reference in set(references(described)):
        _, components, kind, name = reference.split("/")
        assert name in described[components][kind], reference
    assert not [name for name in schemas if "." in name or "_" in name]
    names = [of["operationId"] for path in described["paths"].values() for of in path.values()]
    assert len(set(names)) == len(names)


def test_websocket_messages_fit_their_description() -> None:
    schemas = document()["components"]
    facts = Facts(since=1.0)
    sighting = Sighting("0" * 32, IncidentKind.PEEPING, 1.0, 2.0)
    said = [
        Hello(1, "s", "e", 1, 2.0, facts, (sighting,)), StateReport(1, facts), Heartbeat(),
    ]  # fmt: skip
    from_agent = jsonschema_rs.validator_for(
        {"$ref": "#/components/schemas/FromAgent", "components": schemas}
    )

    for message in said:
        assert from_agent.is_valid(msgspec.json.decode(codec.encode(message)))
    news = IncidentNews(1, Phase.OPENED, sighting)
    assert not from_agent.is_valid(msgspec.json.decode(codec.encode(news)))


async def test_the_hub_serves_its_description(hub: Site) -> None:
    async with hub.client() as client:
        answer = await client.get("/openapi.json")

    assert answer.json() == document()
