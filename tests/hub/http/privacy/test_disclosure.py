"""Members read who outside is told about them: by host, by what, and nobody else's."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from storage.webhooks.endpoints import Wishes, add_endpoint, remove_endpoint
from storage.webhooks.events import EVENT_TYPES, TYPES
from tests.hub.http.site import Site
from tests.keys import keys
from tests.record import NOW

ABOUT_NOBODY = {"retention.purged"}


async def told(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get("/api/v1/disclosure")
    assert answer.status_code == 200
    return list(answer.json()["webhooks"])


async def endpoint(
    hub: Site, url: str, types: Sequence[str] = (), groups: Sequence[int] = (), minutes: int = 0
) -> int:
    box = await keys(hub.engine).box(hub.a.id)
    wishes = Wishes(url, tuple(types), tuple(groups))
    async with hub.engine.begin() as conn:
        return (await add_endpoint(conn, box, wishes, NOW + timedelta(minutes=minutes))).id


@pytest.mark.requirement("R59")
async def test_a_member_reads_where_their_data_goes_and_since_when(hub: Site) -> None:
    """mori is in 東京, which is below 営業; the supervisor sato is in no group."""
    everything = await endpoint(hub, "https://hooks.example.com/secret-path?key=1")
    alarms = ["incident.*", "punch.created"]
    await endpoint(hub, "https://alarms.example.net:8443/", alarms, [hub.a.sales], 1)
    await endpoint(hub, "https://elsewhere.example.org/", (), [hub.a.development], 2)
    await endpoint(hub, "https://counts.example.org/", list(ABOUT_NOBODY), (), 3)

    async with hub.signed_in("mori") as mori, hub.signed_in("sato") as sato:
        mine, others = await told(mori), await told(sato)
        async with hub.engine.begin() as conn:
            await remove_endpoint(conn, hub.a.id, everything, NOW)
        left = await told(mori)

    assert [one["host"] for one in mine] == ["hooks.example.com", "alarms.example.net"]
    assert [one["host"] for one in others] == ["hooks.example.com"]
    assert [one["host"] for one in left] == ["alarms.example.net"]
    assert mine[0]["since"] == NOW.timestamp()
    whole, alarm = ({each["type"] for each in one["types"]} for one in mine)
    assert whole == set(TYPES) - ABOUT_NOBODY
    assert alarm == {
        "incident.opened", "incident.updated", "incident.reviewed", "punch.created",
    }  # fmt: skip
    assert all(each["ja"] and each["en"] for one in mine for each in one["types"])
    assert "secret-path" not in str(mine)


def test_every_type_but_those_about_nobody_says_whom_it_is_about() -> None:
    assert {one.type for one in EVENT_TYPES if not one.personal} == ABOUT_NOBODY


def test_every_type_is_explained_in_both_languages_and_has_a_name_of_its_own() -> None:
    assert len(set(TYPES)) == len(EVENT_TYPES)
    for one in EVENT_TYPES:
        assert one.ja
        assert one.en
        assert one.ja != one.en
        assert (one.data.__doc__ or "").strip()
