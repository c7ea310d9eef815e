"""What of history one may see, and what cannot be answered."""

import pytest

from hub.access import Role
from hub.history.days import TOKYO
from tests.hub.http.history.past import API, Past, got, now, on_sqlite
from tests.hub.http.site import HASH, problem, sign_in
from tests.record import company, person


@on_sqlite
@pytest.mark.requirement("R39")
async def test_history_is_cut_to_what_one_may_see(past: Past) -> None:
    mori, sato = past.people["mori"].member, past.people["sato"].member
    span = {"from": past.begin.timestamp(), "to": now().timestamp()}
    day = now().astimezone(TOKYO).date()
    period = {"from": past.days[0].date(), "to": day}
    at = past.begin.timestamp() + 86_400
    for login, sees in (("mori", {mori}), ("sato", {mori, sato})):
        async with past.site.signed_in(login) as client:
            board = await got(client, "/board/at", time=at)
            assert {seat["member"] for seat in board["seats"]} <= sees
            changes = await got(client, "/board/changes", **span | {"to": at})
            assert {one["seat"]["member"] for one in changes["changes"]} <= sees
            strips = await got(client, "/strips", day=day, members=f"{mori},{sato}")
            assert {strip["member"] for strip in strips["strips"]} == sees
            assert (await got(client, "/counts", day=day))["people"] == len(sees)
            analysis = await got(client, "/analysis", **period)
            assert {row["id"] for row in analysis["rows"]} == sees
            for member in (mori, sato):
                path = f"{API}/members/{member}/presence"
                answer = await client.get(path, params={k: str(v) for k, v in span.items()})
                assert answer.status_code == (200 if member in sees else 404)
                month = await client.get(f"{API}/members/{member}/months/{day:%Y-%m}")
                assert month.status_code == (200 if member in sees else 404)


@on_sqlite
async def test_another_tenant_has_no_history_here(past: Past) -> None:
    async with past.site.engine.begin() as conn:
        other = await company(conn, "株式会社B")
        await person(conn, other.id, "kato", Role.ADMINISTRATOR, password_hash=HASH)
    async with past.site.client() as client:
        signed = await sign_in(client, "kato", system_id=other.tenant.system_id)
        assert signed.status_code == 201
        day, member = past.days[-1].date(), past.people["mori"].member
        board = await got(client, "/board/at", time=past.begin.timestamp() + 86_400)
        strips = await got(client, "/strips", day=day, members=member)
        counts = await got(client, "/counts", day=day)
        rows = (await got(client, "/analysis", **{"from": day, "to": day}))["rows"]
        found = await client.get(f"{API}/members/{member}/presence?from=0&to=1")
    assert board["seats"] == strips["strips"] == []
    assert not any(counts["present"])
    assert [row["name"] for row in rows] == ["katoさん"]
    assert problem(found) == "not-found"


BAD = [
    ("/members/1/presence?from=10&to=5", "invalid"),
    ("/members/1/presence?from=0&to=9000000", "range-too-long"),
    ("/members/1/months/2026-13", "not-found"),
    ("/strips?day=2026-02-30&members=1", "invalid"),
    ("/strips?day=2026-02-03&members=1;2", "invalid"),
    ("/strips?day=2026-02-03&members=" + ",".join(map(str, range(1, 502))), "invalid"),
    ("/counts?day=yesterday", "invalid"),
    ("/board/at?time=4000000000", "invalid"),
    ("/board/at?time=1000000000", "range-too-long"),
    ("/board/at?time=nan", "invalid"),
    ("/board/changes?from=1000000000&to=1000000001", "range-too-long"),
    ("/analysis?from=2026-11-02&to=2026-11-01", "invalid"),
    ("/analysis?from=2001-01-01&to=2026-11-01", "range-too-long"),
    ("/analysis?from=2026-11-01&to=2026-11-02&group=999", "not-found"),
    ("/analysis.csv?from=2026-11-01&to=2026-11-02&step=year", "invalid"),
]


@on_sqlite
async def test_what_cannot_be_answered_is_refused_with_a_reason(past: Past) -> None:
    async with past.site.signed_in("boss") as boss:
        for path, expected in BAD:
            answer = await boss.get(API + path)
            assert (path, problem(answer)) == (path, expected)
