"""Nothing crosses tenants: what is another's is answered exactly as what does not exist.

Every operation of the site map is asked by every role. Those that name objects are asked for one of
another tenant and for one that never was, field by field; the answers of all others are searched.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.access import Role
from hub.http.contracts import Operation
from hub.http.operations import OPERATIONS
from hub.identity.scopes import ApiScope
from hub.keyring import opened_keys
from hub.notices.events import DeviceOffline
from hub.protocol.agents import EvidencePiece
from hub.protocol.enrolling import Condition, NewEnrolment
from hub.protocol.facts import EvidenceKind, Purpose
from storage.images.enrolments import enrol
from storage.images.evidence import tell_pieces
from storage.images.viewings import ViewingKind, open_viewing
from storage.outgoing import notices
from storage.outgoing.notices import New
from storage.people.api_tokens import add_api_token
from storage.people.second_factors import add_passkey
from storage.people.sessions import actor_of, open_session
from storage.people.tenants import create_tenant
from storage.proof import log
from storage.seats.devices import LinkedDevice, NewDevice, add_device
from storage.seats.pairings import answer, begin_pairing
from storage.webhooks.endpoints import Wishes, add_endpoint
from storage.webhooks.outbox import ping
from tests.hub.http.site import HASH, sign_in
from tests.hubs import PLAIN, Running, running
from tests.record import Company, company, person
from tests.security.walk import ENDLESS, FIELDS, KINDS, Field, Id, Key, ask, key_of, slots
from tests.storage.seats.test_incidents import opened

MARK = "よその"  # in every name of the other tenant: no answer may hold it
NEVER = 987_654_321
NO_WINDOW = NEVER - 1  # maintenance is of the installation: there is no tenant's
NEVER_HEX = "f" * 32
NEVER_CODE = "BCDFGHJK"
HOUR = timedelta(hours=1)
NOW = re.compile(r"\b\d{10}\.\d+\b")

SIGNED_IN = {
    "boss": Role.ADMINISTRATOR, "sato": Role.SUPERVISOR, "mori": Role.WORKER,
    "kei": Role.CONTRACTOR, "kan": Role.AUDITOR,
}  # fmt: skip
EVERYBODY = [*SIGNED_IN, "op", "api token", "device", "nobody"]

# What nobody reaches here without more than a body: it names a secret, or what a provider says.
UNREACHED: dict[Key, str] = {
    ("POST", "/session"): "signing in is the walk's first step",
    ("GET", "/setup"): "the link is spent, for somebody is here",
    ("POST", "/setup"): "the link is spent, for somebody is here",
    ("POST", "/session/step"): "the secret of one's own sign-in",
    ("POST", "/session/code"): "the secret of one's own sign-in",
    ("POST", "/session/totp"): "the secret of one's own sign-in",
    ("POST", "/session/totp/confirm"): "the secret of one's own sign-in",
    ("POST", "/session/password"): "the secret of one's own sign-in",
    ("POST", "/session/passkey"): "a passkey's signature",
    ("POST", "/account/passkeys"): "a passkey's signature",
    ("GET", "/session/oidc"): "this tenant has no provider",
    ("GET", "/links"): "the secret of a mail",
    ("POST", "/links"): "the secret of a mail",
    ("POST", "/pairing/token"): "the secret of a device",
    ("POST", "/password/forgotten"): "no mail server is set up",
    ("PUT", "/account/password"): "the current password",
    ("POST", "/account/confirm"): "the current password",
    ("POST", "/account/totp/confirm"): "a code of an app",
    ("POST", "/account/recovery-codes"): "a second factor",
    ("PUT", "/sign-in-policy/oidc"): "a provider that answers",
    ("DELETE", "/sign-in-policy/oidc"): "this tenant has no provider",
    ("GET", "/evidence/{image}"): "an image that has come, and what one opens it for",
    ("POST", "/incidents/verdicts"): "images that one has opened",
    ("GET", "/licenses/text"): "a package's name",
}
# What others need before: the charter in force, and at the end one's own sign-in.
LAST = [("POST", "/charter"), ("POST", "/sessions/revoke"), ("DELETE", "/session")]

GOOD = {200, 401, 403, 404}
OWN_HOME = ("op", "tenant")  # every other tenant is an operator's to open and to suspend

Answer = tuple[int, str]


@dataclass(frozen=True, slots=True)
class World:
    """One's own objects, and those of another tenant, by kind; `pc` is one's own device.

    `token` has every scope; the system IDs are of one's own tenant and of the operators' `home`;
    `cursors` are where pages of the other end.
    """

    own: Mapping[str, Id]
    other: Mapping[str, Id]
    pc: NewDevice
    token: str
    system_id: str
    operators: str
    home: int
    cursors: Mapping[str, str]


async def objects(
    hub: Running, tenant: int, member: int, boss: int, group: int, mark: str = ""
) -> dict[str, Id]:
    """One object of every kind in a tenant."""
    now = datetime.now(UTC)
    box = await (await opened_keys(hub.engine, hub.settings)).box(tenant)
    image, incident = f"{tenant:032x}", f"{tenant + 1000:032x}"
    async with hub.engine.begin() as conn:
        device = await add_device(conn, tenant, member, f"{mark}PC", now)
        await opened(conn, tenant, member, device.id, incident, now)
        piece = EvidencePiece(image, EvidenceKind.CAMERA, now.timestamp(), incident=incident)
        await tell_pieces(conn, tenant, member, device.id, [piece], now)
        linked = LinkedDevice(tenant, member, device.id, mark)
        template = NewEnrolment("a" * 64, Condition.PLAIN, 3, bytes(2048))
        enrolment, _ = await enrol(conn, box, linked, template, now)
        token = await open_session(conn, tenant, member, "browser", now, mark, mark)
        session = await actor_of(conn, token, now)
        assert session
        scopes = [ApiScope.BOARD_READ]
        api = await add_api_token(conn, tenant, member, f"{mark}API", scopes, HOUR, now)
        passkey = await add_passkey(
            conn, tenant, member, credential_id=f"{tenant}".encode(), public_key=b"key",
            sign_count=0, name=f"{mark}鍵", now=now,
        )  # fmt: skip
        viewing = await open_viewing(
            conn, tenant, member, member, ViewingKind.LIVE, Purpose.INCIDENT_REVIEW, now,
            device=device.id,
        )  # fmt: skip
        pairing = await begin_pairing(conn, f"{mark}新PC", mark, now)
        if mark:
            await answer(conn, pairing.user_code, tenant, member, True, None, now)
        hook = Wishes(f"https://h.invalid/{mark}", description=mark)
        webhook = (await add_endpoint(conn, box, hook, now)).id
        delivery = await ping(conn, tenant, webhook, now)
        notice = await noticed(conn, tenant, boss, member, now)
        for _ in range(2):
            told = {"member": member, "word": f"{mark}語"}
            await log.write(conn, tenant, log.What.MEMBER_CHANGED, member, told, now)
    return {
        "member": member, "judge": boss, "group": group, "device": device.id, "image": image,
        "incident": incident, "enrolment": enrolment, "session": session.session,
        "token": api.id, "passkey": passkey, "viewing": viewing, "tenant": tenant,
        "pairing": pairing.user_code, "notice": notice, "webhook": webhook, "delivery": delivery,
        "window": NO_WINDOW,
    }  # fmt: skip


async def noticed(
    conn: AsyncConnection, tenant: int, reader: int, subject: int, now: datetime
) -> int:
    """Two things that somebody was told about somebody."""
    both = [DeviceOffline(now, subject, f"e/{number}/0") for number in range(2)]
    new = [New(reader, one.TYPE, one.key, one, subject, True, None) for one in both]
    return min((await notices.tell(conn, tenant, new, now)).values())


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Running]:
    async with running(tmp_path, rate_per_s=1e6) as hub:
        yield hub


async def world(hub: Running) -> World:
    """Two tenants with the same things in them; those of the other one have telling names."""
    now = datetime.now(UTC)
    async with hub.engine.begin() as conn:
        a, b = await company(conn), await company(conn, f"{MARK}会社")
        theirs = await person(conn, b.id, f"{MARK}人", Role.SUPERVISOR, groups=[b.sales])
        their_boss = await person(conn, b.id, f"{MARK}長", Role.ADMINISTRATOR, password_hash=HASH)
        mine = await person(conn, a.id, "ueda", Role.SUPERVISOR, groups=[a.tokyo])
        members = {
            login: await person(
                conn, a.id, login, role, groups=[a.tokyo], supervises=supervised(role, a),
                password_hash=HASH,
            )
            for login, role in SIGNED_IN.items()
        }  # fmt: skip
        boss = members["boss"]
        pc = await add_device(conn, a.id, mine, "PC", now)
        every = list(ApiScope)
        token = await add_api_token(conn, a.id, boss, "integration", every, HOUR, now)
        home = await create_tenant(conn, "運用", now, operators=True)
        await person(conn, home.id, "op", Role.OPERATOR, password_hash=HASH)
    return World(
        await objects(hub, a.id, mine, boss, a.development),
        await objects(hub, b.id, theirs, their_boss, b.sales, MARK),
        pc,
        token.token,
        a.tenant.system_id,
        home.system_id,
        home.id,
        await cursors(hub, b.tenant.system_id),
    )


async def cursors(hub: Running, system_id: str) -> dict[str, str]:
    """Where the first page of each list ends for an administrator, by the path."""
    found: dict[str, str] = {}
    async with client_of(hub) as client:
        await sign_in(client, f"{MARK}長", system_id=system_id)
        for operation in OPERATIONS:
            query = operation.contract.query
            if query and {"cursor", "limit"} <= set(query.__struct_fields__):
                page = await client.get(operation.path, params={"limit": "1"})
                if page.status_code == 200 and (end := page.json().get("next")):
                    found[operation.path] = str(end)
    return found


@asynccontextmanager
async def asking(hub: Running, here: World, who: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that is signed in as one of EVERYBODY."""
    bearers = {"device": here.pc.token, "api token": here.token}
    headers = {"authorization": f"Bearer {bearers[who]}"} if who in bearers else {}
    async with client_of(hub, **headers) as client:
        if who == "op" or who in SIGNED_IN:
            system_id = here.operators if who == "op" else here.system_id
            assert (await sign_in(client, who, system_id=system_id)).status_code == 201
        yield client


