"""Frames come at the asked rate, upright and in their own time; what goes wrong is said plainly."""

import time
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.cameras.camera import CameraFault, Frame, Rhythm, fault, frames, source
from hub.protocol.facts import Reason

WIDTH, HEIGHT = 160, 120


def record(path: Path, seconds: float, fps: int = 10, rotation: int = 0) -> Path:
    """A clip that is white above and black below, each frame a little darker."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.set_display_rotation(rotation)
        for number in range(round(seconds * fps)):
            image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
            image[: HEIGHT // 2] = 250 - number
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def until_fault(given: Iterator[Frame]) -> tuple[list[Frame], CameraFault]:
    taken: list[Frame] = []
    with pytest.raises(CameraFault) as raised:
        taken += given
    return taken, raised.value


def collect(given: Iterator[Frame]) -> list[Frame]:
    """The frames before the source ends."""
    taken = []
    try:
        for frame in given:
            taken.append(frame)
    except CameraFault:
        return taken
    raise AssertionError("a source ends with a fault")


def test_one_frame_a_second_is_analysed_of_ten(tmp_path: Path) -> None:
    clip = source(str(record(tmp_path / "clip.mp4", seconds=3.5)))

    taken = collect(frames(clip, paced=False))

    assert [frame.time_s for frame in taken] == pytest.approx([0, 1, 2, 3], abs=0.05)
    assert {frame.bgr.shape for frame in taken} == {(HEIGHT, WIDTH, 3)}


@pytest.mark.parametrize("per_s", [2, 3, 5, 10, 30])
def test_the_rate_is_kept_as_far_as_the_source_has_frames(tmp_path: Path, per_s: float) -> None:
    clip = source(str(record(tmp_path / "clip.mp4", seconds=3)))

    assert len(collect(frames(clip, per_s, paced=False))) == 3 * min(per_s, 10)


def test_a_recording_is_played_in_its_own_time(tmp_path: Path) -> None:
    clip = source(str(record(tmp_path / "clip.mp4", seconds=0.6)))
    begun = time.monotonic()

    taken = collect(frames(clip, per_s=10))

    assert len(taken) == 6
    assert 0.5 <= time.monotonic() - begun < 2


def test_a_loop_goes_on_and_its_times_grow(tmp_path: Path) -> None:
    clip = source(str(record(tmp_path / "clip.mp4", seconds=2)), loop=True)

    times = [frame.time_s for frame in islice(frames(clip, per_s=1, paced=False), 7)]

    assert times == pytest.approx([0, 1, 2, 3, 4, 5, 6], abs=0.1)


def test_a_player_that_is_told_to_stop_stops_before_the_next_frame(tmp_path: Path) -> None:
    clip = source(str(record(tmp_path / "clip.mp4", seconds=2)))
    taken: list[Frame] = []

    for frame in frames(clip, per_s=10, stop=lambda: len(taken) >= 3):
        taken.append(frame)

    assert len(taken) == 3


@pytest.mark.parametrize(
    ("rotation", "shape"),
    [(0, (HEIGHT, WIDTH)), (90, (WIDTH, HEIGHT)), (180, (HEIGHT, WIDTH)), (-90, (WIDTH, HEIGHT))],
)
def test_a_turned_recording_is_seen_upright(
    tmp_path: Path, rotation: int, shape: tuple[int, int]
) -> None:
    clip = source(str(record(tmp_path / "clip.mp4", seconds=0.2, rotation=rotation)))

    bgr = collect(frames(clip, paced=False))[0].bgr

    assert bgr.shape[:2] == shape
    bright = {0: bgr[:40], 90: bgr[:, :40], 180: bgr[-40:], -90: bgr[:, -40:]}[rotation]
    assert bright.mean() > 200


def test_a_pattern_stands_in_for_a_camera() -> None:
    pattern = source("lavfi:testsrc=size=320x240:rate=5")

    taken = list(islice(frames(pattern, per_s=5, paced=False), 4))

    assert taken[3].bgr.shape == (240, 320, 3)
    assert [frame.time_s for frame in taken] == pytest.approx([0, 0.2, 0.4, 0.6])


@pytest.mark.parametrize(
    ("spec", "reason", "say"),
    [
        ("/nowhere/clip.mp4", Reason.CAMERA_UNREADABLE, "there is no file /nowhere/clip.mp4"),
        (str(Path(__file__)), Reason.CAMERA_UNREADABLE, "cannot be read as a video"),
        ("/tmp", Reason.CAMERA_UNREADABLE, "/tmp cannot be read as a video"),
        ("lavfi:nonsense=1", Reason.CAMERA_UNREADABLE, "lavfi:nonsense=1 cannot be read"),
        ("lavfi:sine=duration=1", Reason.CAMERA_UNREADABLE, "has no picture in it"),
        ("/dev/video97", Reason.CAMERA_UNPLUGGED, "no camera /dev/video97: plug it in"),
        ("97", Reason.CAMERA_UNPLUGGED, "there is no camera 97: plug it in, or name another"),
    ],
)
def test_a_source_that_cannot_be_used_says_what_to_do(spec: str, reason: Reason, say: str) -> None:
    taken, problem = until_fault(frames(source(spec), paced=False))

    assert taken == []
    assert problem.reason is reason
    assert say in problem.say.en
    assert problem.say.ja not in ("", problem.say.en)
    assert "\n" not in problem.say.en + problem.say.ja


@pytest.mark.parametrize(
    ("error", "reason", "say"),
    [
        (OSError(16, "busy"), Reason.CAMERA_BUSY, "close the other program"),
        (PermissionError(13, "denied"), Reason.CAMERA_FORBIDDEN, "join the group `video`"),
        (OSError(19, "no such device"), Reason.CAMERA_UNPLUGGED, "plug it in"),
        (OSError(5, "input/output"), Reason.CAMERA_UNPLUGGED, "stopped: plug it in again"),
        (OSError(22, "invalid"), Reason.CAMERA_UNREADABLE, "cannot be read as a camera"),
    ],
)
def test_what_the_system_says_of_a_camera_is_told_in_words(
    error: OSError, reason: Reason, say: str
) -> None:
    problem = fault(source("0"), error)

    assert problem.reason is reason
    assert say in problem.say.en
    assert problem.say.ja not in ("", problem.say.en)


def test_a_forbidden_file_is_told_apart_from_a_broken_one() -> None:
    problem = fault(source("clip.mp4"), PermissionError(13, "denied"))

    assert problem.reason is Reason.CAMERA_FORBIDDEN
    assert problem.say.en == "clip.mp4 may not be read: allow it"


def test_the_end_of_a_recording_is_no_unplugged_camera(tmp_path: Path) -> None:
    clip = source(str(record(tmp_path / "clip.mp4", seconds=0.2)))

    taken, problem = until_fault(frames(clip, paced=False))

    assert len(taken) == 1
    assert problem.reason is Reason.NO_FRAMES
    assert problem.say.en.endswith("clip.mp4 is over")


@pytest.mark.parametrize(
    ("system", "url", "form"),
    [
        ("Linux", "/dev/video2", "v4l2"),
        ("Darwin", "2:none", "avfoundation"),
    ],
)
def test_a_number_is_the_systems_camera(
    monkeypatch: pytest.MonkeyPatch, system: str, url: str, form: str
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)

    chosen = source("2")

    assert (chosen.url, chosen.format, chosen.live) == (url, form, True)


def test_who_is_in_doubt_gets_more_frames_at_once_and_then_as_many_as_before() -> None:
    hurried = [False]
    rhythm, taken = Rhythm(lambda: 3.0 if hurried[0] else 1.0), []
    for number in range(150):
        at = number / 30
        hurried[0] = 1.0 <= at < 2.9
        if rhythm.due(at):
            rhythm.take(at)
            taken.append(at)

    expected = [0, 1, 1.33, 1.67, 2, 2.33, 2.67, 3, 4]
    assert taken == pytest.approx(expected, abs=0.04)


@given(
    st.lists(st.floats(0.001, 3), min_size=1, max_size=60),
    st.sampled_from([0.5, 1.0, 3.0, 5.0]),
)
def test_frames_are_never_taken_faster_than_asked(steps: list[float], per_s: float) -> None:
    rhythm, stamp, taken = Rhythm(per_s), 100.0, []
    for step in steps:
        stamp += step
        if rhythm.due(stamp):
            taken.append(rhythm.take(stamp))

    assert taken[0] == 0
    assert all(later - at >= 0.49 / per_s for at, later in pairwise(taken))
    assert len(taken) <= taken[-1] * per_s + 1.01
