"""The one OpenAPI 3.1 document: REST operations, websocket messages, and webhooks.

`python -m hub.http.openapi` prints it; the web app's types are made from it.
"""

import inspect
import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from hub.credentials import COOKIE
from hub.http import answers, streams
from hub.http.answers import REF, Json, content
from hub.http.chapters import CHAPTERS, chapter_of
from hub.http.contracts import Contract, Operation, described
from hub.http.entity import Readers, reader_of
from hub.http.examples import ANSWERED, ASKED
from hub.http.once import repeatable
from hub.http.operations import OPERATIONS
from hub.http.problems import ProblemDocument
from hub.identity.scopes import ACTIONS, ApiScope, opening
from hub.protocol.facts import VERSION

ABOUT = """\
Who is at their seat, live. Times are seconds since 1970 (UTC).

Sign in with a person's session (`cookie`, `session`), or as a program with an API token (`token`),
which does what its scopes say and never more than whoever made it may. Titles and details of
problems (RFC 9457) are in Japanese or English by `Accept-Language`; what a `type` means is listed
at `/problems`. Lists are read page by page: `next` is the `cursor` of the following page.
"""
SECURITY: Json = {
    "cookie": {
        "type": "apiKey", "in": "cookie", "name": COOKIE,
        "description": "A browser's sign-in (`__Host-` in front by https). What changes something"
        " must come from the hub's own pages.",
    },
    "session": {
        "type": "http", "scheme": "bearer",
        "description": "The sign-in of a terminal or a script, from `POST /api/v1/session`.",
    },
    "token": {
        "type": "http", "scheme": "bearer",
        "description": "An API token. One of the scopes that are named with the operation is"
        " needed: " + ", ".join(ApiScope) + ".",
        "x-scopes": {scope: sorted(ACTIONS[scope]) for scope in ApiScope},
    },
    "device": {
        "type": "http", "scheme": "bearer", "description": "A device's token, from its pairing.",
    },
}  # fmt: skip
PARAMETERS: dict[str, Json] = {
    "If-None-Match": {
        "name": "If-None-Match", "in": "header", "schema": {"type": "string"},
        "description": "The ETag of what you have: 304 if it is still that.",
    },
    "If-Match": {
        "name": "If-Match", "in": "header", "schema": {"type": "string"},
        "description": "The ETag of what you have read: 412 if somebody has changed it meanwhile.",
    },
    "Idempotency-Key": {
        "name": "Idempotency-Key", "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 257},
        "description": "Any name of your own for this request. Asked again with it within 24 hours"
        " you get the same answer, and it is done once.",
    },
}  # fmt: skip


SCHEMAS = REF.format(name="")
OWNERS = ("hub.http.", "hub.protocol.", "")


def document(operations: Iterable[Operation] = OPERATIONS) -> Json:
    """Everything that can be said to the hub and by it."""
    table = tuple(operations)
    readers = {operation.path: operation for operation in table if operation.method == "GET"}
    schemas, names = _schemas(table)
    paths: dict[str, Json] = {}
    for operation in table:
        of = paths.setdefault(operation.path, {})
        of[operation.method.lower()] = _operation(operation, readers)
    return {
        "openapi": "3.1.0",
        "info": {"title": "zaiseki", "version": str(VERSION), "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": one.name, "description": one.about} for one in CHAPTERS],
        "paths": paths,
        "webhooks": streams.webhooks(names),
        "x-websockets": streams.websockets(),
        "components": {
            "schemas": schemas,
            "securitySchemes": SECURITY,
            "headers": answers.HEADERS,
            "parameters": PARAMETERS,
            "responses": answers.refusals(table, readers),
            "examples": answers.examples(),
        },
    }


def _schemas(operations: Iterable[Operation]) -> tuple[Json, dict[str, str]]:
    """All types by name, and what those are called here that share theirs with another.

    What travels over a websocket is named by its direction.
    """
    types = [ProblemDocument, *streams.DIRECTIONS.values(), *streams.said()]
    for operation in operations:
        contract = operation.contract
        types += [kind for kind in (contract.body, contract.answer) if described(kind)]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    directions = dict(zip(streams.DIRECTIONS, schemas[1:], strict=False))
    names = _names(components)
    found = {names.get(name, name): schema for name, schema in {**components, **directions}.items()}
    return {name: _tidy(found[name], names) for name in sorted(found)}, names


