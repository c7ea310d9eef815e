"""The web app as the hub serves it: the right file, safe headers, honest caching."""

from dataclasses import replace
from pathlib import Path

import pytest

from hub.http.edge import HEADERS, Edge
from tests.hub.http.site import Site


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A built web app, as small as it gets."""
    built = tmp_path / "web"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html><head><title>在席</title>")
    (built / "icon.svg").write_text("<svg/>")
    (built / "assets" / "index-Bx3kQ9_a.js").write_text("export {}")
    (tmp_path / "secret.txt").write_text("secret")
    return built


@pytest.mark.parametrize("address", ["/", "/setup", "/sign-in", "/incidents?q=1", "/a/b/c"])
async def test_an_address_of_the_app_is_answered_with_the_app(
    hub: Site, web: Path, address: str
) -> None:
    async with hub.client() as client:
        answer = await client.get(address)

    assert answer.status_code == 200
    assert "在席" in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_a_hashed_file_is_kept_for_good_and_others_are_asked_for_again(
    hub: Site, web: Path
) -> None:
    async with hub.client() as client:
        hashed = await client.get("/assets/index-Bx3kQ9_a.js")
        icon = await client.get("/icon.svg")

    assert hashed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert hashed.headers["content-type"].startswith("text/javascript")
    assert icon.headers["cache-control"] == "no-cache"
    assert icon.headers["etag"]


@pytest.mark.parametrize(
    "address", ["/assets/gone.js", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/a%00.js"]
)
async def test_what_was_not_built_is_not_there(hub: Site, web: Path, address: str) -> None:
    async with hub.client() as client:
        answer = await client.get(address)

    assert answer.status_code == 404
    assert "secret" not in answer.text


@pytest.mark.requirement("R49")
async def test_each_page_lets_in_our_own_scripts_and_the_styles_that_know_its_nonce(
    hub: Site, web: Path
) -> None:
    async with hub.client() as client:
        pages = [await client.get("/") for _ in range(2)]

    policies = [page.headers["content-security-policy"] for page in pages]
    nonces = [policy.partition("'nonce-")[2].partition("'")[0] for policy in policies]
    for page, policy, nonce in zip(pages, policies, nonces, strict=True):
        assert len(nonce) >= 22
        assert f'<meta property="csp-nonce" nonce="{nonce}" />' in page.text
        assert "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" in policy
        assert "unsafe" not in policy
    assert nonces[0] != nonces[1]


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    "address",
    ["/", "/icon.svg", "/openapi.json", "/problems/taken", "/x.y", "/api/v1/session", "/healthz"],
)
async def test_every_answer_says_what_browsers_may_do_with_it(
    hub: Site, web: Path, address: str
) -> None:
    async with replace(hub, app=Edge(hub.app)).client(origin="https://hub.test") as client:
        answer = await client.get(address)

    sent = answer.headers
    assert "frame-ancestors 'none'" in sent["content-security-policy"]
    assert {name: sent[name] for name in HEADERS if name != "Content-Security-Policy"} == {
        name: value for name, value in HEADERS.items() if name != "Content-Security-Policy"
    }
    assert sent["strict-transport-security"] == "max-age=31536000; includeSubDomains"


async def test_a_hub_without_its_web_app_says_what_to_do(hub: Site) -> None:
    async with hub.client() as client:
        answer = await client.get("/")

    assert answer.status_code == 503
    assert "./run" in answer.text


async def test_the_address_of_a_problem_explains_it_in_both_languages(hub: Site) -> None:
    async with hub.client() as client:
        known = await client.get("/problems/wrong-password")
        unknown = await client.get("/problems/nothing")

    assert "サインインできません" in known.text
    assert "Cannot sign in" in known.text
    assert unknown.status_code == 404