def client_of(hub: Running, **headers: str) -> httpx2.AsyncClient:
    sent = {"Origin": hub.url, **headers}
    return httpx2.AsyncClient(base_url=hub.url, headers=sent, trust_env=False, verify=PLAIN)


def supervised(role: Role, at: Company) -> list[int]:
    return [at.sales] if role is Role.SUPERVISOR else []


def answered(answer: httpx2.Response, id: Id) -> Answer:
    """The answer without the id that was asked for, and without the time of day."""
    return answer.status_code, NOW.sub("NOW", re.sub(rf"\b{id}\b", "ID", answer.text))


def never(kind: str, id: Id) -> Id:
    """An id of the same shape that nothing ever had."""
    if kind == "pairing":
        return NEVER_CODE
    return NEVER if isinstance(id, int) else NEVER_HEX


def told_of(answer: httpx2.Response, other: Mapping[str, Id], who: str) -> Iterator[str]:
    """What an answer holds of another tenant: a name, or an id, however deep."""
    text = answer.text + str(answer.headers)
    if who == "op":
        text = text.replace(f"{MARK}会社", "")  # contracts are the operator's to see
    if MARK in text:
        yield f"a name: {text[max(0, text.index(MARK) - 60) :][:120]}"
    yield from (kind for kind in ("image", "incident", "pairing") if str(other[kind]) in text)
    if answer.headers.get("content-type") == "application/json":
        for name, value in leaves(answer.json()):
            kind = KINDS.get(name)
            if kind and value == other[kind]:
                yield f"the id of a {kind} as {name}"


