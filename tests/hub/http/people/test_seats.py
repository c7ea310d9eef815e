"""One member's seat as boards have it, over REST: the state of now, and devices by their names."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from hub.protocol.facts import Presence
from tests.clock import until
from tests.hubs import PLAIN, running
from tests.peers import agent


@pytest.mark.requirement("R5", "R39")
async def test_a_seat_is_told_as_every_board_has_it_to_whom_it_may_be_told(tmp_path: Path) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori", groups=[office.at.tokyo])
        other = await office.signed_in(await office.member("kato", groups=[office.at.tokyo]))
        boss, own = await office.boss(), await office.signed_in(mori)

        async def asked(token: str, member: int = mori) -> httpx2.Response:
            headers = {"Authorization": f"Bearer {token}"}
            async with httpx2.AsyncClient(trust_env=False, headers=headers, verify=PLAIN) as client:
                return await client.get(f"{hub.url}/api/v1/members/{member}/seat")

        async def label() -> Any:
            return (await asked(boss)).json()["seat"]["label"]

        before = (await asked(boss)).json()
        async with agent(hub.url, device.token) as pc:
            for presence in (Presence.PRESENT, Presence.AWAY):
                pc.tell(presence)

                async def shown(word: str = presence) -> bool:
                    return bool(await label() == word)

                await until(shown)
            told = (await asked(own)).json()

        assert before["seat"]["label"] == "off"
        assert [one["name"] for one in told["devices"]] == ["PC"]
        assert [one["id"] for one in told["seat"]["devices"]] == [told["devices"][0]["id"]]
        assert told["at"] == pytest.approx(told["seat"]["since"], abs=60)
        assert (await asked(other)).status_code == 404
        assert (await asked(boss, 999)).status_code == 404
