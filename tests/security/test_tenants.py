"""Nothing crosses tenants: what is another's is answered exactly as what does not exist.

Every operation of the site map that names an object is asked for one of another tenant and for one
that never was, by every role; so is every websocket message. What the storage does with ids is
keyed by a tenant, or named here with the reason why it need not be.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args, get_origin

import httpx2
import msgspec
import pytest
from msgspec import Meta

from hub.access import Role
from hub.http.contracts import Operation
from hub.http.operations import OPERATIONS, PREFIX
from hub.identity.scopes import ApiScope
from hub.protocol.agents import EvidencePiece
from hub.protocol.enrolling import Condition, NewEnrolment
from hub.protocol.facts import EvidenceKind, Purpose
from storage.images.enrolments import enrol
from storage.images.evidence import tell_pieces
from storage.images.viewings import ViewingKind, open_viewing
from storage.people.api_tokens import add_api_token
from storage.people.second_factors import add_passkey
from storage.people.sessions import actor_of, open_session
from storage.people.tenants import create_tenant
from storage.seats.devices import LinkedDevice, NewDevice, add_device
from tests.hub.http.site import HASH, Site, sign_in
from tests.keys import keys
from tests.record import company, person
from tests.storage.seats.test_incidents import opened

MARK = "よその"  # in every name of the other tenant: no answer may hold it
NEVER = 987_654_321
NEVER_HEX = "f" * 32
HOUR = timedelta(hours=1)

# What a field that names an object is called, in any path, query or body.
KINDS = {
    "member": "member", "members": "member", "actor": "member", "group": "group",
    "groups": "group", "supervises": "group", "parent": "group", "device": "device",
    "image": "image", "incident": "incident", "enrolment": "enrolment", "session": "session",
    "token": "token", "passkey": "passkey", "tenant": "tenant", "viewing": "viewing",
}  # fmt: skip
NO_OBJECTS = {"cursor", "seat_limit"}  # numbers of a page, and of seats

# What an operation needs besides, so that the object is all that can be wrong with it.
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/incidents/{incident}/verdict"): {"verdict": "benign"},
    ("POST", "/members"): {"login": "ito", "name": "伊藤", "role": "supervisor"},
    ("PATCH", "/members/{member}"): {"name": "伊藤"},
    ("POST", "/groups"): {"name": "大阪"},
    ("PATCH", "/groups/{group}"): {"name": "大阪"},
    ("PUT", "/groups/{group}/supervisors"): {"members": []},
    ("PUT", "/groups/{group}/policy"): {"evidence": "off"},
    ("PATCH", "/tenants/{tenant}"): {"name": "別名"},
    ("POST", "/tenants/{tenant}/state"): {"state": "suspended", "reason": "試験"},
    ("POST", "/devices"): {"name": "PC"},
    ("POST", "/evidence/{image}/viewings"): {"purpose": "incident_review"},
    ("POST", "/enrolments/{enrolment}/decision"): {"approve": True},
    ("POST", "/sessions/revoke"): {},
}
RAW = {("PUT", "/agent/images/{image}"): b"\xff\xd8"}
QUERIES = {("PUT", "/agent/images/{image}"): {"offset": "0"}}

Answer = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an operation that names an object; `place` is path, query or body."""

    operation: Operation
    place: str
    name: str
    several: bool

    @property
    def key(self) -> tuple[str, str]:
        return self.operation.method, self.operation.path.removeprefix(PREFIX)

    def __str__(self) -> str:
        return f"{self.key[0]} {self.key[1]} {self.place}.{self.name}"


@dataclass(frozen=True, slots=True)
class World:
    """One's own objects, and those of another tenant, by kind; `pc` is one's own device."""

    own: Mapping[str, int | str]
    other: Mapping[str, int | str]
    pc: NewDevice


def names_object(annotation: object) -> bool:
    """Whether it is an Id or a Uuid, or several of them."""
    for part in get_args(annotation):
        if isinstance(part, Meta) and (part.le == 2**63 - 1 or part.pattern == "^[0-9a-f]{32}$"):
            return True
        if names_object(part):
            return True
    return False


def several(annotation: object) -> bool:
    return get_origin(annotation) is tuple or any(map(several, get_args(annotation)))


def fields() -> Iterator[Field]:
    for operation in OPERATIONS:
        contract = operation.contract
        places = {"path": contract.path, "query": contract.query, "body": contract.body}
        for place, shape in places.items():
            if shape is None or not issubclass(shape, msgspec.Struct):
                continue
            for field in msgspec.structs.fields(shape):
                if names_object(field.type) and field.name not in NO_OBJECTS:
                    yield Field(operation, place, field.name, several(field.type))


FIELDS = list(fields())