def leaves(document: Any, name: str = "", single: bool = True) -> Iterator[tuple[str, Any]]:
    """Every value with the name of the field that it is in; a single `members` is a number."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from leaves(value, key)
    elif isinstance(document, list):
        for value in document:
            yield from leaves(value, name, single=False)
    elif not (single and name.endswith("s")):
        yield name, document


def test_the_walk_knows_every_operation_and_what_its_fields_name() -> None:
    assert FIELDS.keys() == {key_of(operation) for operation in OPERATIONS}
    assert sum(map(bool, FIELDS.values())) >= 40
    assert {field.kind for of in FIELDS.values() for field in of} == set(KINDS.values()) | {
        "pairing"
    }
    assert UNREACHED.keys() <= FIELDS.keys(), "no exception that nothing needs"


@pytest.mark.requirement("R64")
async def test_what_is_anothers_is_answered_as_what_never_was(hub: Running) -> None:
    here = await world(hub)
    wrong: list[str] = []
    for who in EVERYBODY:
        async with asking(hub, here, who) as client:
            for field in walked(who):
                theirs = here.home if (who, field.kind) == OWN_HOME else here.other[field.kind]
                found, nothing = [
                    answered(await ask(client, field.operation, here.own, field, id), id)
                    for id in (theirs, never(field.kind, theirs))
                ]
                if found != nothing:
                    wrong.append(f"{who} {field}: {found} is not {nothing}")
                if MARK in found[1]:
                    wrong.append(f"{who} {field}: tells of another tenant")
                good = {403, 404} if who == "boss" and field.place != "query" else GOOD
                if nothing[0] not in good:
                    wrong.append(f"{who} {field}: proves nothing, for it is answered {nothing}")

    assert not wrong, "\n".join(wrong)


def walked(who: str) -> Iterator[Field]:
    """The fields that this one may ask for at all: the rest is refused before it is looked at."""
    for of in FIELDS.values():
        for field in of:
            if field.operation.contract.on_device == (who == "device") or who == "nobody":
                yield field


@pytest.mark.requirement("R13", "R64")
async def test_what_is_a_colleagues_is_to_a_worker_as_what_never_was(hub: Running) -> None:
    """Whatever they share on the board: no operation tells or does anything of somebody else."""
    here = await world(hub)
    wrong: list[str] = []
    async with asking(hub, here, "mori") as mori:
        for field in walked("mori"):
            colleagues = here.own[field.kind]
            found, nothing = [
                answered(await ask(mori, field.operation, here.own, field, id), id)
                for id in (colleagues, never(field.kind, colleagues))
            ]
            if field.kind != "pairing" and found != nothing:
                wrong.append(f"{field}: {found} is not {nothing}")

    assert not wrong, "\n".join(wrong)


async def test_the_same_questions_about_ones_own_objects_find_them(hub: Running) -> None:
    """What the walk above would see if it were let across."""
    here = await world(hub)
    lost: list[str] = []
    async with asking(hub, here, "boss") as boss:
        for field in walked("boss"):
            if field.key[0] in ("GET", "PUT", "PATCH"):
                own = here.own[field.kind]
                answer = await ask(boss, field.operation, here.own, field, own)
                if answer.status_code == 404:
                    lost.append(str(field))

    assert not lost


@pytest.mark.requirement("R64")
async def test_no_answer_holds_anything_of_another_tenant(hub: Running) -> None:
    """Lists with filters and with another's cursor, too. Each operation is reached by somebody."""
    here = await world(hub)
    told: list[str] = []
    reached: set[Key] = set()
    async with AsyncExitStack() as stack:
        clients = {
            who: await stack.enter_async_context(asking(hub, here, who)) for who in EVERYBODY
        }
        for operation in in_order():
            for who, client in clients.items():
                if key_of(operation) in reached and operation.method != "GET":
                    break  # what is done once is answered alike to whoever may do it
                for query in queries(operation, here):
                    answer = await ask(client, operation, here.own, query=query)
                    assert answer.status_code < 500, f"{key_of(operation)} {answer.text}"
                    if answer.status_code < 400:
                        reached.add(key_of(operation))
                    told += [
                        f"{who} {key_of(operation)} {query}: {what}"
                        for what in told_of(answer, here.other, who)
                    ]

    assert not told, "\n".join(told)
    asked = {key_of(operation) for operation in in_order()}
    unasked = sorted(asked - reached - UNREACHED.keys())
    assert unasked == [], f"{unasked}: give a body in BODIES, or a reason"
    assert sorted(UNREACHED.keys() & reached) == [], "no exception that nothing needs"


def in_order() -> list[Operation]:
    """Everything that reads, or names no object in its path; what ends a sign-in comes last."""
    ends = [one for one in OPERATIONS if key_of(one) not in ENDLESS]
    calls = [one for one in ends if one.method == "GET" or not slots(key_of(one)[1])]
    return sorted(calls, key=lambda one: (key_of(one) in LAST, one.method != "GET"))


def queries(operation: Operation, here: World) -> Iterator[dict[str, str]]:
    """As it is; with another's words; with another's cursor."""
    yield {}
    shape = operation.contract.query
    names = set(shape.__struct_fields__) if shape else set()
    yield from ({name: MARK} for name in names & {"q", "text"})
    if operation.path in here.cursors:
        yield {"cursor": here.cursors[operation.path]}
