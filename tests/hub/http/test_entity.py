"""ETag, If-None-Match and If-Match: nobody overwrites what they have not seen."""

import asyncio
from typing import Any

import httpx2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from hub.http import entity
from hub.http.entity import encoded, reader_of, tag_of
from hub.http.operations import OPERATIONS, PREFIX
from storage.people.members import member_by_login
from tests.hub.http.site import Site, problem

pytestmark = pytest.mark.requirement("R72")

READERS = {one.path: one for one in OPERATIONS if one.method == "GET"}
# What somebody else may be editing at the same moment.
SHARED = {
    "PATCH /members/{member}", "PATCH /groups/{group}", "DELETE /groups/{group}",
    "PUT /groups/{group}/supervisors", "PUT /groups/{group}/policy", "PATCH /tenant",
    "PATCH /tenants/{tenant}", "POST /tenants/{tenant}/state", "PUT /policy", "PUT /limits",
    "PUT /sign-in-policy", "PUT /sign-in-policy/oidc", "DELETE /sign-in-policy/oidc",
    "PUT /escalation", "PUT /enrolments/approval", "PUT /account/notifications",
}  # fmt: skip


def test_whatever_somebody_else_may_edit_takes_if_match() -> None:
    guarded = {
        f"{one.method} {one.path.removeprefix(PREFIX)}"
        for one in OPERATIONS
        if reader_of(one, READERS)
    }

    assert guarded >= SHARED


async def path_of(hub: Site, login: str) -> str:
    async with hub.engine.connect() as conn:
        return f"/api/v1/members/{await member_by_login(conn, hub.a.id, login)}"


async def test_what_one_has_already_is_not_sent_again(hub: Site) -> None:
    path = await path_of(hub, "mori")
    async with hub.signed_in("boss") as client:
        first = await client.get(path)
        tag = first.headers["etag"]
        same = await client.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
        any_state = await client.get(path, headers={"If-None-Match": "*"})
        await client.patch(path, json={"name": "森 花"})
        other = await client.get(path, headers={"If-None-Match": tag})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert any_state.status_code == 304
    assert (other.status_code, other.json()["name"]) == (200, "森 花")
    assert other.headers["etag"] != tag


async def test_a_change_of_something_that_has_changed_meanwhile_is_refused(hub: Site) -> None:
    path = await path_of(hub, "mori")
    async with hub.signed_in("boss") as client:
        tag = (await client.get(path)).headers["etag"]
        first = await client.patch(path, json={"name": "森 花"}, headers={"If-Match": tag})
        late = {"If-Match": tag, "Accept-Language": "en"}
        second = await client.patch(path, json={"name": "森 葉"}, headers=late)
        third = await client.patch(path, json={"name": "森 葉"}, headers={"If-Match": tag})
        now = await client.get(path)
        again = {"If-Match": second.headers["etag"]}
        seen = await client.patch(path, json={"name": "森 葉"}, headers=again)

    assert first.status_code == 200
    assert problem(second) == "changed-meanwhile"
    assert second.json()["title"] == "It has changed meanwhile"
    assert third.json()["title"] == "その間に変更されています"
    assert (now.json()["name"], second.headers["etag"]) == ("森 花", now.headers["etag"])
    assert (seen.status_code, seen.json()["name"]) == (200, "森 葉")


@pytest.mark.parametrize(
    ("tags", "status"),
    [("*", 200), ('"other", {tag}', 200), ("W/{tag}", 412), ('"other"', 412), ("nonsense", 412)],
)
async def test_if_match_compares_strongly(hub: Site, tags: str, status: int) -> None:
    path = await path_of(hub, "mori")
    async with hub.signed_in("boss") as client:
        tag = (await client.get(path)).headers["etag"]
        headers = {"If-Match": tags.format(tag=tag)}
        answer = await client.patch(path, json={"name": "森 花"}, headers=headers)

    assert answer.status_code == status


async def test_the_parts_of_a_group_and_of_the_policy_are_states_of_one_thing(hub: Site) -> None:
    group = f"/api/v1/groups/{hub.a.tokyo}"
    async with hub.signed_in("boss") as client:
        tag = (await client.get(group)).headers["etag"]
        await client.put(f"{group}/policy", json={"evidence": "off"}, headers={"If-Match": tag})
        late = [
            await client.patch(group, json={"name": "大阪"}, headers={"If-Match": tag}),
            await client.put(
                f"{group}/supervisors", json={"members": []}, headers={"If-Match": tag}
            ),
            await client.delete(group, headers={"If-Match": tag}),
        ]
        gone = await client.delete("/api/v1/groups/999999", headers={"If-Match": "*"})

    assert [problem(one) for one in late] == ["changed-meanwhile"] * 3
    assert problem(gone) == "not-found"


