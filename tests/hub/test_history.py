"""From a device's word to the strip that shows it again, on a real hub."""

import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from hub.protocol.facts import IncidentKind, Label, Presence
from tests.clock import until
from tests.hubs import PLAIN, running
from tests.memory import Spool
from tests.peers import agent, board


@pytest.mark.requirement("R5")
async def test_the_strip_is_what_the_boards_showed_and_knows_later_words(tmp_path: Path) -> None:
    """History, 14; order, 9."""
    async with running(tmp_path) as hub:
        office = await hub.office()
        mori, device = await office.worker("mori")
        token, spool = await office.boss(), Spool()
        begun = time.time()
        async with board(hub.url, token) as wall:
            async with agent(hub.url, device.token, spool) as pc:
                pc.tell(presence=Presence.AWAY)
                await until(lambda: wall.label(mori) is Label.AWAY)
                pc.opens(IncidentKind.PEEPING)
                await pc.recorded()
                await pc.vanish()
                await until(lambda: wall.label(mori) is Label.OFFLINE)
                pc.tell(presence=Presence.PRESENT)
                pc.tell(presence=Presence.AWAY)
            async with agent(hub.url, device.token, spool) as pc:
                await pc.recorded()
                await until(lambda: wall.label(mori) is Label.AWAY)
                shown = wall.shown[mori]
            await until(lambda: wall.label(mori) is Label.OFFLINE)
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(base_url=hub.url, headers=headers, verify=PLAIN) as client:
            asked: dict[str, Any] = {"from": begun, "to": time.time()}

            async def presence(how: str) -> dict[str, Any]:
                path = f"/api/v1/members/{mori}/presence"
                answer = await client.get(path, params={**asked, "as": how})
                assert answer.status_code == 200, answer.text
                found: dict[str, Any] = answer.json()
                return found

            async def recorded() -> bool:
                return bool((await presence("seen"))["spans"][-1]["label"] == Label.OFFLINE)

            await until(recorded)
            seen, known = await presence("seen"), await presence("known")

    assert words(seen) == [str(label) for label in shown if label is not Label.OFF]
    assert not any(span.get("late") for span in seen["spans"])
    late = [span["label"] for span in known["spans"] if span.get("late")]
    assert late[0] == Label.PRESENT
    assert [one["kind"] for one in known["incidents"]] == [IncidentKind.PEEPING]


def words(presence: dict[str, Any]) -> list[str]:
    """The words of the spans, without the seat that was empty before."""
    found: list[str] = []
    for span in presence["spans"]:
        if span["label"] != Label.OFF and (not found or found[-1] != span["label"]):
            found.append(span["label"])
    return found
