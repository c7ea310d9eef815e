"""The system log: everything that somebody did is in it, for those who may see it, and no other."""

import csv
import io
import json
from datetime import timedelta

import pytest

from storage.proof import log
from storage.proof.heads import seal
from storage.proof.log import What
from storage.proof.signing import is_signed
from tests.hub.http.site import Site, problem, sign_in
from tests.hubs import ROOT
from tests.record import NOW, SIGNER, company

LOG = "/api/v1/log"


async def write(hub: Site, what: What, minutes: int, subject: dict[str, object]) -> None:
    async with hub.engine.begin() as conn:
        await log.write(conn, hub.a.id, what, 1, subject, NOW + timedelta(minutes=minutes))


@pytest.mark.requirement("R21")
async def test_an_administrator_filters_the_log_by_time_word_actor_and_text(hub: Site) -> None:
    for minute, login in enumerate(("青木", "加藤", "100%")):
        await write(hub, What.MEMBER_CREATED, minute, {"login": login})
    await write(hub, What.GROUP_CREATED, 3, {"group": 7})
    start = (NOW + timedelta(seconds=30)).timestamp()
    end = (NOW + timedelta(hours=1)).timestamp()

    async with hub.signed_in("boss") as boss:

        async def found(**query: object) -> list[str]:
            answer = await boss.get(
                LOG, params={"to": str(end), **{k: str(v) for k, v in query.items()}}
            )
            assert answer.status_code == 200, answer.text
            return [
                str(item["subject"].get("login", item["what"])) for item in answer.json()["items"]
            ]

        assert await found(what="member") == ["100%", "加藤", "青木"]
        assert await found(what="member.created", **{"from": start}) == ["100%", "加藤"]
        assert await found(text="加") == ["加藤"]
        assert await found(text="%") == ["100%"]
        assert await found(text="BOSS", what="group.created") == ["group.created"]
        assert await found(actor=999) == []
        assert await found(what="group_created") == []


@pytest.mark.requirement("R21")
async def test_pages_of_the_log_follow_each_other_without_a_gap(hub: Site) -> None:
    for number in range(5):
        await write(hub, What.DEVICE_CREATED, 0, {"device": number})

    async with hub.signed_in("boss") as boss:
        seen, cursor = [], None
        while True:
            query = {"limit": "2", "what": "device", **({"cursor": cursor} if cursor else {})}
            page = (await boss.get(LOG, params=query)).json()
            seen += [item["subject"]["device"] for item in page["items"]]
            if not (cursor := page.get("next")):
                break
        assert seen == [4, 3, 2, 1, 0]
        for wrong in ("x", "bm90aGluZw", "MjAyNi0xMS0yMFQwOTowMDowMCswMDowMH4tMQ"):
            assert problem(await boss.get(LOG, params={"cursor": wrong})) == "invalid"


@pytest.mark.requirement("R21")
async def test_the_log_is_taken_away_as_csv_or_json_and_that_is_logged(hub: Site) -> None:
    await write(hub, What.GROUP_CREATED, 0, {"name": "=1+1"})

    async with hub.signed_in("boss", **{"Accept-Language": "ja"}) as boss:
        answer = await boss.get(f"{LOG}.csv", params={"what": "group"})
        whole = await boss.get(f"{LOG}.json", params={"what": "group"})
        exports = (await boss.get(LOG, params={"what": "log.exported"})).json()["items"]

    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["日時", "操作", "操作者ID", "操作者", "対象"]
    assert [row[1] for row in rows[1:]] == ["group.created"]
    assert '{"name":"=1+1"}' in rows[1]
    assert [item["what"] for item in whole.json()["items"]] == ["group.created"]
    assert [one["subject"] for one in exports] == [
        {"format": "json", "entries": 1}, {"format": "csv", "entries": 1},
    ]  # fmt: skip
    assert {one["actor_name"] for one in exports} == {"bossさん"}


@pytest.mark.requirement("R21", "R64")
async def test_nobody_else_sees_the_log_and_nobody_another_tenants(hub: Site) -> None:
    async with hub.engine.begin() as conn:
        b = await company(conn, "株式会社B")
        await log.write(conn, b.id, What.GROUP_REMOVED, 1, {"group": 1}, NOW)
        await log.write(conn, None, What.SIGN_IN_REFUSED, None, {}, NOW)

    async with hub.client() as boss:
        await sign_in(boss, "boss", system_id=hub.a.tenant.system_id)
        assert (await boss.get(LOG, params={"what": "group.removed"})).json()["items"] == []
        assert (await boss.get(LOG, params={"what": "session.refused"})).json()["items"] == []
        assert "session.refused" in (await boss.get(f"{LOG}/words")).json()["items"]
    for login in ("sato", "mori"):
        async with hub.client() as client:
            await sign_in(client, login, system_id=hub.a.tenant.system_id)
            for path in (LOG, f"{LOG}.csv", f"{LOG}.json", f"{LOG}/words", f"{LOG}/heads"):
                assert problem(await client.get(path)) == "not-allowed"
    async with hub.client() as boss:
        await sign_in(boss, "boss", system_id=hub.a.tenant.system_id)
        refused = (await boss.get(LOG, params={"what": "access.refused"})).json()["items"]
        assert [item["subject"]["path"] for item in refused[::5]] == [f"{LOG}/heads"] * 2


@pytest.mark.requirement("R51")
async def test_an_administrator_keeps_signed_heads_that_anybody_can_check(hub: Site) -> None:
    for number in range(2):
        await write(hub, What.GROUP_CREATED, number, {"group": number})
        assert await seal(hub.engine, SIGNER, hub.a.id, NOW) is not None

    async with hub.signed_in("boss") as boss:
        page = (await boss.get(f"{LOG}/heads", params={"limit": "1"})).json()
        rest = (await boss.get(f"{LOG}/heads", params={"cursor": str(page["next"])})).json()

    newest, first = page["items"][0], rest["items"][0]
    assert newest["position"] == first["position"] + 1
    assert "next" not in rest
    key, signature = bytes.fromhex(newest["public_key"]), bytes.fromhex(newest["signature"])
    assert is_signed(key, signature, bytes.fromhex(newest["statement"]))


async def test_a_word_that_the_console_does_not_know_is_never_written(hub: Site) -> None:
    async with hub.engine.connect() as conn:
        with pytest.raises(ValueError, match=r"member\.eaten"):
            await log.write(conn, hub.a.id, "member.eaten", None, {}, NOW)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_console_has_a_phrase_for_everything_that_is_logged(language: str) -> None:
    texts = json.loads((ROOT / f"web/src/i18n/console.{language}.json").read_text())
    phrases: dict[str, dict[str, str]] = texts["log"]["what"]
    known = {f"{area}.{act}" for area, acts in phrases.items() for act in acts}

    assert {word.value for word in What} - known == set()