async def test_what_is_only_the_callers_own_is_no_change_of_what_is_shared(hub: Site) -> None:
    policy, limits = "/api/v1/policy", "/api/v1/limits"
    async with hub.signed_in("boss") as client:
        mine, here = [(await client.get(one)).headers["etag"] for one in (policy, limits)]
        consent = await client.post("/api/v1/consents", json={"kind": "withdrawn", "charter": 1})
        assert consent.is_success, consent.text
        known = {"If-None-Match": mine}
        again = await client.get(policy, headers=known)
        kept = await client.put(policy, json={"hint": True}, headers={"If-Match": mine})
        late = await client.put(policy, json={"hint": False}, headers={"If-Match": mine})
        half = {"If-Match": f'{mine.partition(".")[0]}.other"'}
        other = await client.put(policy, json={"hint": False}, headers=half)
    async with hub.signed_in("boss", address="192.0.2.9") as elsewhere:
        seen = await elsewhere.get(limits, headers={"If-None-Match": here})
        moved = await elsewhere.put(
            limits, json={"networks": ["192.0.2.0/24"]}, headers={"If-Match": here}
        )

    assert (again.status_code, again.headers["etag"] != mine) == (200, True)
    assert (kept.status_code, problem(late), problem(other)) == (204, *["changed-meanwhile"] * 2)
    assert (seen.status_code, seen.json()["address"]) == (200, "192.0.2.9")
    assert moved.status_code == 204


async def test_another_member_is_no_change_of_the_tenant(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        tag = (await client.get("/api/v1/tenant")).headers["etag"]
        hata = {"login": "hata", "name": "秦 結衣", "role": "worker"}
        assert (await client.post("/api/v1/members", json=hata)).status_code == 201
        same = await client.patch("/api/v1/tenant", json={"name": "B"}, headers={"If-Match": tag})
        late = await client.patch("/api/v1/tenant", json={"name": "C"}, headers={"If-Match": tag})

    assert (same.status_code, problem(late)) == (200, "changed-meanwhile")


async def test_of_many_who_have_seen_the_same_one_changes_it(hub: Site) -> None:
    async with hub.signed_in("boss") as client:
        tag = (await client.get("/api/v1/escalation")).headers["etag"]

        async def change(minutes: int) -> httpx2.Response:
            body = {"after_min": minutes}
            return await client.put("/api/v1/escalation", json=body, headers={"If-Match": tag})

        answers = await asyncio.gather(*(change(minutes) for minutes in range(1, 7)))
        now = (await client.get("/api/v1/escalation")).json()["after_min"]

    done = [minutes for minutes, answer in enumerate(answers, 1) if answer.status_code == 204]
    assert done == [now]
    assert {problem(one) for one in answers if one.status_code != 204} == {"changed-meanwhile"}


async def test_a_turn_ends_with_the_change_and_is_nobody_elses_to_end(
    hub: Site, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entity, "WAITS_S", (0.001,))
    key = f"{{{hub.a.id}}}:turn:/api/v1/escalation"
    async with hub.signed_in("boss") as client:
        wrong = await client.put("/api/v1/escalation", json={"after_min": 5, "x": 1})
        assert problem(wrong) == "invalid"
        right = await client.put("/api/v1/escalation", json={"after_min": 5})
        assert (right.status_code, await redis.get(key)) == (204, None)
        await redis.set(key, "somebody else's")
        held = await client.put("/api/v1/escalation", json={"after_min": 6})

    assert problem(held) == "being-changed"
    assert held.headers["retry-after"] == "1"
    assert await redis.get(key) is not None


class Some(msgspec.Struct):
    words: frozenset[str]
    more: dict[str, int]


@given(st.frozensets(st.text()), st.dictionaries(st.text(), st.integers(0, 9)))
def test_a_state_has_one_tag_in_whatever_order_it_is_kept(
    words: frozenset[str], more: dict[str, int]
) -> None:
    turned: Any = dict(reversed(more.items()))

    assert encoded(Some(words, more)) == encoded(Some(frozenset(reversed(list(words))), turned))
    assert tag_of(encoded(Some(words, more))).isascii()


@given(st.binary(), st.binary())
def test_different_states_have_different_tags(one: bytes, other: bytes) -> None:
    assert (tag_of(one) == tag_of(other)) == (one == other)
