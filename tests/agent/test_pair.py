"""`zaiseki agent pair`: a code on the terminal, a yes in the console, a token in the folder."""

import asyncio
import re
import stat
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx2
import pytest

from agent import pair, settings
from agent.pair import Asked, NotPaired, wait
from tests.e2e.installation import ZAISEKI
from tests.hubs import PLAIN, running

ASKED = Asked("secret", "WDJB-MJHT", "http://hub/pair", "http://hub/pair?code=WDJB-MJHT", 60.0)


class Hub:
    """Answers polls as it is told to."""

    def __init__(self, *answers: tuple[int, dict[str, str]]) -> None:
        self.answers = list(answers)
        self.slept: list[float] = []
        self.http = httpx2.Client(
            base_url="http://hub", transport=httpx2.MockTransport(self.answer)
        )

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        status, body = self.answers.pop(0)
        return httpx2.Response(status, json=body)


def pending(error: str) -> tuple[int, dict[str, str]]:
    return 400, {"error": error}


@pytest.mark.requirement("R61")
async def test_a_pc_becomes_a_workers_device_without_a_token_being_copied(tmp_path: Path) -> None:
    async with running(tmp_path / "hub") as hub:
        office = await hub.office()
        mori = await office.member("mori")
        signed_in = {"Authorization": f"Bearer {await office.signed_in(mori)}"}
        process = await asyncio.create_subprocess_exec(
            ZAISEKI, "agent", "pair", hub.url, "--state", str(tmp_path / "pc"), "--name", "居間",
            stdout=PIPE, stderr=PIPE,
        )  # fmt: skip
        assert process.stdout
        code = ""
        while not code:
            line = (await process.stdout.readline()).decode()
            assert line
            code = "".join(re.findall(r"^enter +(\S+)", line))
        async with httpx2.AsyncClient(base_url=hub.url, trust_env=False, verify=PLAIN) as console:
            path = f"/api/v1/pairings/{code}"
            shown = await console.get(path, headers=signed_in)
            said = await console.post(path, json={"accept": True}, headers=signed_in)
            out, wrong = await process.communicate()
            token = settings.token(tmp_path / "pc", None, None)
            used = await console.get(
                "/api/v1/agent/charter", headers={"Authorization": f"Bearer {token}"}
            )

    assert shown.json()["name"] == "居間"
    assert said.status_code == 204
    assert (process.returncode, wrong) == (0, b"")
    assert out.decode().endswith("paired. Now run: zaiseki agent run\n")
    assert stat.S_IMODE((tmp_path / "pc" / settings.TOKEN_FILE).stat().st_mode) == 0o600
    assert settings.load(tmp_path / "pc").hub == hub.url
    assert used.json()["current"]["version"] == 1


def test_a_hub_that_wants_it_slower_is_asked_more_slowly() -> None:
    hub = Hub(
        pending("authorization_pending"), pending("slow_down"), (503, {}),
        (200, {"access_token": "token"}),
    )  # fmt: skip

    assert wait(hub.http, ASKED, hub.slept.append) == "token"
    assert hub.slept == [5.0, 5.0, 10.0, 10.0]


@pytest.mark.parametrize(
    ("error", "said"),
    [("access_denied", "turned away"), ("expired_token", "in time"), ("invalid_grant", "invalid")],
)
def test_a_pairing_that_is_over_says_so(error: str, said: str) -> None:
    hub = Hub(pending(error))

    with pytest.raises(NotPaired, match=said):
        wait(hub.http, ASKED, hub.slept.append)


def test_nobody_waits_longer_than_the_code_is_good_for() -> None:
    hub = Hub(*[pending("authorization_pending")] * 12)

    with pytest.raises(NotPaired, match="in time"):
        wait(hub.http, ASKED, hub.slept.append)
    assert sum(hub.slept) == 60.0


def test_the_address_is_drawn_for_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    lines = pair.drawn(ASKED.verification_uri_complete).splitlines()
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)

    assert pair.drawn(ASKED.verification_uri_complete) == ""
    assert len({len(line) for line in lines}) == 1
    assert set("".join(lines)) <= set(" ▄▀█")
