"""Input that means something else somewhere below: paths, headers, addresses, queries, files."""

import re
from pathlib import Path

import pytest

from hub.http.site import routes
from tests.hub.http.site import problem, sign_in
from tests.security.conftest import Guarded

pytestmark = pytest.mark.requirement("R49")

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = [
    "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/....//etc/passwd",
    "/assets/..%5c..%5cetc%5cpasswd", "//etc/passwd", "/a%00.js", "/%ff", "/.env", "/.git/HEAD",
]  # fmt: skip
ELSEWHERE = ["//evil.test", "/%2f%2fevil.test", "/\\evil.test", "/https:%2f%2fevil.test",
             "/sign-in?next=https://evil.test", "/setup?token=x&return=//evil.test",
             "/?url=https://evil.test"]  # fmt: skip


@pytest.mark.parametrize("address", OUTSIDE)
async def test_no_address_leads_out_of_the_web_apps_folder(hub: Guarded, address: str) -> None:
    async with hub.client() as client:
        answer = await client.get(f"https://hub.test{address}")

    assert "root:" not in answer.text
    assert answer.status_code in (404, 503)


@pytest.mark.parametrize("address", ELSEWHERE)
async def test_no_address_sends_anybody_elsewhere(hub: Guarded, address: str) -> None:
    async with hub.client() as client:
        answer = await client.get(f"https://hub.test{address}")

    assert answer.status_code < 300 or answer.status_code >= 400
    assert "location" not in answer.headers


@pytest.mark.parametrize("text", ["a\r\nSet-Cookie: x=1", "a\nLocation: //evil.test", "a\x00b"])
async def test_no_input_starts_a_header_of_its_own(hub: Guarded, text: str) -> None:
    async with hub.signed_in("boss") as client:
        by_query = await client.get("/api/v1/incidents", params={"cursor": text, "limit": "x"})
        by_path = await client.get(f"/problems/{text.encode().hex()}")
        by_body = await client.post("/api/v1/members", json={"login": "x", "name": text})

    for answer in (by_query, by_path, by_body):
        assert "set-cookie" not in answer.headers
        assert "location" not in answer.headers
    assert problem(by_body) == "invalid"


async def test_nothing_is_asked_for_twice(hub: Guarded) -> None:
    async with hub.signed_in("boss") as client:
        answer = await client.get("/api/v1/incidents?limit=1&limit=500")

    assert problem(answer) == "invalid"


async def test_only_what_an_operation_names_can_be_set(hub: Guarded) -> None:
    """Mass assignment: a field more is an error, not an offer."""
    async with hub.signed_in("boss") as client:
        for extra in ({"tenant_id": 1}, {"password_hash": "x"}, {"id": 1}):
            body = {"login": "kato", "name": "加藤", **extra}
            assert problem(await client.post("/api/v1/members", json=body)) == "invalid"
        body = {"kind": "start", "request_id": "r", "member": 1}
        assert problem(await client.post("/api/v1/punches", json=body)) == "invalid"


@pytest.mark.parametrize(
    "login", ["' OR '1'='1", "boss'--", "boss\\", "%", "*", "boss\u200b", "ｂｏｓｓ'", "{{7*7}}"]
)
async def test_a_login_is_text_and_nothing_else(hub: Guarded, login: str) -> None:
    async with hub.client() as client:
        answer = await sign_in(client, login, "' OR '1'='1")

    assert answer.status_code in (401, 422)


@pytest.mark.parametrize("cookie", ["a" * 5000, "\x7f", "=", ";;;", '"', "あ"])
async def test_a_cookie_of_nobody_is_nobody(hub: Guarded, cookie: str) -> None:
    raw = b"__Host-zaiseki_session=" + cookie.encode()
    async with hub.client() as client:
        answer = await client.get("/api/v1/session", headers=[(b"cookie", raw)])

    assert problem(answer) == "not-signed-in"


PROGRAMS = re.compile(
    r"shell=True|os\.(?:system|popen)\(|(?<![.\w])(?:eval|exec)\(|\bsubprocess_shell\("
    r"|import (?:pickle|marshal|shelve)\b"
)


def test_no_text_becomes_a_program() -> None:
    """Programs are started with lists, and nothing is read that could be code."""
    sources = [
        file
        for folder in ("hub", "storage", "agent", "console_tui")
        for file in (ROOT / folder).rglob("*.py")
    ]

    assert len(sources) > 100
    assert [str(file) for file in sources if PROGRAMS.search(file.read_text())] == []


def test_there_is_one_way_to_every_page() -> None:
    """A second route to the same operation could have other checks."""
    paths = [getattr(route, "path", "") for route in routes()]

    assert len(paths) == len(set(paths))
