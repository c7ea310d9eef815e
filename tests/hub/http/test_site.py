"""The web app as the hub serves it: the right file, safe headers, honest caching."""

from pathlib import Path

import pytest

from hub.http.site import HEADERS
from tests.hub.http.site import Site


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A built web app, as small as it gets."""
    built = tmp_path / "web"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("<!doctype html><title>在席</title>")
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
    assert answer.headers["cache-control"] == "no-cache"


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
@pytest.mark.parametrize("address", ["/", "/icon.svg", "/openapi.json", "/problems/taken", "/x.y"])
async def test_pages_run_only_our_own_scripts_and_in_nobodys_frame(
    hub: Site, web: Path, address: str
) -> None:
    async with hub.client() as client:
        answer = await client.get(address)

    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert set(HEADERS) <= {name.title() for name in answer.headers} | set(HEADERS)


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