async def objects(hub: Site, tenant: int, member: int, group: int) -> dict[str, int | str]:
    """One object of every kind in a tenant."""
    now = datetime.now(UTC)
    box = await keys(hub.engine).box(tenant)
    image, incident = f"{tenant:032x}", f"{tenant + 1000:032x}"
    async with hub.engine.begin() as conn:
        device = await add_device(conn, tenant, member, f"{MARK}PC", now)
        await opened(conn, tenant, member, device.id, incident, now)
        piece = EvidencePiece(image, EvidenceKind.CAMERA, now.timestamp(), incident=incident)
        await tell_pieces(conn, tenant, member, device.id, [piece], now)
        linked = LinkedDevice(tenant, member, device.id, MARK)
        template = NewEnrolment("a" * 64, Condition.PLAIN, 3, bytes(2048))
        enrolment, _ = await enrol(conn, box, linked, template, now)
        token = await open_session(conn, tenant, member, "browser", now)
        session = await actor_of(conn, token, now)
        assert session
        api = await add_api_token(conn, tenant, member, MARK, [ApiScope.BOARD_READ], HOUR, now)
        passkey = await add_passkey(
            conn, tenant, member, credential_id=f"{tenant}".encode(), public_key=b"key",
            sign_count=0, name=MARK, now=now,
        )  # fmt: skip
        viewing = await open_viewing(
            conn, tenant, member, member, ViewingKind.LIVE, Purpose.INCIDENT_REVIEW, now,
            device=device.id,
        )  # fmt: skip
    return {
        "member": member, "group": group, "device": device.id, "image": image,
        "incident": incident, "enrolment": enrolment, "session": session.session,
        "token": api.id, "passkey": passkey, "viewing": viewing, "tenant": tenant,
    }  # fmt: skip


async def world(hub: Site) -> World:
    """A second tenant beside the site's, with the same things in it under telling names."""
    now = datetime.now(UTC)
    async with hub.engine.begin() as conn:
        b = await company(conn, f"{MARK}会社")
        theirs = await person(conn, b.id, f"{MARK}人", Role.SUPERVISOR, groups=[b.sales])
        mine = await person(conn, hub.a.id, "ueda", Role.SUPERVISOR, groups=[hub.a.tokyo])
        pc = await add_device(conn, hub.a.id, mine, "PC", now)
    return World(
        await objects(hub, hub.a.id, mine, hub.a.development),
        await objects(hub, b.id, theirs, b.sales),
        pc,
    )


async def ask(
    client: httpx2.AsyncClient, field: Field, own: Mapping[str, int | str], id: int | str
) -> Answer:
    """Everything one's own, but for this field; the answer without the id that was asked for."""
    method, path = field.key
    values: dict[str, Any] = {name: own[KINDS.get(name, "member")] for name in slots(path)}
    body, query = dict(BODIES.get(field.key, {})), dict(QUERIES.get(field.key, {}))
    asked = [id] if field.several else id
    if field.place == "path":
        values[field.name] = id
    elif field.place == "query":
        query[field.name] = str(id)
    else:
        body[field.name] = asked
    sent: dict[str, Any] = {"params": query}
    if field.key in RAW:
        sent["content"] = RAW[field.key]
    elif field.operation.contract.body is not None:
        sent["json"] = body
    answer = await client.request(method, PREFIX + path.format(**values), **sent)
    return answer.status_code, re.sub(rf"\b{id}\b", "ID", answer.text)


