"""Requests that another site makes its visitors' browsers send."""

import pytest

from hub.http.operations import OPERATIONS
from tests.hub.http.site import problem
from tests.security.conftest import HERE, Guarded

pytestmark = pytest.mark.requirement("R49")

FOREIGN = ["https://evil.test", "https://hub.test.evil.test", "https://hub.test:444",
           "http://hub.test", "null", "https://evil.test https://hub.test"]  # fmt: skip
FORMS = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
CHANGING = [one for one in OPERATIONS if one.method != "GET" and one.contract.signed_in]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_a_cookie_counts_only_for_what_our_own_pages_change(
    hub: Guarded, origin: str
) -> None:
    async with hub.signed_in("boss") as client:
        client.headers["Origin"] = origin
        body = {"login": "spy", "name": "間者"}
        answer = await client.post("/api/v1/members", json=body)
        gone = await client.delete("/api/v1/session")
        del client.headers["Origin"]
        silent = await client.post("/api/v1/members", json=body)
        client.headers["Origin"] = HERE
        own = await client.get("/api/v1/session")

    assert problem(answer) == problem(gone) == problem(silent) == "foreign-origin"
    assert own.status_code == 200


@pytest.mark.parametrize("media", FORMS)
async def test_what_a_form_can_send_is_no_request_of_ours(hub: Guarded, media: str) -> None:
    """No operation takes what a browser sends without asking first (Fetch, 2.2.2)."""
    async with hub.signed_in("boss") as client:
        headers = {"Content-Type": media, "Origin": "https://evil.test"}
        content = b'{"login":"spy","name":"x","a":"=1"}'
        foreign = await client.post("/api/v1/members", content=content, headers=headers)
        own = await client.post(
            "/api/v1/members", content=content, headers={**headers, "Origin": HERE}
        )

    assert problem(foreign) == "foreign-origin"
    assert problem(own) == "unsupported-media-type"


async def test_no_change_at_all_can_be_made_from_another_site(hub: Guarded) -> None:
    async with hub.signed_in("boss") as client:
        client.headers["Origin"] = "https://evil.test"
        for one in CHANGING:
            path = one.path.replace("{", "").replace("}", "")
            answer = await client.request(one.method, path, json={})
            assert problem(answer) == "foreign-origin", f"{one.method} {one.path}"


async def test_a_foreign_page_cannot_sign_its_visitor_in_as_somebody(hub: Guarded) -> None:
    async with hub.client(origin="https://evil.test") as client:
        answer = await client.post("/api/v1/session", json={"login": "boss", "password": "x"})

    assert problem(answer) == "foreign-origin"


async def test_no_other_site_may_read_an_answer(hub: Guarded) -> None:
    async with hub.signed_in("boss") as client:
        client.headers["Origin"] = "https://evil.test"
        read = await client.get("/api/v1/session")
        asked = await client.options(
            "/api/v1/members", headers={"Access-Control-Request-Method": "POST"}
        )

    for answer in (read, asked):
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert read.headers["cross-origin-resource-policy"] == "same-origin"
    assert asked.status_code == 405


def test_what_only_reads_has_a_method_that_only_reads() -> None:
    """RFC 9110 9.2.1; the other way round, nothing that is called GET takes a body."""
    assert not [one.path for one in OPERATIONS if one.method == "GET" and one.contract.body]
