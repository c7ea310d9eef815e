"""Cameras by names that last, with what their drivers offer; and what is remembered of them."""

import argparse
import errno
import os
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import av
import pytest
from av.container import InputContainer

from agent import settings
from agent.cameras import camera, listing, v4l2
from agent.cameras.listing import Camera, on_linux, remembered
from tests.agent.drivers import Driver

C920 = "usb-046d_HD_Pro_Webcam_C920_A1B2-video-index0"


@pytest.fixture
def plugged(tmp_path: Path) -> Path:
    """A machine with a camera on two nodes, a second one without a serial number, and links."""
    for node in ("video0", "video1", "video10"):
        (tmp_path / node).touch()
    for folder, name, node in (
        ("by-id", C920, "video0"),
        ("by-path", "pci-0000:00:14.0-usb-0:1:1.0-video-index0", "video0"),
        ("by-path", "pci-0000:00:14.0-usb-0:2:1.0-video-index0", "video10"),
    ):
        (tmp_path / "v4l" / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "v4l" / folder / name).symlink_to(f"../../{node}")
    return tmp_path


class Machine:
    """A driver for each node."""

    def __init__(self, drivers: dict[str, Driver]) -> None:
        self.drivers = drivers

    def __call__(self, fd: int, request: int, data: bytearray) -> object:
        return self.drivers[Path(os.readlink(f"/proc/self/fd/{fd}")).name](fd, request, data)


def found(plugged: Path) -> list[Camera]:
    machine = Machine(
        {"video0": Driver(), "video1": Driver(captures=False), "video10": Driver("内蔵カメラ")}
    )
    return on_linux(plugged / "v4l", plugged, machine)


@pytest.mark.requirement("R35")
def test_cameras_are_listed_once_each_by_names_that_last(plugged: Path) -> None:
    listed = found(plugged)

    assert [one.name for one in listed] == ["HD Pro Webcam C920", "内蔵カメラ"]
    assert [one.id for one in listed] == [
        f"id:{C920}", "id:pci-0000:00:14.0-usb-0:2:1.0-video-index0",
    ]  # fmt: skip


@pytest.mark.requirement("R35", "R45")
def test_sizes_and_properties_are_what_the_driver_says(plugged: Path) -> None:
    listed = found(plugged)[0]

    assert listed.sizes == ((1280, 720), (640, 480), (640, 360))
    assert {
        one.name: (one.kind, one.minimum, one.maximum, one.value) for one in listed.controls
    } == {
        "brightness": ("integer", 0, 255, 128),
        "white_balance_automatic": ("switch", 0, 1, 1),
        "auto_exposure": ("menu", 0, 3, 3),
        "exposure_time_absolute": ("integer", 3, 2047, 250),
    }


@pytest.mark.requirement("R35")
def test_the_automatic_is_switched_off_before_what_it_governs_is_set() -> None:
    driver = Driver()

    assert v4l2.adjust(3, driver, {"exposure_time_absolute": 100, "auto_exposure": 1}) == []
    assert driver.properties[0x9A0902].value == 100
    assert driver.order == [0x9A0901, 0x9A0902]


@pytest.mark.parametrize(
    ("wanted", "say"),
    [
        ({"zoom": 3}, "this camera has no zoom"),
        ({"brightness": 300}, "brightness goes from 0 to 255, not 300"),
        (
            {"exposure_time_absolute": 100},
            "refuses exposure_time_absolute=100; is an automatic on?",
        ),
        ({"backlight": 1}, "this camera has no backlight"),
    ],
)
def test_what_a_camera_cannot_is_said_in_words(wanted: dict[str, int], say: str) -> None:
    (problem,) = v4l2.adjust(3, Driver(), wanted)

    assert say in problem


def test_a_number_is_remembered_as_the_camera_that_it_names_now(plugged: Path) -> None:
    here = [Camera(f"id:{C920}", "C920", "/dev/video0"), Camera("id:other", "内蔵", "/dev/video2")]

    assert remembered("0", here) == f"id:{C920}"
    assert remembered("/dev/video2", here) == "id:other"
    assert remembered(C920, here) == f"id:{C920}"
    assert remembered("clip.mp4", here) == "clip.mp4"
    assert remembered("7", here) == "7"


@pytest.mark.parametrize(
    ("system", "url"),
    [
        ("Windows", r"video=@device_pnp_\\?\usb#vid_046d"),
        ("Darwin", r"@device_pnp_\\?\usb#vid_046d:none"),
    ],
)
def test_a_stable_name_is_opened_as_its_system_wants(
    monkeypatch: pytest.MonkeyPatch, system: str, url: str
) -> None:
    monkeypatch.setattr("platform.system", lambda: system)

    assert camera.source(r"id:@device_pnp_\\?\usb#vid_046d").url == url


