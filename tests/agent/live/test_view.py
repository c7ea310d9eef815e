"""Who asks to see the worker live: shown, answered each time, and sent only after a yes."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamTrack
from av.video.frame import VideoFrame
from msgspec import Struct

from agent.cameras import pictures
from agent.cameras.pictures import LARGEST, Pictures, fitted
from agent.live.view import LiveViews
from hub.protocol import viewing
from hub.protocol.facts import Purpose
from hub.protocol.live_view import SdpKind, ViewAnswered, ViewAsked, ViewEnd, ViewEnded, ViewSignal
from tests.clock import until
from tests.webrtc import own_names

__all__ = ["own_names"]


class Camera:
    """Gives pictures for as long as somebody wants them, as the looking thread does."""

    def __init__(self) -> None:
        self.pictures = Pictures()
        self.given = 0
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            if self.pictures.wanted:
                self.given += 1
                await asyncio.to_thread(self.pictures.take, picture(shade=40 * (self.given % 6)))
            await asyncio.sleep(1 / 30)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def picture(width: int = 320, height: int = 240, shade: int = 120) -> VideoFrame:
    return VideoFrame.from_ndarray(np.full((height, width, 3), shade, np.uint8), format="bgr24")


class Office:
    """The worker's live views, and everything that the hub was told of them."""

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        self.said: list[Struct] = []
        self.forbidden: ViewEnd | None = None
        self.changes = 0
        self.views = LiveViews(camera.pictures, self.said.append, lambda: self.forbidden)
        self.views.watch.append(self.changed)

    def changed(self) -> None:
        self.changes += 1

    def asks(self, view: str = "v1", by: str = "木村 楓") -> None:
        self.views.heard(ViewAsked(view, by, Purpose.WORK_CHECK, 1_780_000_000.0))

    async def offered(self, view: str = "v1") -> str:
        """The description that the hub is given after a yes."""
        self.asks(view)
        assert self.views.accept(view)
        await until(lambda: any(isinstance(one, ViewSignal) for one in self.said))
        return next(one.sdp for one in self.said if isinstance(one, ViewSignal))


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    camera = Camera()
    here = Office(camera)
    yield here
    await here.views.close()
    await camera.stop()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("ANSWER_WITHIN_S", "CONNECT_WITHIN_S", "LONGEST_S"):
        monkeypatch.setattr(viewing, name, 0.0)
    yield


# ---- the question


async def test_the_worker_is_shown_who_asks_what_for_and_for_how_long(office: Office) -> None:
    office.asks()

    (question,) = office.views.pending
    assert (question.by, question.purpose) == ("木村 楓", "work_check")
    assert 25 < question.left_s <= viewing.ANSWER_WITHIN_S
    assert office.said == []
    assert office.changes == 1


async def test_nothing_is_taken_from_the_camera_before_a_yes(office: Office) -> None:
    office.asks()

    wanted = [office.camera.pictures.wanted]
    office.views.accept("v1")
    wanted.append(office.camera.pictures.wanted)
    office.views.end("v1")
    wanted.append(office.camera.pictures.wanted)

    assert wanted == [False, True, False]


async def test_a_no_is_told_and_final(office: Office) -> None:
    office.asks()

    assert office.views.refuse("v1")
    assert office.said == [ViewAnswered("v1", accepted=False)]
    assert office.views.pending == []
    assert not office.views.accept("v1")


async def test_a_question_without_an_answer_is_refused_by_itself(
    office: Office, short: None
) -> None:
    office.asks()
    office.views.beat()

    assert office.said == [ViewEnded("v1", ViewEnd.NO_ANSWER)]
    assert office.views.pending == []


async def test_where_no_image_may_leave_the_pc_the_worker_is_not_even_asked(
    office: Office,
) -> None:
    office.forbidden = ViewEnd.NOT_ALLOWED
    office.asks()

    assert office.views.pending == []
    assert office.said == [ViewEnded("v1", ViewEnd.NOT_ALLOWED)]


async def test_a_policy_that_becomes_stricter_ends_what_runs(office: Office) -> None:
    await office.offered()
    office.forbidden = ViewEnd.NOT_ALLOWED
    office.views.beat()

    assert office.said[-1] == ViewEnded("v1", ViewEnd.NOT_ALLOWED)
    assert office.views.active == []


async def test_a_fourth_viewer_is_told_that_there_are_enough(office: Office) -> None:
    for view in ("v1", "v2", "v3", "v4"):
        office.asks(view)

    assert [one.view for one in office.views.pending] == ["v1", "v2", "v3"]
    assert office.said == [ViewEnded("v4", ViewEnd.BUSY)]


# ---- the end


