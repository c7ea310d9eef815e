"""The camera for other programs: nothing unless it is turned on, and then nobody else's opener."""

import argparse
import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import numpy as np
import pytest
import uvicorn
from playwright.async_api import Browser
from starlette.applications import Starlette

from agent import settings
from agent.cameras import sharing
from agent.cameras.share import VIEWERS_MAX, Outlets, Share, Sink, routes
from agent.vision.pixels import Image
from tests.agent.live.test_view import Camera
from tests.clock import until
from tests.hubs import PLAIN
from tests.webrtc import own_names

__all__ = ["own_names"]


@dataclass
class FakeSink:
    """A virtual camera that keeps what it was sent."""

    size: tuple[int, int]
    frames: list[Image] = field(default_factory=list)
    closed: bool = False

    def send(self, frame: Image) -> None:
        self.frames.append(frame)

    def close(self) -> None:
        self.closed = True


@dataclass
class Desk:
    camera: Camera
    share: Share
    sinks: list[FakeSink]
    url: str
    client: httpx2.AsyncClient

    def at(self, path: str) -> str:
        return f"{self.url}{path}?token={self.share.token}"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A camera, what shares it, and a page of the agent's that has the streams."""
    sinks: list[FakeSink] = []

    def opened(width: int, height: int, per_s: float) -> Sink:
        sinks.append(FakeSink((width, height)))
        return sinks[-1]

    camera = Camera()
    share = Share(camera.pictures, tmp_path, opened)
    config = uvicorn.Config(Starlette(routes=routes(share)), log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server._serve([listening]))
        await until(lambda: server.started)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with httpx2.AsyncClient(trust_env=False, verify=PLAIN) as client:
            yield Desk(camera, share, sinks, url, client)
        await share.close()
        server.should_exit = True
        await serving
    await camera.stop()


# ---- the virtual camera


@pytest.mark.requirement("R36")
async def test_a_virtual_camera_shows_what_the_camera_gives(desk: Desk) -> None:
    await desk.share.virtual_camera(True)
    await until(lambda: desk.sinks and len(desk.sinks[0].frames) >= 3)

    (sink,) = desk.sinks
    assert sink.size == (320, 240)
    assert {frame.shape for frame in sink.frames} == {(240, 320, 3)}
    assert len({int(np.mean(frame)) for frame in sink.frames}) > 1
    assert desk.share.outlets.virtual_camera

    await desk.share.virtual_camera(False)
    assert sink.closed
    assert desk.share.outlets == Outlets(False, False, 0)


async def test_where_there_is_no_driver_it_says_what_to_install(desk: Desk, tmp_path: Path) -> None:
    def missing(width: int, height: int, per_s: float) -> Sink:
        raise RuntimeError("no backend")

    share = Share(desk.camera.pictures, tmp_path, missing)
    await share.virtual_camera(True)
    await until(lambda: share.outlets.trouble)

    assert share.outlets.trouble and "v4l2loopback" in share.outlets.trouble.en
    assert not share.outlets.virtual_camera


# ---- the streams