def test_a_stable_name_finds_its_camera_wherever_it_is_plugged_in(
    plugged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera, "V4L", plugged / "v4l")
    name = "pci-0000:00:14.0-usb-0:2:1.0-video-index0"

    assert camera.source(f"id:{C920}").url == str(plugged / "v4l" / "by-id" / C920)
    assert camera.source(f"id:{name}").url == str(plugged / "v4l" / "by-path" / name)
    assert camera.source("id:../../etc/passwd").url == str(plugged / "v4l" / "by-id" / "passwd")


@pytest.mark.requirement("R35")
def test_a_camera_that_comes_after_the_start_is_found_where_it_is_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera, "V4L", tmp_path)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    asked: list[str] = []

    def missing(url: str, **options: object) -> object:
        asked.append(url)
        raise FileNotFoundError(errno.ENOENT, "no such device", url)

    monkeypatch.setattr(av, "open", missing)
    wanted = camera.source("id:pci-0000:00:14.0-usb-0:2:1.0-video-index0")
    link = tmp_path / "by-path" / "pci-0000:00:14.0-usb-0:2:1.0-video-index0"
    for plugged_in in (False, True):
        if plugged_in:
            link.parent.mkdir()
            link.touch()
        with pytest.raises(camera.CameraFault):
            next(camera.frames(wanted))

    assert asked[0] != str(link)
    assert asked[1] == str(link)


# ---- the command


@pytest.fixture
def ask(plugged: Path) -> Callable[..., int]:
    """`zaiseki agent cameras` on that machine, with a state folder of its own."""
    parser = argparse.ArgumentParser()
    listing.register(parser.add_subparsers())

    def run(*words: str) -> int:
        options = parser.parse_args(["cameras", "--state", str(plugged / "state"), *words])
        return listing.run(options, lambda: found(plugged))

    return run


@pytest.mark.requirement("R35")
def test_the_list_says_what_to_type_and_marks_the_one_in_use(
    ask: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask() == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "* HD Pro Webcam C920"
    assert f"    name   id:{C920}" in lines
    assert "    sizes  1280x720 640x480 640x360" in lines
    assert "    exposure_time_absolute=250  (3..2047, 250 by itself)" in lines


@pytest.mark.requirement("R35")
def test_a_choice_is_kept_by_the_name_that_lasts(ask: Callable[..., int], plugged: Path) -> None:
    chosen = ("--use", "0", "--size", "640x360", "--set", "auto_exposure=1")

    assert ask(*chosen, "--set", "exposure_time_absolute=90") == 0
    assert ask("--set", "auto_exposure=") == 0

    kept = settings.load(plugged / "state")
    assert (kept.source, kept.size) == (f"id:{C920}", "640x360")
    assert kept.controls == {"exposure_time_absolute": 90}


@pytest.mark.parametrize(
    ("words", "say"),
    [
        (("--use", "5"), "there is no camera 5; name one of the list"),
        (("--size", "big"), "Expected `str` matching regex"),
        (("--set", "zoom=3"), "this camera has no property 'zoom'"),
        (("--set", "brightness=bright"), "brightness goes from 0 to 255"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_in_one_line_and_nothing_is_kept(
    ask: Callable[..., int],
    plugged: Path,
    words: tuple[str, ...],
    say: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert ask(*words) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert say in line
    assert not (plugged / "state").exists()


# ---- hot-plug


@pytest.mark.requirement("R35")
def test_a_camera_that_comes_back_is_asked_again_for_its_size_and_properties(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    real = av.open

    def plug(url: str, format: str, options: dict[str, str] | None = None) -> InputContainer:
        asked.append(options)
        if len(asked) == 1:
            raise OSError(errno.ENODEV, "no such device")
        if options:
            raise av.ArgumentError(errno.EINVAL, "no such size")
        return real("testsrc=size=640x360:rate=5", format="lavfi")

    monkeypatch.setattr(av, "open", plug)
    monkeypatch.setattr(camera, "set_properties", lambda source: asked.append(source.controls))
    source = camera.source("/dev/video0", size="640x360", controls={"brightness": 9})
    with pytest.raises(camera.CameraFault, match="plug it in"):
        next(camera.frames(source))

    (frame,) = islice(camera.frames(source), 1)

    assert frame.bgr.shape == (360, 640, 3)
    size = {"video_size": "640x360"}
    assert asked == [size, size, None, {"brightness": 9}]
