"""Everything that can be asked of the hub by its site map: what names objects, and examples.

A new operation is walked by itself. What a walk cannot know is said here: what a new kind of object
is called (`KINDS`), or a body that only this operation takes (`BODIES`).
"""

import re
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin

import httpx2
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Meta, Struct
from msgspec import inspect as shapes

from hub.http.contracts import Operation
from hub.http.operations import OPERATIONS, PREFIX
from hub.http.people.pairing import CodePath
from hub.protocol.images import Claim, statement

Id = int | str
DEVICES = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))

Key = tuple[str, str]  # method, and path below the prefix

# What a field that names an object is called, in any path, query or body, however deep.
KINDS = {
    "member": "member", "members": "member", "actor": "member", "assignee": "judge",
    "group": "group", "groups": "group", "supervises": "group", "parent": "group",
    "device": "device", "image": "image", "claim.id": "image", "incident": "incident",
    "incidents": "incident", "enrolment": "enrolment", "session": "session", "token": "token",
    "passkey": "passkey", "tenant": "tenant", "viewing": "viewing",
    "notice": "notice", "upto": "notice", "webhook": "webhook", "delivery": "delivery",
    "window": "window",
}  # fmt: skip
IN_WORDS = {("GET", "/strips"): {"members"}}  # ids in a text
TEXTS = {name for names in IN_WORDS.values() for name in names}
NO_OBJECTS = {"cursor", "seat_limit"}  # numbers of a page, and of seats

# What has no end to wait for: who may begin it is tested in tests/hub/http/test_events.py.
ENDLESS: set[Key] = {("GET", "/events")}

# What closes the hub for everybody else: tests/hub/test_maintenance.py asks for it.
CLOSING: set[Key] = {("POST", "/maintenance/windows/{window}/begin")}

