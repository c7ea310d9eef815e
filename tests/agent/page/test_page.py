"""The agent's own page: nothing is captured before consent, and nothing hides what is on."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace

from agent import secrets, terms
from agent.cameras import clips
from agent.cameras.clips import Scene
from agent.commands import Seat, desk
from agent.enrolment import gallery
from agent.enrolment.gallery import Gallery
from agent.page import opening, tray
from agent.page.desk import Desk
from agent.page.opening import Place
from agent.page.serving import served
from agent.settings import Settings, SettingsError
from agent.vision.eyes import Eyes
from agent.vision.sharing import SharedEyes
from hub.protocol.enrolling import Condition
from hub.protocol.facts import EvidenceLevel, Policy, Presence, Quiet
from hub.protocol.on_air import PauseAsked
from tests.clock import until
from tests.consent import heard
from tests.hubs import PLAIN
from tests.people import enrolled, eyes, pack

__all__ = ["enrolled", "eyes", "pack"]


@pytest.fixture(scope="session")
def sitting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clips.compose(
        tmp_path_factory.mktemp("clips") / "sitting.mp4", [Scene(3.0, ("pine",))], fps=5
    )


@pytest.fixture
async def at(tmp_path: Path, sitting: Path, eyes: Eyes) -> AsyncIterator[Desk]:
    """An agent that was started for the first time, and reaches no hub."""
    secrets.box(tmp_path)
    heard(tmp_path)
    chosen = Settings(hub="http://127.0.0.1:1", source=str(sitting), loop=True, fps=5, pace=0.05)
    shared = SharedEyes(eyes, threading.Lock())
    made = desk(Seat(tmp_path, chosen, "secret", Gallery(eyes.recogniser), shared))
    running = asyncio.create_task(made.agent.run())
    yield made
    made.agent.stop()
    await running


@pytest.fixture
async def page(at: Desk) -> AsyncIterator[Place]:
    async with served(at) as here:
        yield here


def browser(here: Place, entered: bool = True, **headers: str) -> httpx2.AsyncClient:
    base = f"http://127.0.0.1:{here.port}"
    cookies = {"zaiseki_page": here.token} if entered else {}
    sent = {"Origin": base, **headers}
    return httpx2.AsyncClient(
        base_url=base, headers=sent, cookies=cookies, trust_env=False, verify=PLAIN
    )


@pytest.mark.requirement("R57", "R68")
async def test_no_picture_is_taken_before_the_terms_are_accepted_nor_after_a_withdrawal(
    at: Desk, page: Place, enrolled: Callable[[str], Gallery]
) -> None:
    at.learn(enrolled("pine"))
    async with browser(page) as worker:
        before = (await worker.get("/api/state")).json()
        assert (before["camera"], before["consented"], at.agent.latest) == ("closed", False, None)

        await worker.post("/api/accept", json={})
        await until(lambda: at.agent.latest is not None)
        after = (await worker.post("/api/withdraw", json={})).json()

    assert (after["camera"], after["consented"], at.agent.latest) == ("closed", False, None)
    assert after["reason"] == "not_capturing"  # the board does not tell of consent
    kinds = [one.kind for one in terms.load(at.folder).untold]
    assert kinds == ["accepted", "withdrawn"]


@pytest.mark.requirement("R47")
async def test_what_is_wrong_is_said_in_japanese_and_in_english(at: Desk, page: Place) -> None:
    async with browser(page) as worker:
        await until(lambda: bool(at.agent.now().troubles))
        [trouble] = (await worker.get("/api/state")).json()["troubles"]

    assert "no connection to the hub" in trouble["en"]
    assert "ハブにつながりません" in trouble["ja"]


def test_another_version_of_the_terms_is_asked_about_anew(tmp_path: Path) -> None:
    terms.accept(tmp_path, 1.0)
    kept = (tmp_path / terms.FILE).read_text().replace('"accepted":"1"', '"accepted":"0"')
    (tmp_path / terms.FILE).write_text(kept)

    assert not terms.load(tmp_path).holds


@pytest.mark.requirement("R28", "R4", "R39")
async def test_a_face_is_enrolled_with_the_guide_and_deleted_again(at: Desk, page: Place) -> None:
    async with browser(page) as worker:
        refused = (await worker.post("/api/enrol", json={"condition": "plain"})).json()
        assert refused["guide"] is None
        await worker.post("/api/accept", json={})
        begun = (await worker.post("/api/enrol", json={"condition": "glasses"})).json()
        assert (begun["guide"]["pose"], begun["camera"]) == ("front", "on")
        guided = at.guided
        assert guided
        await until(lambda: guided.view.course.pose != "front")
        assert guided.view.jpeg.startswith(b"\xff\xd8")
        await worker.post("/api/enrol/skip", json={})
        await until(lambda: guided.view.course.pose == "right")
        await worker.post("/api/enrol/skip", json={})
        await until(lambda: at.guided is None)
        await until(lambda: at.agent.now().presence is Presence.PRESENT)
        known = (await worker.get("/api/state")).json()
        [one] = known["sets"]
        gone = (await worker.post("/api/forget", json={"name": one["name"]})).json()

    assert (one["condition"], one["images"], one["filed"]) == ("glasses", 3, False)
    assert {decision["what"] for decision in known["decisions"]} >= {"present"}
    assert (gone["sets"], gone["enrolled"], gone["camera"]) == ([], False, "closed")
    assert gallery.load(at.folder, at.gallery.recogniser).sets == ()


@pytest.mark.requirement("R57")
@pytest.mark.parametrize("ends", ["pause on the hub", "pause in the tray", "consent", "faces"])
async def test_whatever_closes_the_camera_ends_an_enrolment_too(
    at: Desk, page: Place, ends: str
) -> None:
    at.accept()
    assert at.begin(Condition.PLAIN)
    assert at.now().camera == "on"
    guided = at.guided
    assert guided
    if ends == "pause on the hub":
        at.agent.asked(PauseAsked("宅配", 900.0))
    elif ends == "pause in the tray":
        at.agent.pause("休憩")
    elif ends == "consent":
        at.agent.adopt(replace(at.agent.policy, quiet=Quiet.NO_CONSENT))
    else:
        at.agent.adopt(replace(at.agent.policy, faces=False))

    assert guided.stopped
    await until(lambda: at.guided is None)
    assert (at.now().camera, at.now().sets) == ("closed", [])
    assert not at.begin(Condition.PLAIN)


@pytest.mark.requirement("R57")
async def test_a_withdrawal_holds_even_where_the_disk_does_not_take_it(
    at: Desk, page: Place, enrolled: Callable[[str], Gallery], monkeypatch: pytest.MonkeyPatch
) -> None:
    at.learn(enrolled("pine"))
    at.accept()
    await until(lambda: at.agent.latest is not None)

    def full(*_: object) -> None:
        raise SettingsError("consent.json cannot be written: No space left on device")

    monkeypatch.setattr(terms, "write_private", full)
    async with browser(page) as worker:
        answer = await worker.post("/api/withdraw", json={})
        assert (answer.status_code, "No space left" in answer.text) == (507, True)
        at.agent.adopt(replace(at.agent.policy, hint=True))
        state = (await worker.get("/api/state")).json()

    assert (state["camera"], state["consented"], at.agent.latest) == ("closed", False, None)


async def test_a_pause_has_a_reason_and_an_end_and_stops_the_camera(
    at: Desk, page: Place, enrolled: Callable[[str], Gallery]
) -> None:
    at.learn(enrolled("pine"))
    async with browser(page) as worker:
        await worker.post("/api/accept", json={})
        await until(lambda: at.agent.latest is not None)
        body = {"reason": "休憩", "seconds": 900}
        paused = (await worker.post("/api/pause", json=body)).json()
        assert at.agent.latest is None
        resumed = (await worker.post("/api/resume", json={})).json()

    assert (paused["camera"], paused["pause"]["reason"]) == ("closed", "休憩")
    assert paused["pause"]["until"] is not None
    assert resumed["pause"] is None


@pytest.mark.parametrize("level", EvidenceLevel)
@pytest.mark.parametrize("locked", [None, "high"])
async def test_no_policy_hides_the_page_or_what_is_on(
    at: Desk, page: Place, level: EvidenceLevel, locked: str | None
) -> None:
    at.agent.adopt(Policy(level, level=locked, challenge=True, hint=True))
    async with browser(page) as worker:
        shown = await worker.get("/")
        state = (await worker.get("/api/state")).json()

    assert shown.status_code == 200 and "page.js" in shown.text
    assert state["policy"].get("evidence", "incident_only") == level
    assert {"camera", "images_today", "bytes_today", "asks", "watching", "sharing"} <= set(state)
    assert state["threshold"]["locked"] is (locked is not None)


@pytest.mark.parametrize(
    ("headers", "entered", "status"),
    [
        ({}, False, 401),
        ({"Host": "evil.example"}, True, 421),
        ({"Host": "127.0.0.1:1"}, True, 421),
        ({"Origin": "https://evil.example"}, True, 403),
        ({"Origin": "null"}, True, 403),
    ],
)
async def test_strangers_are_refused(
    page: Place, headers: dict[str, str], entered: bool, status: int
) -> None:
    async with browser(page, entered, **headers) as stranger:
        answer = await stranger.post("/api/accept", json={})

    assert answer.status_code == status


async def test_only_the_token_brings_the_cookie(page: Place) -> None:
    async with browser(page, entered=False) as one:
        wrong = await one.post("/api/enter", json={"token": "guess"})
        assert (wrong.status_code, (await one.get("/api/state")).status_code) == (401, 401)
        right = await one.post("/api/enter", json={"token": page.token})
        cookie = right.headers["set-cookie"].lower()
        assert (await one.get("/api/state")).status_code == 200
        policy = (await one.get("/")).headers["content-security-policy"]

    assert "httponly" in cookie and "samesite=strict" in cookie
    assert "default-src 'none'" in policy and "unsafe" not in policy


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"seconds": -1, "reason": "x"}', b"\xff"])
async def test_a_body_that_makes_no_sense_is_refused(page: Place, body: bytes) -> None:
    async with browser(page) as one:
        assert (await one.post("/api/pause", content=body)).status_code == 422


async def test_the_page_keeps_its_address_for_the_next_start(at: Desk) -> None:
    async with served(at) as first:
        assert opening.place(at.folder) == first
        assert opening.answers(first.port)


class FakeTray(ModuleType):
    """What pystray offers, kept to be looked at."""

    def __init__(self) -> None:
        super().__init__("pystray")
        self.icons: list[Any] = []
        fake = self

        class Icon:
            def __init__(self, name: str, icon: object, title: str, menu: list[Any]) -> None:
                self.icon, self.title, self.menu, self.gone = icon, title, menu, False
                fake.icons.append(self)

            def run_detached(self) -> None: ...

            def stop(self) -> None:
                self.gone = True

        self.Icon = Icon
        self.Menu = lambda *items: list(items)
        self.MenuItem = lambda text, act, default=False: (text, act)


async def test_the_tray_says_what_is_on_and_pauses(
    at: Desk, enrolled: Callable[[str], Gallery], monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeTray()
    monkeypatch.setitem(sys.modules, "pystray", fake)
    at.learn(enrolled("pine"))
    at.accept()
    running = asyncio.create_task(tray.Tray(at.agent, "http://127.0.0.1/").run())
    await until(lambda: fake.icons and "camera on" in fake.icons[0].title)
    [icon] = fake.icons
    icon.menu[1][1]()
    await until(lambda: "paused" in icon.title)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert at.agent.paused
    assert icon.gone


async def test_without_a_tray_nothing_happens(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pystray", None)
    await tray.Tray(at.agent, "http://127.0.0.1/").run()
