"""A verdict: from the supervisor's word to every board and the record."""

from pathlib import Path

import httpx2
import pytest

from hub.access import Role
from hub.protocol.facts import IncidentKind, Phase, Verdict
from tests.clock import until
from tests.hubs import Running, running
from tests.peers import ScriptedBoard, agent, board

VERDICT = "/api/v1/incidents/{}/verdict"


def signed_in(hub: Running, token: str) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    return httpx2.AsyncClient(base_url=hub.url, headers=headers, trust_env=False)


def verdicts(wall: ScriptedBoard) -> list[Verdict | None]:
    return [news.verdict for news in wall.news if news.phase is Phase.JUDGED]


@pytest.mark.requirement("R6")
async def test_a_verdict_leaves_every_board_and_may_be_taken_back_for_ten_seconds(
    tmp_path: Path,
) -> None:
    async with running(tmp_path / "hub") as hub:
        office = await hub.office()
        mori, device = await office.worker("mori", groups=[office.at.sales])
        saito = await office.member("saito", Role.SUPERVISOR, supervises=[office.at.sales])
        other = await office.member("ueda", Role.SUPERVISOR, supervises=[office.at.development])
        admin, chief = await office.boss(), await office.signed_in(saito)
        async with (
            agent(hub.url, device.token) as pc,
            board(hub.url, admin) as wall,
            signed_in(hub, chief) as rest,
            signed_in(hub, await office.signed_in(other)) as stranger,
            signed_in(hub, await office.signed_in(mori)) as worker,
            signed_in(hub, admin) as boss,
        ):
            id = pc.opens(IncidentKind.PEEPING)
            await pc.recorded()
            await until(lambda: wall.seat(mori).alert)
            said = {"verdict": "benign", "note": "妻がお茶を持ってきた"}

            assert (await stranger.post(VERDICT.format(id), json=said)).status_code == 404
            assert (await worker.post(VERDICT.format(id), json=said)).status_code == 404
            item = (await rest.post(VERDICT.format(id), json=said)).json()
            assert (item["verdict"], item["judged_by"], item["note"]) == (
                "benign", "saitoさん", "妻がお茶を持ってきた",
            )  # fmt: skip
            await until(lambda: wall.seat(mori).alert is None)
            assert wall.phases(id) == [Phase.OPENED, Phase.RECORDED, Phase.JUDGED]
            assert verdicts(wall) == [Verdict.BENIGN]

            assert (await boss.delete(VERDICT.format(id))).json()["type"].endswith("stands")
            assert (await rest.delete(VERDICT.format(id))).status_code == 204
            await until(lambda: wall.seat(mori).alert)
            assert verdicts(wall) == [Verdict.BENIGN, None]

            await rest.post(VERDICT.format(id), json={"verdict": "confirmed"})
            pc.ends(id)
            await pc.recorded()
            await until(lambda: Phase.ENDED in wall.phases(id))
            assert wall.seat(mori).alert is None
            shown = (await worker.get("/api/v1/incidents")).json()["items"]
            assert [one["verdict"] for one in shown] == ["confirmed"]