# What an operation needs besides, so that the object is all that can be wrong with it.
BODIES: dict[Key, dict[str, Any]] = {
    ("POST", "/incidents/{incident}/verdict"): {"verdict": "benign"},
    ("POST", "/members"): {"login": "ito", "name": "伊藤", "role": "supervisor"},
    ("PATCH", "/members/{member}"): {"name": "伊藤"},
    ("PATCH", "/groups/{group}"): {"name": "大阪"},
    ("PUT", "/groups/{group}/supervisors"): {"members": []},
    ("PUT", "/groups/{group}/policy"): {"evidence": "off"},
    ("PATCH", "/tenants/{tenant}"): {"name": "別名"},
    ("POST", "/tenants/{tenant}/state"): {"state": "suspended", "reason": "試験"},
    ("PUT", "/account/email"): {"email": "ito@example.com"},
    ("PUT", "/sign-in-policy/oidc"): {"issuer": "https://127.0.0.1:1"},
    ("POST", "/charter"): {"viewing_purposes": ["incident_review"], "audit_on": "2027-04-01"},
    ("POST", "/pairing/device_authorization"): {"name": "新しいPC"},
    ("PUT", "/account/push"): {"endpoint": "https://h.invalid/"},
    ("POST", "/maintenance/windows"): {"begins_at": 4e9, "ends_at": 4e9 + 3600},
    ("POST", "/webhooks"): {"url": "https://h.invalid/"},
    ("PATCH", "/webhooks/{webhook}"): {"description": "試験"},
    ("POST", "/webhooks/{webhook}/replay"): {"since": 0},
}
RAW: dict[Key, bytes] = {
    ("PUT", "/agent/images/{image}"): b"\xff\xd8",
    ("POST", "/members.csv"): "ログイン名,氏名\nito,伊藤\n".encode(),
}
QUERIES = {
    ("GET", "/board/at"): {"time": str(time.time() - 60)},
    ("GET", "/board/changes"): {"from": str(time.time() - 60), "to": str(time.time())},
    ("PUT", "/agent/images/{image}"): {"offset": "0"},
    ("POST", "/members.csv"): {"dry_run": "true"},
}
BROWSER_KEY = (  # of RFC 8291, appendix A
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
WORDS = (
    "x", "伊藤", "ito@example.com", "0" * 32, "2026-11-22", "2026-11", "22:00", "JP", "image/jpeg",
    "https://127.0.0.1:1", "a.b", "a" * 64, "A" * 22, BROWSER_KEY,
)  # fmt: skip


def key_of(operation: Operation) -> Key:
    return operation.method, operation.path.removeprefix(PREFIX)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an operation that names an object; `way` leads to it, `place` says from where.

    `several` if it takes a list of them, `in_words` if it is a text of them.
    """

    operation: Operation
    place: str
    way: tuple[str, ...]
    kind: str
    several: bool = False
    in_words: bool = False

    @property
    def key(self) -> Key:
        return key_of(self.operation)

    def __str__(self) -> str:
        return f"{self.key[0]} {self.key[1]} {self.place}.{'.'.join(self.way)}"


def fields(operation: Operation) -> Iterator[Field]:
    """Every field of it that names an object; raise KeyError for one that KINDS does not know."""
    for place, shape in places(operation).items():
        for way, annotation in parts(shape):
            words = way[-1] in IN_WORDS.get(key_of(operation), set())
            pairing = shape is CodePath
            if words or pairing or (names_object(annotation) and way[-1] not in NO_OBJECTS):
                known = "pairing" if pairing else KINDS.get(".".join(way)) or KINDS[way[-1]]
                yield Field(operation, place, way, known, several(annotation), words)


def places(operation: Operation) -> dict[str, type[Struct]]:
    contract = operation.contract
    found = {"path": contract.path, "query": contract.query, "body": contract.body}
    return {
        place: shape
        for place, shape in found.items()
        if shape is not None and issubclass(shape, Struct)
    }


def parts(shape: type[Struct]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every field of a message and of what is in it, as it is called outside."""
    for field in msgspec.structs.fields(shape):
        yield (field.encode_name,), field.type
        for inner in structs(field.type):
            for way, annotation in parts(inner):
                yield (field.encode_name, *way), annotation


def structs(annotation: Any) -> Iterator[type[Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        yield annotation
    for part in get_args(annotation):
        yield from structs(part)


def names_object(annotation: Any) -> bool:
    """Whether it is an Id or a Uuid, or several of them."""
    for part in get_args(annotation):
        if isinstance(part, Meta) and (part.le == 2**63 - 1 or part.pattern == "^[0-9a-f]{32}$"):
            return True
        if not structs_in(part) and names_object(part):
            return True
    return False


def structs_in(annotation: Any) -> bool:
    return any(structs(annotation))


def several(annotation: Any) -> bool:
    if get_origin(annotation) in (Union, UnionType) or hasattr(annotation, "__metadata__"):
        return any(map(several, get_args(annotation)))
    return get_origin(annotation) in (tuple, list, set, frozenset)


FIELDS = {key_of(operation): list(fields(operation)) for operation in OPERATIONS}


# ---- asking


async def ask(
    client: httpx2.AsyncClient,
    operation: Operation,
    own: Mapping[str, Id],
    field: Field | None = None,
    id: Id | None = None,
    query: Mapping[str, str] | None = None,
) -> httpx2.Response:
    """Everything one's own, but for this field."""
    key = key_of(operation)
    shape = places(operation)
    values = example(shape["path"], own) if "path" in shape else {}
    sent: dict[str, Any] = {"params": queried(operation, own) | dict(query or {})}
    if key in RAW:
        sent["content"] = RAW[key]
    elif "body" in shape:
        body = example(shape["body"], own) | BODIES.get(key, {})
        sent["data" if form(operation) else "json"] = body
    if field is not None:
        asked = str(id) if field.in_words else [id] if field.several else id
        if field.place == "path":
            values[field.way[0]] = id
        elif field.place == "query":
            sent["params"][field.way[0]] = str(asked)
        else:
            put(sent["json"], field.way, asked)
    if key == ("POST", "/agent/images"):
        sign(sent["json"])
    return await client.request(key[0], PREFIX + key[1].format(**values), **sent)


def sign(offer: dict[str, Any]) -> None:
    """As a device does it, which is trusted with its first key."""
    claim = msgspec.convert(offer["claim"], Claim)
    offer["public_key"] = b64encode(DEVICES.public_key().public_bytes_raw()).decode()
    offer["signature"] = b64encode(DEVICES.sign(statement(claim))).decode()


def form(operation: Operation) -> bool:
    return operation.path.startswith(f"{PREFIX}/pairing/")


def queried(operation: Operation, own: Mapping[str, Id]) -> dict[str, str]:
    shape = places(operation).get("query")
    made = example(shape, own) if shape else {}
    return {name: str(value) for name, value in made.items()} | QUERIES.get(key_of(operation), {})


def put(body: dict[str, Any], way: tuple[str, ...], value: Any) -> None:
    for name in way[:-1]:
        body = body.setdefault(name, {})
    body[way[-1]] = value


def slots(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)


def example(shape: type[Struct], own: Mapping[str, Id]) -> dict[str, Any]:
    """The least that it takes: what is required, and objects of one's own where it names some."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(shape):
        if not field.required:
            continue
        name = field.encode_name
        if name == "code" and shape is CodePath:
            found[name] = own["pairing"]
        elif name in KINDS and names_object(field.type):
            id = own[KINDS[name]]
            found[name] = [id] if several(field.type) else id
        elif name in TEXTS:
            found[name] = str(own[KINDS[name]])
        else:
            found[name] = sample(shapes.type_info(field.type), own)
    return found


def sample(kind: shapes.Type, own: Mapping[str, Id]) -> Any:
    """Some value of the type; raise LookupError if WORDS has none, and BODIES must."""
    match kind:
        case shapes.Metadata():
            return sample(kind.type, own)
        case shapes.StructType():
            return example(kind.cls, own)
        case shapes.StrType():
            return word(kind)
        case shapes.IntType() | shapes.FloatType():
            return kind.ge if kind.ge is not None else kind.gt + 1 if kind.gt is not None else 0
        case shapes.BoolType():
            return False
        case shapes.EnumType():
            return next(iter(kind.cls)).value
        case shapes.LiteralType():
            return kind.values[0]
        case shapes.UnionType():
            return sample(kind.types[0], own)
        case shapes.VarTupleType() | shapes.ListType():
            return [sample(kind.item_type, own)] * (kind.min_length or 0)
        case shapes.DateType():
            return "2026-11-22"
        case shapes.BytesType():
            return b64encode(bytes(kind.min_length or 0)).decode()
        case _:
            return None if isinstance(kind, shapes.NoneType) else {}


def word(kind: shapes.StrType) -> str:
    least, most = kind.min_length or 0, kind.max_length or 10_000
    for one in (*WORDS, "あいうえお" * 40):
        text = one if len(one) >= least else one * least
        if len(text) <= most and (kind.pattern is None or re.search(kind.pattern, text)):
            return text
    raise LookupError(f"WORDS has nothing that fits {kind}")
