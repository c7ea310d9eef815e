"""From an incident to the same bytes in front of the worker and the supervisor, on real servers."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import httpx2
import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec.json import decode

from agent.cameras import clips
from agent.cameras.clips import Scene as Shown
from agent.enrolment.gallery import Gallery, recognise
from agent.evidence.imaging import blurred
from agent.evidence.screens import NoScreen
from agent.run import Agent
from agent.settings import Settings
from agent.vision.eyes import Eyes
from agent.vision.judgement import Level
from agent.vision.pixels import Image
from agent.vision.sharing import SharedEyes
from hub.access import Role
from hub.protocol.facts import EvidenceLevel, Policy
from hub.protocol.images import Claim
from tests.clock import until
from tests.eyewitness import Witness, plain, witness
from tests.hubs import PLAIN, Office, Running, running

API = "/api/v1"
PEEPED = (Shown(1.2, ("pine",)), Shown(1.5, ("pine", "cedar")))


@dataclass
class Scene:
    """One office: mori works in 東京, which sato supervises; kato works elsewhere."""

    hub: Running
    office: Office
    mori: int
    token: str
    people: dict[str, str]

    def http(self, login: str) -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {self.people[login]}"}
        return httpx2.AsyncClient(
            base_url=self.hub.url + API, headers=headers, trust_env=False, verify=PLAIN
        )

    async def listed(self, login: str, **query: str | int) -> list[dict[str, Any]]:
        async with self.http(login) as http:
            answer = await http.get("/evidence", params=query)
            assert answer.status_code == 200, answer.text
            items: list[dict[str, Any]] = answer.json()["items"]
            return items


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with running(tmp_path / "hub") as hub:
        office = await hub.office()
        mori, device = await office.worker("mori", [office.at.tokyo])
        sato = await office.member("sato", Role.SUPERVISOR, supervises=[office.at.sales])
        kato = await office.member("kato", groups=[office.at.development])
        ends = {"mori": mori, "sato": sato, "kato": kato}
        people = {login: await office.signed_in(member) for login, member in ends.items()}
        people["boss"] = await office.boss()
        yield Scene(hub, office, mori, device.token, people)


@pytest.fixture(scope="module")
def shared(eyes: Eyes) -> SharedEyes:
    return SharedEyes(eyes, threading.Lock())


async def stored(pc: Witness) -> None:
    await until(lambda: pc.live)
    await until(lambda: pc.settled)


@pytest.mark.requirement("R12", "R13", "R34")
async def test_an_incident_is_seen_alike_by_the_worker_and_the_supervisor_and_by_nobody_else(
    scene: Scene, tmp_path: Path
) -> None:
    async with witness(tmp_path / "pc", scene.hub.url, scene.token) as pc:
        await until(lambda: pc.live)
        pc.camera, pc.screens = plain(1280, 720), [plain(2560, 1080), plain(800, 600)]
        incident = pc.opens()
        await until(lambda: pc.evidence.status().images_today == 3)
        await stored(pc)

    items = await scene.listed("mori", incident=incident)
    assert sorted((each["kind"], each.get("screen", 0), each["state"]) for each in items) == [
        ("camera", 0, "stored"),
        ("screen", 0, "stored"),
        ("screen", 1, "stored"),
    ]
    assert await scene.listed("sato", member=scene.mori) == items
    assert await scene.listed("kato") == []
    camera = next(each for each in items if each["kind"] == "camera")
    assert (camera["width"], camera["height"]) == (640, 360)

    path = f"/evidence/{camera['id']}"
    async with scene.http("mori") as mori, scene.http("sato") as sato, scene.http("kato") as kato:
        own = await mori.get(path)
        unasked = await sato.get(path)
        opened = await sato.post(f"{path}/viewings", json={"purpose": "incident_review"})
        theirs = await sato.get(path, params={"viewing": opened.json()["id"]})
        borrowed = await kato.get(path, params={"viewing": opened.json()["id"]})
        refused = await kato.post(f"{path}/viewings", json={"purpose": "audit"})
        asked = await kato.get("/evidence", params={"member": scene.mori})
        looked = (await mori.get("/viewings")).json()["items"]
        of_their_people = (await sato.get("/viewings")).json()["items"]
        of_nobody = (await kato.get("/viewings")).json()["items"]

    assert own.status_code == theirs.status_code == 200
    assert own.content == theirs.content
    assert own.headers["content-type"] == "image/jpeg"
    assert unasked.status_code == 403
    assert (borrowed.status_code, refused.status_code, asked.status_code) == (404, 404, 403)
    assert [(each["viewer_name"], each["purpose"], each["evidence"]) for each in looked] == [
        ("satoさん", "incident_review", camera["id"])
    ]
    assert [each["evidence"] for each in of_their_people] == [camera["id"]]
    assert of_nobody == []


@pytest.mark.requirement("R12")
async def test_the_signature_of_the_device_verifies_over_what_is_stored(
    scene: Scene, tmp_path: Path
) -> None:
    async with witness(tmp_path / "pc", scene.hub.url, scene.token) as pc:
        await until(lambda: pc.live)
        pc.opens()
        await until(lambda: pc.evidence.status().images_today == 2)
        await stored(pc)

    for each in await scene.listed("mori"):
        sealed = {name: decode(f'"{each[name]}"', type=bytes) for name in SIGNED}
        key = Ed25519PublicKey.from_public_bytes(sealed["public_key"])
        key.verify(sealed["signature"], sealed["statement"])
        claim = decode(sealed["statement"].partition(b"\n")[2], type=Claim)
        async with scene.http("mori") as mori:
            data = (await mori.get(f"/evidence/{each['id']}")).content
        assert claim.sha256 == hashlib.sha256(data).hexdigest() == each["sha256"]
        assert claim.id == each["id"]


SIGNED = ("statement", "signature", "public_key")


@pytest.mark.requirement("R12", "R13", "R40")
async def test_a_whole_agent_sends_what_its_camera_saw_when_somebody_peeped(
    scene: Scene, tmp_path: Path, shared: SharedEyes, enrolled: Callable[[str], Gallery]
) -> None:
    """Both faces are seen on it: an incident is about them."""
    clip = clips.compose(tmp_path / "day.mp4", PEEPED, fps=10)
    settings = Settings(scene.hub.url, str(clip), loop=True, fps=10, pace=0.01)
    folder = tmp_path / "pc"
    pc = Agent(folder, settings, scene.token, enrolled("pine"), shared)
    running = asyncio.create_task(pc.run())

    async def camera() -> list[dict[str, Any]]:
        items = await scene.listed("sato")
        return [each for each in items if each["state"] == "stored" and each["kind"] == "camera"]

    try:
        (found, *_) = await until(camera)
        screens = [one for one in await scene.listed("sato") if one["kind"] == "screen"]
    finally:
        pc.stop()
        await running
    assert screens, "and of the screen there is an image or a reason"
    assert found["incident"]
    async with scene.http("mori") as mori:
        answer = await mori.get(f"/evidence/{found['id']}")
    pixels = np.frombuffer(answer.content, np.uint8)
    seen = np.asarray(cv2.imdecode(pixels, cv2.IMREAD_COLOR), dtype=np.uint8)
    assert len(shared.eyes.boxes(seen)) == 2


@pytest.mark.requirement("R40")
def test_where_no_incident_is_the_faces_of_others_are_blurred_and_the_members_own_is_not(
    shared: SharedEyes, enrolled: Callable[[str], Gallery]
) -> None:
    (frame,) = clips.frames([Shown(0.1, ("pine", "cedar"))], fps=10)
    others = shared.others(frame, enrolled("pine"), Level.MID)
    safe = blurred(frame, others)

    def named(picture: Image, person: str) -> bool:
        sight = recognise(shared.eyes.look(picture), enrolled(person), Level.LOW)
        return sight.match is not None

    assert len(others) == 1
    assert named(frame, "pine") and named(frame, "cedar")
    assert named(safe, "pine") and not named(safe, "cedar")


@pytest.mark.requirement("R12")
async def test_where_no_screen_is_to_be_had_the_reason_is_told(
    scene: Scene, tmp_path: Path
) -> None:
    async with witness(tmp_path / "pc", scene.hub.url, scene.token) as pc:
        await until(lambda: pc.live)
        pc.screens, pc.camera = NoScreen("wayland"), None
        pc.opens()
        await until(lambda: scene.listed("mori"))

    found = {each["kind"]: (each["state"], each["reason"]) for each in await scene.listed("mori")}
    assert found == {"camera": ("absent", "no_frames"), "screen": ("absent", "wayland")}


async def test_an_administrators_policy_reaches_a_connected_agent_and_a_group_narrows_it(
    scene: Scene, tmp_path: Path
) -> None:
    periodic = {"evidence": "periodic", "interval_s": 30}
    async with (
        witness(tmp_path / "pc", scene.hub.url, scene.token) as pc,
        scene.http("boss") as boss,
        scene.http("mori") as mori,
    ):
        await until(lambda: pc.live)
        assert pc.session.policy == Policy()
        assert (await mori.put("/policy", json=periodic)).status_code == 403

        assert (await boss.put("/policy", json=periodic)).status_code == 204
        await until(lambda: pc.session.policy == Policy(EvidenceLevel.PERIODIC, 30))
        assert pc.evidence.status().next_capture_s

        group = f"/groups/{scene.office.at.sales}/policy"
        assert (await boss.put(group, json={"evidence": "state_only"})).status_code == 204
        await until(lambda: pc.session.policy == Policy(EvidenceLevel.STATE_ONLY, 30))
        assert (await mori.get("/policy")).json()["mine"]["evidence"] == "state_only"

        pc.opens()
        await until(lambda: not pc.spool.backlog())
    assert await scene.listed("mori") == []
