"""Whatever the hub refuses, it refuses as a problem document, in the caller's language."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from redis.exceptions import RedisError
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from hub.http import problems
from hub.http.callers import Visitor
from hub.http.given import BODY_MAX_BYTES
from hub.http.licenses import installed
from hub.http.problems import KINDS
from storage.database import NotConnected
from storage.images.vault import VaultFailed
from storage.models.people import Member
from storage.sealing.masters import MasterProblem
from tests.hub.http.site import Site, problem

pytestmark = pytest.mark.requirement("R72")

JSON = {"Content-Type": "application/json"}
LARGE = b'{"login":"' + b"a" * BODY_MAX_BYTES + b'"}'
# Nobody is signed in: what is wrong with a request is said before that where it can be.
REFUSED: list[tuple[str, str, dict[str, Any], str]] = [
    ("GET", "/api/v1/nothing", {}, "not-found"),
    ("GET", "/nothing.txt", {}, "not-found"),
    ("GET", "/problems/nothing", {}, "not-found"),
    ("POST", "/", {}, "method-not-allowed"),
    ("DELETE", "/openapi.json", {}, "method-not-allowed"),
    ("PUT", "/api/v1/session", {}, "method-not-allowed"),
    ("TRACE", "/api/v1/session", {}, "method-not-allowed"),
    ("GET", "/api/v1/session", {}, "not-signed-in"),
    ("GET", "/api/v1/session", {"headers": {"Accept": "text/html"}}, "not-acceptable"),
    ("GET", "/api/v1/analysis.csv", {"headers": {"Accept": "image/*"}}, "not-acceptable"),
    ("POST", "/api/v1/session", {"content": b"{}"}, "unsupported-media-type"),
    ("POST", "/api/v1/session", {"content": b"{", "headers": JSON}, "not-json"),
    ("POST", "/api/v1/session", {"content": b"{}", "headers": JSON}, "invalid"),
    ("POST", "/api/v1/session", {"content": LARGE, "headers": JSON}, "too-large"),
]


@pytest.fixture
async def web(hub: Site, tmp_path: Any) -> Site:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "index.html").write_text("<head></head>")
    return hub


@pytest.mark.parametrize("locale", ["ja", "en"])
async def test_every_refusal_is_a_problem_in_the_language_that_was_asked_for(
    web: Site, locale: str
) -> None:
    kinds = {kind.name: kind for kind in KINDS}
    async with web.client() as client:
        for method, path, sent, expected in REFUSED:
            headers = {"Accept-Language": locale, **sent.get("headers", {})}
            answer = await client.request(method, path, **{**sent, "headers": headers})
            assert problem(answer) == expected, (method, path, answer.text)
            assert answer.json()["title"] == kinds[expected].title(locale)
            assert answer.headers["content-language"] == locale
            if answer.status_code == 405:
                assert answer.headers["allow"], path


async def test_what_breaks_and_what_is_away_are_problems_too(
    hub: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def asked() -> httpx2.Response:
        async with hub.client() as client:
            return await client.get("/api/v1/session", headers={"Authorization": "Bearer x"})

    def broken(_: Visitor) -> Any:
        raise KeyError

    def away(_: Visitor) -> Any:
        raise OperationalError("select", None, OSError())

    monkeypatch.setattr(Visitor, "engine", property(broken))
    assert problem(await asked()) == "broken"
    monkeypatch.setattr(Visitor, "engine", property(away))
    answer = await asked()
    assert problem(answer) == "unavailable"
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("wrong", "kind", "says"),
    [
        (NotConnected("refused"), problems.UNAVAILABLE, "database"),
        (RedisError("gone"), problems.UNAVAILABLE, "broker"),
        (VaultFailed("full"), problems.UNAVAILABLE, "images"),
        (MasterProblem("no PIN"), problems.UNAVAILABLE, "keys"),
        (PermissionError("a file"), problems.BROKEN, "mistake"),
        (TimeoutError(), problems.BROKEN, "mistake"),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_each_part_that_is_away_is_told_as_what_it_is(
    hub: Site, monkeypatch: pytest.MonkeyPatch, wrong: Exception, kind: problems.Kind, says: str
) -> None:
    def away(_: Visitor) -> Any:
        raise wrong

    monkeypatch.setattr(Visitor, "engine", property(away))
    headers = {"Authorization": "Bearer x", "Accept-Language": "en"}
    async with hub.client() as client:
        answer = await client.get("/api/v1/session", headers=headers)

    assert (answer.status_code, problem(answer)) == (kind.status, kind.name)
    told = [one for one in ("database", "broker", "images", "keys", "mistake")
            if one in answer.json()["detail"]]  # fmt: skip
    assert told == [says]


async def test_an_installation_without_its_licences_says_what_is_missing(
    hub: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "_licenses.json"
    monkeypatch.setattr("hub.http.licenses.CARRIED", file)
    installed.cache_clear()
    async with hub.signed_in("sato") as client:
        for damaged in (False, True):
            if damaged:
                file.write_text("[{")
            answer = await client.get("/api/v1/licenses")
            assert (answer.status_code, problem(answer)) == (500, "incomplete")
            assert "_licenses.json" in answer.json()["detail"]
            assert "scripts.build_licenses" in answer.json()["detail"]
        file.write_text("[]")
        assert (await client.get("/api/v1/licenses")).status_code == 200
    installed.cache_clear()


async def test_without_a_wish_it_is_the_language_of_whoever_is_signed_in(hub: Site) -> None:
    async with hub.signed_in("sato") as client:
        before = await client.get("/api/v1/tokens")
        async with hub.engine.begin() as conn:
            await conn.execute(update(Member).where(Member.login == "sato").values(locale="en"))
        after = await client.get("/api/v1/tokens")
        wished = await client.get("/api/v1/tokens", headers={"Accept-Language": "ja"})

    titles = [answer.json()["title"] for answer in (before, after, wished)]
    assert titles == ["権限がありません", "Not allowed", "権限がありません"]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 401), ("application/*;q=0.1", 401), ("text/html, */*;q=0.8", 401),
        ("APPLICATION/JSON", 401), ("application/json;q=0, */*", 406), ("text/*", 406), ("x", 406),
        ("application/json; q=x", 401),
    ],
)  # fmt: skip
async def test_accept_is_taken_at_its_word(hub: Site, accept: str, status: int) -> None:
    async with hub.client() as client:
        answer = await client.get("/api/v1/session", headers={"Accept": accept})

    assert answer.status_code == status


async def test_all_types_are_listed_and_each_is_explained_at_its_own_address(hub: Site) -> None:
    async with hub.client(**{"Accept-Language": "en"}) as client:
        listed = (await client.get("/api/v1/problems")).json()["items"]
        page = (await client.get("/problems")).text
        one = await client.get("/problems/changed-meanwhile")

    assert {item["type"] for item in listed} == {kind.type for kind in KINDS}
    assert [item["status"] for item in listed] == sorted(kind.status for kind in KINDS)
    assert all(kind.type in page and kind.title("ja") in page for kind in KINDS)
    assert one.text in page
    assert "412" in one.text
    assert "その間に変更されています" in one.text
