"""The description is a valid OpenAPI 3.1 document, and says of each operation what holds for it."""

from typing import Any

import jsonschema_rs
import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from hub.http.chapters import CHAPTERS
from hub.http.examples import ANSWERED, ASKED
from hub.http.openapi import document
from hub.http.problems import KINDS
from hub.identity.scopes import PATHS, ApiScope
from hub.protocol import closing
from storage.webhooks.events import TYPES

pytestmark = pytest.mark.requirement("R72")

Json = dict[str, Any]


@pytest.fixture(scope="module")
def described() -> Json:
    """As it is served."""
    found: Json = msgspec.json.decode(msgspec.json.encode(document()))
    return found


def operations(described: Json) -> dict[str, Json]:
    return {one["operationId"]: one for of in described["paths"].values() for one in of.values()}


def refused(described: Json, operation: Json, status: int) -> set[str]:
    """The problem types that a status may have."""
    name = operation["responses"][str(status)]["$ref"].rpartition("/")[2]
    schema = described["components"]["responses"][name]["content"]["application/problem+json"]
    return set(schema["schema"]["allOf"][1]["properties"]["type"]["enum"])


def test_it_is_valid(described: Json) -> None:
    assert [str(error) for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_each_operation_has_a_chapter_and_one_line_that_says_what_it_does(described: Json) -> None:
    assert [tag["name"] for tag in described["tags"]] == [chapter.name for chapter in CHAPTERS]
    found = operations(described)
    assert {one["tags"][0] for one in found.values()} == {chapter.name for chapter in CHAPTERS}
    for name, one in found.items():
        assert one["summary"].endswith((".", "?")), name
        assert one["summary"][0].isascii(), name


def test_who_may_ask_is_said_by_scheme_and_scope(described: Json) -> None:
    found = operations(described)

    assert found["sign_in"]["security"] == []
    assert found["offer_image"]["security"] == [{"device": []}]
    assert found["members"]["security"] == [
        {"cookie": []}, {"session": []}, {"token": ["members:read"]}, {"token": ["members:write"]},
    ]  # fmt: skip
    assert found["image"]["security"] == [{"cookie": []}, {"session": []}]
    opened = {
        (scope, method.upper(), path)
        for path, of in described["paths"].items()
        for method, one in of.items()
        for way in one["security"]
        for scope in way.get("token", [])
    }
    assert opened == {
        (scope, method, path)
        for scope in ApiScope
        for methods, path in PATHS[scope]
        for method in methods
        if method != "HEAD"
    }


def test_headers_and_problems_are_those_of_the_operation(described: Json) -> None:
    found = operations(described)
    headers = {
        name: {one["$ref"].rpartition("/")[2] for one in of.get("parameters", []) if "$ref" in one}
        for name, of in found.items()
    }

    assert headers["one_member"] == {"If-None-Match"}
    assert headers["change_member"] == {"If-Match"}
    assert headers["create_member"] == {"Idempotency-Key"}
    assert headers["sign_in"] == headers["image"] == set()
    assert "304" in found["one_member"]["responses"]
    assert refused(described, found["change_member"], 412) == {"/problems/changed-meanwhile"}
    assert "/problems/idempotency-key-in-use" in refused(described, found["create_member"], 409)
    assert "/problems/idempotency-key-reused" in refused(described, found["create_member"], 422)
    assert "412" not in found["create_member"]["responses"]
    assert set(described["components"]["examples"]) == {kind.name for kind in KINDS}


def test_every_example_is_what_would_be_taken_and_answered(described: Json) -> None:
    found = operations(described)
    for name in ASKED:
        one = found[name]["requestBody"]["content"]["application/json"]
        assert one["example"] == ASKED[name]
        assert fits(described, one["schema"], one["example"]) is None, name
    for name in ANSWERED:
        content = [
            told["content"] for told in found[name]["responses"].values() if "content" in told
        ]
        one = content[0]["application/json"]
        assert fits(described, one["schema"], one["example"]) is None, name


def fits(described: Json, schema: Json, value: Any) -> str | None:
    """What is wrong with a value, if anything."""
    whole = {**schema, "components": described["components"]}
    error = next(jsonschema_rs.validator_for(whole).iter_errors(value), None)
    return None if error is None else error.message


def test_websockets_are_described_with_their_messages_and_close_codes(described: Json) -> None:
    found = described["x-websockets"]

    assert set(found) == {"/ws/watch", "/ws/agent"}
    watch = found["/ws/watch"]
    assert {"token": ["watch"]} in watch["security"]
    assert watch["receive"]["schema"] == {"$ref": "#/components/schemas/ToWatcher"}
    assert watch["closeCodes"][str(closing.FENCED)] == {"name": "fenced", "advice": "stop"}
    assert watch["closeCodes"][str(closing.TRY_LATER)]["advice"] == "wait"


def test_every_type_of_event_has_its_body(described: Json) -> None:
    found = described["webhooks"]

    assert set(found) == {*TYPES, "webhook.ping"}
    for kind, of in found.items():
        body = of["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
        assert body["type"] == {"const": kind}
        assert body["data"]["$ref"].rpartition("/")[2] in described["components"]["schemas"]