@pytest.mark.requirement("R36")
async def test_nothing_is_shared_until_the_worker_turns_it_on(desk: Desk) -> None:
    answers = [
        await desk.client.get(desk.at("/share/mjpeg")),
        await desk.client.post(desk.at("/share/whep"), content="v=0"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert desk.share.outlets == Outlets(False, False, 0)


async def test_only_who_has_the_token_and_came_by_this_pcs_own_name_gets_in(desk: Desk) -> None:
    await desk.share.stream(True)
    old = desk.at("/share/mjpeg")
    desk.share.renew()

    for address in (f"{desk.url}/share/mjpeg", old):
        assert (await desk.client.get(address)).status_code == 401
    led = {"host": "evil.example"}
    assert (await desk.client.get(desk.at("/share/mjpeg"), headers=led)).status_code == 403


async def test_the_stream_ends_for_everybody_when_sharing_is_turned_off(desk: Desk) -> None:
    await desk.share.stream(True)
    async with desk.client.stream("GET", desk.at("/share/mjpeg")) as answer:
        assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=picture"
        parts = answer.aiter_bytes()
        assert (await anext(parts)).startswith(b"--picture\r\nContent-Type: image/jpeg")
        assert desk.share.outlets.viewers == 1

        await desk.share.stream(False)
        async for _ in parts:
            pass
    assert desk.share.outlets == Outlets(False, False, 0)
    await until(lambda: not desk.camera.pictures.wanted)


async def test_a_viewer_who_goes_makes_room_for_another(desk: Desk) -> None:
    await desk.share.stream(True)
    held = [desk.client.stream("GET", desk.at("/share/mjpeg")) for _ in range(VIEWERS_MAX)]
    for one in held:
        assert (await one.__aenter__()).status_code == 200
    assert (await desk.client.get(desk.at("/share/mjpeg"))).status_code == 503

    await held[0].__aexit__(None, None, None)
    await until(lambda: desk.share.outlets.viewers < VIEWERS_MAX)
    for one in held[1:]:
        await one.__aexit__(None, None, None)


async def test_a_player_that_sends_nonsense_is_told_so_and_takes_no_place(desk: Desk) -> None:
    await desk.share.stream(True)

    answer = await desk.client.post(desk.at("/share/whep"), content="nonsense")

    assert answer.status_code == 400
    assert desk.share.outlets.viewers == 0


# ---- in a real browser

WHEP = """async (url) => {
  const pc = new RTCPeerConnection();
  pc.addTransceiver("video", { direction: "recvonly" });
  const video = document.body.appendChild(document.createElement("video"));
  video.muted = true;
  pc.ontrack = ({ track }) => { video.srcObject = new MediaStream([track]); video.play(); };
  await pc.setLocalDescription();
  await new Promise((done) => {
    const look = () => pc.iceGatheringState === "complete" && done();
    pc.onicegatheringstatechange = look;
    look();
  });
  const headers = { "content-type": "application/sdp" };
  const answer = await fetch(url, { method: "POST", headers, body: pc.localDescription.sdp });
  await pc.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  return [answer.status, answer.headers.get("location")];
}"""
SHADE = """() => {
  const image = document.querySelector("img");
  if (!image?.naturalWidth) return [0, 0, 0];
  const paint = document.createElement("canvas").getContext("2d");
  paint.drawImage(image, 0, 0, 8, 8);
  return [image.naturalWidth, image.naturalHeight, paint.getImageData(2, 2, 1, 1).data[0]];
}"""
FRAMES = "() => document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames"


@pytest.mark.requirement("R36")
async def test_any_browser_shows_the_stream(desk: Desk, chromium: Browser) -> None:
    await desk.share.stream(True)
    page = await chromium.new_page()
    await page.goto(desk.at("/share/mjpeg"), wait_until="commit")
    shades: set[int] = set()

    async def moves() -> bool:
        width, height, shade = await page.evaluate(SHADE)
        shades.add(shade)
        return (width, height) == (320, 240) and len(shades) > 3

    await until(moves)
    assert desk.share.outlets.viewers == 1

    await page.close()
    await until(lambda: desk.share.outlets.viewers == 0)


@pytest.mark.requirement("R36")
async def test_a_player_gets_the_camera_by_whep_until_it_says_goodbye(
    desk: Desk, chromium: Browser
) -> None:
    await desk.share.stream(True)
    page = await chromium.new_page()
    await page.goto(f"{desk.url}/share/mjpeg")  # refused, and of the stream's own origin

    status, where = await page.evaluate(WHEP, desk.at("/share/whep"))

    async def moves() -> bool:
        return int(await page.evaluate(FRAMES)) >= 15

    await until(moves)
    assert status == 201
    assert desk.share.outlets.viewers == 1

    assert (await desk.client.delete(desk.url + where)).status_code == 200
    assert desk.share.outlets.viewers == 0
    assert (await desk.client.delete(desk.url + where)).status_code == 404
    await page.close()


# ---- the command


def test_what_is_shared_is_said_and_kept_for_the_next_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    sharing.register(parser.add_subparsers())

    def share(*words: str) -> str:
        options = parser.parse_args(["share", "--state", str(tmp_path), *words])
        assert sharing.run(options) == 0
        return capsys.readouterr().out

    assert share() == "stream          off\nvirtual camera  off\n"
    share("--stream", "on")
    assert share("--virtual-camera", "on") == "stream          on\nvirtual camera  on\n"
    assert settings.load(tmp_path).share_stream
    assert share("--stream", "off") == "stream          off\nvirtual camera  on\n"
