"""How much one client can ask for."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from hub.http.rates import BURST_S, STRANGERS, TENANT, Rates, headers
from hub.live.buckets import KNOWN_MAX, Buckets
from hub.live.servers import Servers
from tests.hub.http.site import problem, sign_in, with_state
from tests.security.conftest import Guarded

pytestmark = pytest.mark.requirement("R67")


@given(st.lists(st.floats(0, 10), max_size=200))
def test_nobody_gets_more_than_the_burst_and_what_flows_in(waits: list[float]) -> None:
    buckets, now, passed = Buckets(10, 2.0), 0.0, 0
    for wait in waits:
        now += wait
        passed += buckets.take(1, now) >= 0

    assert passed <= 10 + now * 2.0


@given(st.floats(0.01, 1.0))
def test_who_asks_too_often_still_gets_what_flows_in(every_s: float) -> None:
    buckets, times = Buckets(5, 1.0), int(100 / every_s)
    passed = sum(buckets.take(1, number * every_s) >= 0 for number in range(times))

    assert passed >= min(times, 5 + times * every_s) - 3


def test_one_bucket_is_nobody_elses() -> None:
    rates = Rates(1.0)
    rates.good("a", 0.0)
    rates.good("b", 0.0)
    for _ in range(BURST_S):
        rates.spend("a", "192.0.2.1", 0.0)

    assert rates.spend("a", "192.0.2.1", 0.0).wait_s == 1
    assert rates.spend("b", "192.0.2.1", 0.0).wait_s == 0
    assert rates.spend("a", "192.0.2.1", 1.0).wait_s == 0


def test_tokens_that_were_made_up_are_counted_by_their_address() -> None:
    rates = Rates(1.0)
    spent = [
        rates.spend(f"made up {number}", "192.0.2.1", 0.0)
        for number in range(BURST_S * STRANGERS + 1)
    ]

    assert [one.name for one in spent] == ["address"] * len(spent)
    assert [one.wait_s > 0 for one in spent] == [False] * (len(spent) - 1) + [True]
    assert rates.spend("made up", "192.0.2.2", 0.0).wait_s == 0


def test_what_is_remembered_is_bounded() -> None:
    buckets = Buckets(2, 1.0)
    for key in range(KNOWN_MAX + 10):
        buckets.take(key, 0.0)

    assert 0 not in buckets
    assert KNOWN_MAX + 9 in buckets


def test_many_tokens_of_a_tenant_take_no_more_than_its_share() -> None:
    rates = Rates(1.0)
    spent = [rates.of_tenant(1, 0.0) for _ in range(BURST_S * TENANT + 1)]

    assert [one.wait_s > 0 for one in spent] == [False] * (len(spent) - 1) + [True]
    assert rates.of_tenant(2, 0.0).wait_s == 0
    told = headers([rates.spend("a", "192.0.2.1", 0.0), spent[-1]])
    assert told["RateLimit"].endswith('"tenant";r=0;t=30')
    assert told["Retry-After"] == "1"


class Standing:
    """The clock of the buckets: nothing flows in between two requests."""

    def monotonic(self) -> float:
        return 0.0


async def test_a_tenant_that_asks_too_often_is_told_so_and_no_other(
    hub: Guarded, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.http.rates.TENANT", 0.01)
    monkeypatch.setattr("hub.http.rest.time", Standing())
    state: dict[str, Any] = {"engine": hub.engine, "servers": Servers(redis, redis)}
    slow = Guarded(hub.engine, with_state(tmp_path, **state), hub.live, hub.a)
    async with hub.signed_in("boss") as boss, slow.client() as client:
        client.cookies.update(boss.cookies)
        answers = [await client.get("/api/v1/session") for _ in range(7)]

    assert [answer.status_code for answer in answers] == [200] * 6 + [429]
    assert problem(answers[-1]) == "too-many-requests"
    assert '"tenant";r=0' in answers[-1].headers["ratelimit"]


async def test_every_answer_says_how_much_is_left(
    hub: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.http.rest.time", Standing())
    async with hub.signed_in("boss") as client:
        answers = [await client.get("/api/v1/session") for _ in range(3)][1:]

    assert answers[0].headers["ratelimit-policy"] == '"token";q=600;w=30, "tenant";q=15000;w=30'
    left = [int(answer.headers["ratelimit"].split("r=")[1].split(";")[0]) for answer in answers]
    assert left == [598, 597]


async def test_who_asks_too_often_is_told_when_to_come_back(
    hub: Guarded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.http.site.Rates", lambda: Rates(0.1))
    monkeypatch.setattr("hub.http.rest.time", Standing())
    slow = Guarded(hub.engine, with_state(tmp_path, engine=hub.engine), hub.live, hub.a)
    async with slow.client() as client:
        answers = [
            await client.get("/api/v1/nothing") for _ in range(BURST_S * STRANGERS // 10 + 1)
        ]

    assert {answer.status_code for answer in answers[:-1]} == {404}
    assert problem(answers[-1]) == "too-many-requests"
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "r=0" in answers[-1].headers["ratelimit"]


async def test_signing_in_is_counted_too(hub: Guarded) -> None:
    async with hub.client() as client:
        answer = await sign_in(client, "boss")

    assert answer.headers["ratelimit-policy"].startswith('"address"')