def slots(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def never(id: int | str) -> int | str:
    """An id of the same shape that nothing ever had."""
    return NEVER if isinstance(id, int) else NEVER_HEX


def test_every_field_that_names_an_object_is_known_to_this_walk() -> None:
    assert {field.name for field in FIELDS} <= KINDS.keys(), "say in KINDS what it names"
    assert len({field.key for field in FIELDS}) >= 30


@pytest.mark.requirement("R64")
@pytest.mark.parametrize("role", ["boss", "sato", "mori", "op", "device"])
async def test_what_is_anothers_is_answered_as_what_never_was(hub: Site, role: str) -> None:
    here = await world(hub)
    other = dict(here.other)
    async with hub.engine.begin() as conn:
        home = await create_tenant(conn, "運用", datetime.now(UTC), operators=True)
        await person(conn, home.id, "op", Role.OPERATOR, password_hash=HASH)
    if role == "op":
        other["tenant"] = home.id  # every other tenant is an operator's to open and to suspend
    wrong: list[str] = []
    async with AsyncExitStack() as stack:
        if role == "device":
            bearer = f"Bearer {here.pc.token}"
            client = await stack.enter_async_context(hub.client(authorization=bearer))
        else:
            system_id = home.system_id if role == "op" else hub.a.tenant.system_id
            client = await stack.enter_async_context(hub.client())
            signed = await sign_in(client, role, system_id=system_id)
            assert signed.status_code == 201
        for field in FIELDS:
            if field.operation.contract.on_device != (role == "device"):
                continue
            theirs = other[KINDS[field.name]]
            found = await ask(client, field, here.own, theirs)
            nothing = await ask(client, field, here.own, never(theirs))
            if found != nothing:
                wrong.append(f"{field}: {found} is not {nothing}")
            if MARK in found[1]:
                wrong.append(f"{field}: tells of another tenant")
            good = {200, 403, 404} if role != "boss" or field.place == "query" else {403, 404}
            if nothing[0] not in good:
                wrong.append(f"{field}: proves nothing, for it is answered {nothing}")

    assert not wrong, "\n".join(wrong)


async def test_the_same_questions_about_ones_own_objects_find_them(hub: Site) -> None:
    """What the walk above would see if it were let across."""
    here = await world(hub)
    lost: list[str] = []
    async with hub.client() as boss:
        await sign_in(boss, "boss", system_id=hub.a.tenant.system_id)
        for field in FIELDS:
            if field.key[0] not in ("GET", "PUT", "PATCH") or field.operation.contract.on_device:
                continue
            own = here.own[KINDS[field.name]]
            status, _ = await ask(boss, field, here.own, own)
            if status == 404:
                lost.append(str(field))

    assert not lost


@pytest.mark.requirement("R64")
async def test_no_list_holds_anything_of_another_tenant(hub: Site) -> None:
    await world(hub)
    told: list[str] = []
    async with hub.client() as boss:
        await sign_in(boss, "boss", system_id=hub.a.tenant.system_id)
        for operation in OPERATIONS:
            if operation.method != "GET" or slots(operation.path):
                continue
            answer = await boss.get(operation.path)
            assert answer.status_code < 500, operation.path
            if f"{MARK}会社" in answer.text or f"{MARK}人" in answer.text:
                told.append(operation.path)

    assert not told


# ---- what the storage takes ids for

STORAGE = Path(__file__).resolve().parents[2] / "storage"

FOUND = "the id is of a row that the caller has found under its tenant, or by a secret, just before"
QUEUE = "a queue of the jobs: nobody outside names these ids"
WHOLE = "asks about the installation, for the operator or the jobs"
KEYED_OTHERWISE: dict[str, str] = {
    "known_browsers.forget_browsers": FOUND,
    "password_links.enough_resets": FOUND,
    "password_links.void_links": FOUND,
    "second_factors.forget_factors": FOUND,
    "second_factors.take_step": FOUND,
    "second_factors.confirm_totp": FOUND,
    "second_factors.remove_totp": FOUND,
    "second_factors.use_recovery_code": FOUND,
    "second_factors.remove_recovery_codes": FOUND,
    "second_factors.remove_passkeys": FOUND,
    "sessions.alive": FOUND,
    "sessions.close_session": FOUND,
    "sessions.confirm": FOUND,
    "sessions.revoke_sessions": FOUND,
    "sessions.touch": FOUND,
    "mails.claim": QUEUE,
    "mails.sent": QUEUE,
    "webhooks.claim": QUEUE,
    "webhooks.delivered": QUEUE,
    "webhooks.disable": QUEUE,
    "webhooks.due": QUEUE,
    "webhooks.give_up": QUEUE,
    "tenants.seats_of": WHOLE,
    "verification.known_tenants": WHOLE,
}
KEYS = {"tenant", "tenant_id", "tenants"}
KEYED_TYPES = ("Scope", "LinkedDevice", "Box")
COUNTS = {"limit", "seat_limit", "status", "step", "sign_count", "after", "offset", "size", "port"}


def unkeyed() -> Iterator[str]:
    """Public functions that run SQL with an id, and are given no tenant to look in."""
    for file in sorted(STORAGE.rglob("*.py")):
        for found in ast.parse(file.read_text()).body:
            if not isinstance(found, ast.AsyncFunctionDef) or found.name.startswith("_"):
                continue
            given = [*found.args.args, *found.args.kwonlyargs]
            types = {one.arg: ast.unparse(one.annotation) for one in given if one.annotation}
            if types.get("conn") != "AsyncConnection":
                continue
            keyed = bool(types.keys() & KEYS) or any(
                kind in annotation for annotation in types.values() for kind in KEYED_TYPES
            )
            ids = {name for name, kind in types.items() if "int" in kind} - COUNTS
            if ids and not keyed:
                yield f"{file.stem}.{found.name}"


def test_what_runs_sql_with_an_id_looks_in_one_tenant_or_says_why_not() -> None:
    found = set(unkeyed())

    assert sorted(found - KEYED_OTHERWISE.keys()) == [], "give it the tenant"
    assert sorted(KEYED_OTHERWISE.keys() - found) == [], "no exception that nothing needs"