async def test_everybody_is_cut_off_when_the_hub_is_lost(office: Office) -> None:
    await office.offered()
    office.asks("v2")
    office.views.lost()

    assert (office.views.active, office.views.pending) == ([], [])
    assert not office.camera.pictures.wanted


async def test_the_asker_may_leave_at_any_time(office: Office) -> None:
    await office.offered()
    office.views.heard(ViewEnded("v1", ViewEnd.WATCHER_LEFT))

    assert office.views.active == []
    assert not any(isinstance(one, ViewEnded) for one in office.said)


async def test_an_answer_that_is_no_description_ends_that_view_alone(office: Office) -> None:
    await office.offered()
    office.asks("v2")
    office.views.heard(ViewSignal("v1", SdpKind.ANSWER, "nonsense"))

    await until(lambda: office.views.active == [])
    assert office.said[-1] == ViewEnded("v1", ViewEnd.NO_WAY)
    assert [one.view for one in office.views.pending] == ["v2"]


# ---- the picture


class Viewer:
    """The other end, without a browser."""

    def __init__(self) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.frames: list[VideoFrame] = []
        self.pc.on("track", self._see)
        self._task: asyncio.Task[None] | None = None

    async def answer(self, offer: str) -> str:
        await self.pc.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await self.pc.setLocalDescription()
        return self.pc.localDescription.sdp

    def _see(self, track: MediaStreamTrack) -> None:
        self._task = asyncio.create_task(self._read(track))

    async def _read(self, track: MediaStreamTrack) -> None:
        while True:
            frame = await track.recv()
            assert isinstance(frame, VideoFrame)
            self.frames.append(frame)

    async def leave(self) -> None:
        await self.pc.close()
        if self._task:
            await asyncio.gather(self._task, return_exceptions=True)


async def test_a_yes_sends_the_cameras_pictures_as_vp8(office: Office) -> None:
    offer = await office.offered()
    viewer = Viewer()
    answer = await viewer.answer(offer)
    office.views.heard(ViewSignal("v1", SdpKind.ANSWER, answer))

    await until(lambda: len(viewer.frames) >= 5)
    assert "VP8/90000" in offer
    assert "H264" not in offer
    assert (viewer.frames[-1].width, viewer.frames[-1].height) == (320, 240)
    assert len({frame.to_ndarray()[0, 0] // 20 for frame in viewer.frames}) > 1

    await viewer.leave()
    await until(lambda: office.views.active == [])
    assert not office.camera.pictures.wanted


async def test_no_server_is_ever_asked_that_the_hub_has_not_named(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    real = RTCPeerConnection.__init__

    def noted(self: RTCPeerConnection, configuration: RTCConfiguration | None = None) -> None:
        asked.append(configuration and configuration.iceServers)
        real(self, configuration)

    monkeypatch.setattr(RTCPeerConnection, "__init__", noted)
    await office.offered()

    assert asked == [[]]


@pytest.mark.requirement("R45")
@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ((640, 480), (640, 480)),
        ((640, 360), (640, 360)),
        ((1920, 1080), (640, 360)),
        ((1280, 960), (640, 480)),
        ((161, 121), (160, 120)),
    ],
)
def test_a_picture_is_fitted_and_keeps_its_shape(
    given: tuple[int, int], sent: tuple[int, int]
) -> None:
    made = fitted(picture(*given))

    assert (made.width, made.height) == sent
    assert made.format.name == "yuv420p"
    assert made.width <= LARGEST[0]
    assert made.height <= LARGEST[1]


async def test_one_who_is_slow_gets_the_latest_picture_and_no_queue() -> None:
    seen = pictures.Pictures()
    with seen.looking():
        for shade in (10, 90, 200):
            await asyncio.to_thread(seen.take, picture(shade=shade))
        await asyncio.sleep(0)
        number, latest = await seen.after(0)

    assert number == 3
    assert latest.to_ndarray()[0, 0] > 150
    assert not seen.wanted


async def test_a_closed_camera_is_black_and_no_picture_of_before() -> None:
    seen = pictures.Pictures()
    with seen.looking():
        await asyncio.to_thread(seen.take, picture(640, 360, shade=200))
        number, _ = await seen.after(0)
        seen.cover()
        _, latest = await seen.after(number)

    assert (latest.width, latest.height) == (640, 360)
    assert latest.to_ndarray(format="gray").max() < 20


async def test_no_two_who_look_share_a_frame() -> None:
    """An encoder writes into the frame that it is given."""
    seen = pictures.Pictures()
    with seen.looking():
        await asyncio.to_thread(seen.take, picture())
        frames = [frame for _, frame in [await seen.after(0), await seen.after(0)]]

    assert frames[0] is not frames[1]
    assert [frame.pts for frame in frames] == [frames[0].pts] * 2
