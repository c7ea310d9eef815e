"""The one OpenAPI 3.1 document: REST operations, and the websocket messages as components.

`python -m hub.http.openapi` prints it; the web app's types are made from it.
"""

import inspect
import json
import sys
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.responses import RedirectResponse

from hub.credentials import COOKIE
from hub.http import csv, problems
from hub.http.contracts import Contract, Form, Operation
from hub.http.csv import Download
from hub.http.given import FORM
from hub.http.operations import OPERATIONS
from hub.http.problems import MEDIA_TYPE, Kind, ProblemDocument
from hub.protocol.agents import FromAgent, ToAgent
from hub.protocol.facts import VERSION
from hub.protocol.watchers import FromWatcher, ToWatcher

REF = "#/components/schemas/{name}"
DIRECTIONS: dict[str, Any] = {
    "FromAgent": FromAgent,
    "ToAgent": ToAgent,
    "FromWatcher": FromWatcher,
    "ToWatcher": ToWatcher,
}

RAW, IMAGE = "application/octet-stream", "image/*"

Json = dict[str, Any]


def document(operations: Iterable[Operation] = OPERATIONS) -> Json:
    """Everything that can be said to the hub and by it."""
    table = tuple(operations)
    paths: dict[str, Json] = {}
    for operation in table:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "zaiseki",
            "version": str(VERSION),
            "description": "Who is at their seat, live. Times are seconds since 1970 (UTC).",
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(table),
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _schemas(operations: Iterable[Operation]) -> Json:
    """All types by name; what travels over a websocket is named by its direction."""
    types = [ProblemDocument, *DIRECTIONS.values()]
    for operation in operations:
        contract = operation.contract
        types += [kind for kind in (contract.body, contract.answer) if described(kind)]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    directions = dict(zip(DIRECTIONS, schemas[1:], strict=False))
    return {name: _tidy(schema) for name, schema in sorted({**components, **directions}.items())}


def _operation(operation: Operation) -> Json:
    contract = operation.contract
    described: Json = {
        "operationId": operation.run.__name__,
        "summary": (inspect.getdoc(operation.run) or "").partition("\n")[0],
        "responses": {**_answer(operation), **_refusals(operation, contract)},
        "security": _security(contract),
    }
    if parameters := [*_parameters(contract.path, "path"), *_parameters(contract.query, "query")]:
        described["parameters"] = parameters
    if contract.body is not None:
        described["requestBody"] = {"required": True, "content": _content(contract.body)}
    return described


def described(kind: type | None) -> bool:
    """Whether it is a message; what is raw bytes has no schema."""
    return kind is not None and issubclass(kind, msgspec.Struct)


def _security(contract: Contract) -> list[Json]:
    if contract.on_device:
        return [{"bearer": []}]
    return [{"cookie": []}, {"bearer": []}] if contract.signed_in else []


def _answer(operation: Operation) -> Json:
    answer = operation.contract.answer
    told: Json = {"description": "done"}
    if answer is not None and issubclass(answer, RedirectResponse):
        location = {"required": True, "schema": {"type": "string"}}
        told = {"description": "go there", "headers": {"Location": location}}
    elif answer is not None:
        told["content"] = _content(answer)
    return {str(operation.status): told}


def _refusals(operation: Operation, contract: Contract) -> Json:
    kinds = [
        *operation.problems, problems.TOO_MANY_REQUESTS, problems.UNAVAILABLE, problems.BROKEN,
    ]  # fmt: skip
    if contract.signed_in or contract.on_device:
        kinds += [problems.NOT_SIGNED_IN, problems.OUTSIDE_LIMITS]
    if contract.signed_in:
        kinds.append(problems.NOT_ALLOWED)  # to a program's token, if to nobody else
    if contract.path is not None:
        kinds.append(problems.NOT_FOUND)
    if operation.method != "GET" and not contract.on_device:
        kinds.append(problems.FOREIGN_ORIGIN)
    if contract.body is not None:
        kinds += [problems.TOO_LARGE, problems.TOO_SLOW]
    if described(contract.body):
        kinds.append(problems.NOT_JSON)
    if contract.body is not None or contract.query is not None:
        kinds.append(problems.INVALID)
    by_status: dict[int, list[Kind]] = {}
    for kind in dict.fromkeys(kinds):
        by_status.setdefault(kind.status, []).append(kind)
    content = {MEDIA_TYPE: {"schema": {"$ref": REF.format(name=ProblemDocument.__name__)}}}
    return {
        str(status): {
            "description": " or ".join(kind.type for kind in kinds),
            "content": content,
        }
        for status, kinds in sorted(by_status.items())
    }


def _content(kind: type) -> Json:
    if not described(kind):
        if issubclass(kind, Download):
            return {csv.MEDIA_TYPE: {"schema": {"type": "string"}}}
        raw = {"type": "string", "format": "binary"}
        return {RAW if kind is bytes else IMAGE: {"schema": raw}}
    media = FORM if issubclass(kind, Form) else "application/json"
    return {media: {"schema": {"$ref": REF.format(name=kind.__name__)}}}


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


def _tidy(schema: Any) -> Any:
    """Descriptions without the indentation of the source."""
    if isinstance(schema, list | tuple):
        return [_tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: inspect.cleandoc(part)
        if key == "description" and isinstance(part, str)
        else _tidy(part)
        for key, part in schema.items()
    }


if __name__ == "__main__":
    json.dump(document(), sys.stdout, ensure_ascii=False, indent=2)
    print()
