"""API tokens: shown once, kept as digests, good for their scopes and not for longer than they."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from hub.access import Action
from hub.http.operations import OPERATIONS
from hub.identity.scopes import ACTIONS, PATHS, ApiScope
from storage.models.people import Session
from storage.people import tokens
from tests.hub.http.people.test_pairing import bearer
from tests.hub.http.site import Site, problem

pytestmark = pytest.mark.requirement("R67")


async def made(boss: httpx2.AsyncClient, *scopes: str) -> dict[str, Any]:
    body = {"name": "人事システム", "scopes": scopes, "days": 30}
    answer = await boss.post("/api/v1/tokens", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_program_does_what_its_scopes_say_and_nothing_else(hub: Site) -> None:
    async with hub.signed_in("boss") as boss, hub.client(origin="") as program:
        token = (await made(boss, "members:read"))["token"]
        members = await program.get("/api/v1/members", headers=bearer(token))
        others = [
            await program.get("/api/v1/incidents", headers=bearer(token)),
            await program.get("/api/v1/policy", headers=bearer(token)),
            await program.post(
                "/api/v1/members", json={"login": "x", "name": "x"}, headers=bearer(token)
            ),
            await program.delete("/api/v1/session", headers=bearer(token)),
            await program.get("/api/v1/tokens", headers=bearer(token)),
        ]

    assert members.status_code == 200
    assert {problem(one) for one in others} == {"not-allowed"}


async def test_a_token_is_kept_as_a_digest_listed_with_its_use_and_revoked(hub: Site) -> None:
    async with hub.signed_in("boss") as boss, hub.client(origin="") as program:
        new = await made(boss, "incidents:read", "board:read")
        await program.get("/api/v1/incidents", headers=bearer(new["token"]))
        [listed] = (await boss.get("/api/v1/tokens")).json()["items"]
        revoked = await boss.delete(f"/api/v1/tokens/{new['id']}")
        after = await program.get("/api/v1/incidents", headers=bearer(new["token"]))
        [kept] = (await boss.get("/api/v1/tokens")).json()["items"]

    assert (listed["name"], sorted(listed["scopes"])) == (
        "人事システム", ["board:read", "incidents:read"],
    )  # fmt: skip
    assert listed["last_used_at"] > 0
    assert "token" not in listed
    assert (revoked.status_code, after.status_code, kept["revoked"]) == (204, 401, True)
    async with hub.engine.connect() as conn:
        hashes = (await conn.execute(select(Session.token_hash))).scalars().all()
    assert tokens.digest(new["token"]) in hashes


async def test_a_token_ends_on_its_day_and_only_administrators_make_one(hub: Site) -> None:
    async with hub.signed_in("boss") as boss, hub.client(origin="") as program:
        new = await made(boss, "incidents:read")
        past = datetime.now(UTC) - timedelta(seconds=1)
        async with hub.engine.begin() as conn:
            one = update(Session).where(Session.id == new["id"])
            await conn.execute(one.values(expires_at=past))
        late = await program.get("/api/v1/incidents", headers=bearer(new["token"]))
        long = await boss.post(
            "/api/v1/tokens", json={"name": "x", "scopes": ["board:read"], "days": 367}
        )
        async with hub.signed_in("sato") as sato:
            refused = await sato.get("/api/v1/tokens")

    assert late.status_code == 401
    assert (problem(long), problem(refused)) == ("invalid", "not-allowed")


def test_every_path_of_a_scope_is_on_the_site_map() -> None:
    known = {(one.method, one.path) for one in OPERATIONS}
    wanted = {
        (method, path)
        for paths in PATHS.values()
        for methods, path in paths
        for method in methods
        if method != "HEAD"
    }

    assert wanted <= known


def test_no_scope_reaches_images_faces_or_what_protects_people() -> None:
    reached = frozenset[Action]().union(*(ACTIONS[scope] for scope in ApiScope))

    assert not reached & {
        Action.SEE_EVIDENCE, Action.VIEW_LIVE, Action.ENROL, Action.APPROVE_ENROLMENT,
        Action.CONSENT, Action.MANAGE_POLICY, Action.MANAGE_CHARTER, Action.MANAGE_CREDENTIALS,
        Action.MANAGE_TOKENS, Action.MANAGE_SIGN_IN, Action.SEE_LOG,
    }  # fmt: skip