def _names(components: Iterable[str]) -> dict[str, str]:
    """The first of OWNERS keeps the plain name; another one says where it is from, too."""
    twins = sorted((name for name in components if "." in name), key=_owner)
    names: dict[str, str] = {}
    for name in twins:
        module, _, plain = name.rpartition(".")
        where = module.rpartition(".")[2].title().replace("_", "")
        names[name] = where + plain if plain in names.values() else plain
    return names


def _owner(name: str) -> int:
    return next(place for place, owner in enumerate(OWNERS) if name.startswith(owner))


def _operation(operation: Operation, readers: Readers) -> Json:
    contract, name = operation.contract, operation.run.__name__
    summary, _, more = (inspect.getdoc(operation.run) or "").partition("\n")
    told: Json = {
        "operationId": name,
        "tags": [chapter_of(operation)],
        "summary": summary,
        "responses": answers.responses(operation, readers),
        "security": _security(operation),
    }
    if more := more.strip():
        told["description"] = more
    if parameters := [*_path_and_query(contract), *_headers(operation, readers)]:
        told["parameters"] = parameters
    if contract.body is not None:
        told["requestBody"] = {"required": True, "content": content(contract.body)}
    _exemplify(told, operation)
    return told


def _exemplify(told: Json, operation: Operation) -> None:
    name = operation.run.__name__
    if name in ASKED:
        for media in told["requestBody"]["content"].values():
            media["example"] = ASKED[name]
    if name in ANSWERED:
        for media in told["responses"][str(operation.status)]["content"].values():
            media["example"] = ANSWERED[name]


def _security(operation: Operation) -> list[Json]:
    """Who may ask; a token needs one of the scopes, and each way is enough by itself."""
    contract = operation.contract
    if contract.on_device:
        return [{"device": []}]
    if not contract.signed_in:
        return []
    scopes = opening(operation.method, operation.path)
    return [{"cookie": []}, {"session": []}, *({"token": [str(scope)]} for scope in scopes)]


def _headers(operation: Operation, readers: Readers) -> list[Json]:
    names = []
    if operation.method == "GET" and described(operation.contract.answer):
        names.append("If-None-Match")
    if reader_of(operation, readers):
        names.append("If-Match")
    if repeatable(operation):
        names.append("Idempotency-Key")
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _path_and_query(contract: Contract) -> list[Json]:
    return [*_parameters(contract.path, "path"), *_parameters(contract.query, "query")]


def _parameters(kind: type[msgspec.Struct] | None, place: str) -> list[Json]:
    if kind is None:
        return []
    _, components = msgspec.json.schema_components([kind], ref_template=REF)
    schema = components[kind.__name__]
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": place,
            "required": name in required,
            "schema": _inlined(of, components),
        }
        for name, of in schema["properties"].items()
    ]


def _inlined(schema: Any, components: Json) -> Any:
    """A parameter's schema by itself: the enums that only a query names are no components."""
    if isinstance(schema, list | tuple):
        return [_inlined(part, components) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(components[schema["$ref"].rpartition("/")[2]], components)
    return {name: _inlined(of, components) for name, of in schema.items()}


def _tidy(schema: Any, names: Mapping[str, str]) -> Any:
    """Descriptions without the indentation of the source, and references by our names."""
    if isinstance(schema, list | tuple):
        return [_tidy(part, names) for part in schema]
    if isinstance(schema, dict):
        return {key: _told(key, part, names) for key, part in schema.items()}
    return schema


def _told(key: str, part: Any, names: Mapping[str, str]) -> Any:
    if isinstance(part, str) and key == "description":
        return inspect.cleandoc(part)
    if isinstance(part, str) and part.startswith(SCHEMAS):
        name = part.removeprefix(SCHEMAS)
        return SCHEMAS + names.get(name, name)
    return _tidy(part, names)


if __name__ == "__main__":
    json.dump(document(), sys.stdout, ensure_ascii=False, indent=2)
    print()
