"""What an answer says when something goes wrong, and what the log says."""

import json
import logging
from typing import Any

import pytest

from hub.http.callers import Visitor
from hub.http.edge import Edge
from hub.http.given import BODY_MAX_BYTES
from hub.logs import JsonLines
from tests.hub.http.site import problem
from tests.security.conftest import Guarded

pytestmark = pytest.mark.requirement("R49")

SECRET = "postgresql://zaiseki:hunter2@10.0.0.5/zaiseki"
INTERNALS = ("Traceback", "hunter2", "site-packages", ".py", "sqlalchemy", "SELECT ")


async def test_a_mistake_of_ours_is_told_by_a_number_that_the_log_has(
    hub: Guarded, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Visitor) -> Any:
        raise KeyError(SECRET)

    monkeypatch.setattr(Visitor, "engine", property(broken))
    async with hub.client(**{"Accept-Language": "en"}) as client:
        answer = await client.get("/api/v1/session", headers={"Authorization": "Bearer x"})

    assert answer.status_code == 500
    assert problem(answer) == "broken"
    assert not [word for word in INTERNALS if word in answer.text]
    told = answer.json()
    assert told["instance"].startswith("urn:uuid:")
    assert told["instance"] in told["detail"]
    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [getattr(record, "instance", None) for record in logged] == [told["instance"]]
    assert SECRET in JsonLines().format(logged[0])


async def test_what_breaks_outside_of_an_operation_is_told_no_more(
    hub: Guarded, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError(SECRET)

    hub.app = Edge(broken)
    async with hub.client() as client:
        answer = await client.get("/")

    assert problem(answer) == "broken"
    assert answer.json()["instance"] in caplog.text or "instance" in answer.json()
    assert not [word for word in INTERNALS if word in answer.text]
    assert answer.headers["strict-transport-security"]


@pytest.mark.parametrize(
    "body",
    [
        b"[" * (BODY_MAX_BYTES - 1),
        b'{"a":' * 10_000,
        b'{"login":"a","password":"b","more":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b'{"login":"\\ud800","password":"b"}',
        b'{"login":"a","password":' + b"9" * 5000 + b"}",
        b"\xff\xfe{}",
        b"",
    ],
    ids=["deep list", "deep object", "deep unknown", "half a letter", "long number", "UTF-16",
         "nothing"],
)  # fmt: skip
async def test_no_body_makes_the_hub_break(hub: Guarded, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    async with hub.client() as client:
        answer = await client.post("/api/v1/session", content=body, headers=headers)

    assert answer.status_code in (400, 422), answer.text
    assert not [word for word in INTERNALS if word in answer.text]


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "CONNECT", "PROPFIND"])
async def test_other_methods_are_refused(hub: Guarded, method: str) -> None:
    async with hub.client(**{"X-Secret": "told-back"}) as client:
        answer = await client.request(method, "/api/v1/session")

    assert answer.status_code == 405
    assert "told-back" not in answer.text


@pytest.mark.parametrize(
    "text",
    ["\nforged line", "\r\n{}", "\x1b[2J\x1b]0;x\x07", "\x9b31m", "\u2028forged", "\x85", "\x00"],
)
def test_what_somebody_typed_stays_inside_its_log_line(text: str) -> None:
    record = logging.makeLogRecord({"msg": "event", "login": f"a{text}b", "levelname": "INFO"})
    line = JsonLines().format(record)

    assert line.isprintable()
    assert json.loads(line)["login"] == f"a{text}b"


async def test_nobody_sees_which_server_this_is(hub: Guarded) -> None:
    async with hub.client() as client:
        for path in ("/", "/api/v1/nothing", "/openapi.json", "/.git/config", "/assets/"):
            answer = await client.get(path)
            assert "server" not in answer.headers
            assert "x-powered-by" not in answer.headers
            assert answer.status_code != 500
