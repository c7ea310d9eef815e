"""Frames of a camera, a file or a test pattern, about one a second, through PyAV.

A source is told as people know it: `0`, `/dev/video0` or `id:…` for a camera, `clip.mp4` for a
recording, which is played as fast as it was recorded, `lavfi:testsrc=size=640x480:rate=5` for a
pattern.
"""

import errno
import logging
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from agent.cameras import v4l2
from agent.cameras.listing import BY_ID, BY_PATH, STABLE, V4L
from agent.troubles import Trouble
from agent.vision.pixels import Image
from hub.protocol.facts import Reason

ANALYSED_PER_S = 1.0
TAPPED_PER_S = 15.0  # what a live view and other programs get at most: enough to see a movement

# What each system calls its cameras to FFmpeg.
CAMERAS = {"Linux": "v4l2", "Windows": "dshow", "Darwin": "avfoundation"}
CAMERA_SIZE = "640x480"  # more pixels find no more faces: the detector looks at 320 x 240

PATTERN = "lavfi:"

# Every end of a frame's wait is at most this far away, so that a caller can stop soon.
LONGEST_WAIT_S = 0.5

log = logging.getLogger(__name__)


class CameraFault(Exception):
    """There are no frames (any more): `reason` for the board, `say` one line that helps."""

    def __init__(self, reason: Reason, say: Trouble) -> None:
        super().__init__(str(say))
        self.reason = reason
        self.say = say


@dataclass(frozen=True)
class Frame:
    """One picture to analyse; `time_s` is seconds since the source was opened."""

    bgr: Image
    time_s: float


@dataclass(frozen=True)
class Source:
    """Where frames come from, as FFmpeg wants it; `live` sources set their own pace.

    `size` and `controls` are what a camera is asked for each time that it is opened.
    """

    spec: str
    url: str
    format: str | None
    live: bool
    loop: bool = False
    size: str = CAMERA_SIZE
    controls: Mapping[str, int] = field(default_factory=dict)


def source(
    spec: str,
    loop: bool = False,
    size: str = CAMERA_SIZE,
    controls: Mapping[str, int] = MappingProxyType({}),
) -> Source:
    """Understand what a person wrote after --source; `loop` plays a recording for ever."""
    if spec.startswith(PATTERN):
        return Source(spec, spec.removeprefix(PATTERN), "lavfi", live=False)
    if found := camera_at(spec):
        return Source(spec, found, camera_format(), True, size=size, controls=controls)
    return Source(spec, spec, None, live=False, loop=loop)


def camera_at(spec: str) -> str | None:
    """The camera's name for FFmpeg, by number, device or stable name; None if it is none."""
    if spec.isdecimal():
        return device(int(spec))
    if spec.startswith(STABLE):
        return stable(spec.removeprefix(STABLE))
    return spec if spec.startswith("/dev/") else None


def stable(name: str) -> str:
    if platform.system() == "Windows":
        return f"video={name}"
    if platform.system() == "Darwin":
        return f"{name}:none"
    links = [V4L / folder / Path(name).name for folder in (BY_ID, BY_PATH)]
    return str(next((link for link in links if link.exists()), links[0]))


def device(number: int) -> str:
    """The name of camera `number` on this system."""
    if platform.system() == "Windows":
        names = [camera.name for camera in av.enumerate_input_devices("dshow")]
        return f"video={names[number]}" if number < len(names) else f"video={number}"
    return f"{number}:none" if platform.system() == "Darwin" else f"/dev/video{number}"


def camera_format() -> str:
    return CAMERAS.get(platform.system(), "v4l2")


class Tap(Protocol):
    """Others who look through the same camera: it is opened once, and they get what it gives.

    `wanted` is asked for every picture. `take` is called in the camera's thread and must be quick.
    """

    @property
    def wanted(self) -> bool: ...

    def take(self, picture: VideoFrame) -> None: ...


# So many a second, or what says so at each moment: who is in doubt looks faster.
Pace = float | Callable[[], float]


def now(per_s: Pace) -> float:
    return per_s() if callable(per_s) else per_s


def frames(
    source: Source,
    per_s: Pace = ANALYSED_PER_S,
    paced: bool = True,
    stop: Callable[[], bool] = lambda: False,
    tap: Tap | None = None,
) -> Iterator[Frame]:
    """The frames to look at, `per_s` a second of the source's own time. Blocks; use a thread.

    A recording is played in real time unless `paced` is false (then as fast as it is taken), and
    its times go on growing when it loops. `stop` is asked while waiting. While somebody wants
    them, `tap` gets up to TAPPED_PER_S pictures a second. Raises CameraFault.
    """
    begun, offset = time.monotonic(), 0.0
    while True:
        last = offset
        for picture in chosen(source, per_s, tap):
            last = offset + picture.time_s
            if not source.live and paced and not wait(begun + last, stop):
                return
            if stop():
                return
            if picture.tapped and tap:
                tap.take(picture.frame)
            if picture.analysed:
                yield Frame(upright(picture.frame), last)
        if not source.loop:
            raise CameraFault(
                Reason.CAMERA_UNPLUGGED if source.live else Reason.NO_FRAMES,
                ended(source),
            )
        offset = last + 1 / now(per_s)


@dataclass(frozen=True)
class Picture:
    """One decoded picture, and for whom it is; `time_s` counts from the source's first."""

    frame: VideoFrame
    time_s: float
    analysed: bool
    tapped: bool


def chosen(source: Source, per_s: Pace, tap: Tap | None = None) -> Iterator[Picture]:
    """The first picture of each period; others cost as little as may be."""
    rhythm, tapping = Rhythm(per_s), Rhythm(TAPPED_PER_S)
    first: float | None = None
    with explained(source), open_container(source) as container:
        stream = video(source, container)
        stream.codec_context.thread_count = 1  # threads would only keep pictures
        alone = stream.codec_context.codec.intra_only
        for packet in container.demux(stream):
            tapped = tap is not None and tap.wanted
            stamp = seconds(packet, source)
            wanted = stamp is None or rhythm.due(stamp) or (tapped and tapping.due(stamp))
            # a webcam's pictures stand alone: those that nobody wants need no decoding
            if alone and not wanted:
                continue
            for frame in packet.decode():
                stamp = seconds(frame, source) or 0.0
                first = stamp if first is None else first
                analysed, also = rhythm.due(stamp), tapped and tapping.due(stamp)
                if analysed:
                    rhythm.take(stamp)
                if also:
                    tapping.take(stamp)
                if analysed or also:
                    yield Picture(frame, stamp - first, analysed, also)


class Rhythm:
    """Which of a source's pictures are due, by their own times."""

    def __init__(self, per_s: Pace) -> None:
        self._per_s = per_s
        self._first: float | None = None
        self._last = self._next = 0.0

    def due(self, stamp: float) -> bool:
        # a third of a second is never exactly there
        due = min(self._next, self._last + 1 / now(self._per_s))
        return self._first is None or stamp - self._first >= due - 1e-3

    def take(self, stamp: float) -> float:
        self._first = stamp if self._first is None else self._first
        self._last = at = stamp - self._first
        period = 1 / now(self._per_s)
        # after a gap the rhythm goes on from here, without hurrying to make up for it
        self._next = max(self._next + period, at + period / 2)
        return at


def seconds(item: "Packet[VideoStream] | VideoFrame", source: Source) -> float | None:
    """When it is to be shown; a camera's pictures are shown when they come."""
    if source.live:
        return time.monotonic()
    if item.pts is None or item.time_base is None:
        return None
    return float(item.pts * item.time_base)


def video(source: Source, container: InputContainer) -> VideoStream:
    if container.streams.video:
        return container.streams.video[0]
    raise CameraFault(
        Reason.CAMERA_UNREADABLE,
        Trouble(
            f"{source.spec} に映像がありません。動画か、0 のようなカメラを指定してください",
            f"{source.spec} has no picture in it: give a video, or a camera such as 0",
        ),
    )


def open_container(source: Source) -> InputContainer:
    if source.live:
        return open_camera(source)
    if source.format is None and not Path(source.url).exists():
        raise FileNotFoundError(errno.ENOENT, "no such file", source.url)
    return av.open(source.url, format=source.format)


def open_camera(source: Source) -> InputContainer:
    """In the size that was asked for or, where the camera has no such, in its own.

    Where it is is asked anew each time: one that was plugged in again may be elsewhere.
    """
    source = replace(source, url=camera_at(source.spec) or source.url)
    try:
        found = av.open(source.url, format=source.format, options={"video_size": source.size})
    except (av.FFmpegError, OSError) as refused:
        if refused.errno not in (errno.EINVAL, errno.EIO):
            raise
        found = av.open(source.url, format=source.format)
    if source.controls:
        set_properties(source)
    return found


def set_properties(source: Source) -> None:
    """A camera that was unplugged has forgotten them; one that refuses is used as it is."""
    if source.format != "v4l2":
        log.warning("camera %s: properties cannot be set on this system", source.spec)
        return
    try:
        with v4l2.opened(Path(source.url)) as fd:
            for problem in v4l2.adjust(fd, v4l2.system(), source.controls):
                log.warning("camera %s: %s", source.spec, problem)
    except OSError as wrong:
        log.warning("camera %s: %s", source.spec, wrong)


@contextmanager
def explained(source: Source) -> Iterator[None]:
    """Turn what FFmpeg raises into what a person can do about it."""
    try:
        yield
    except OSError as error:
        raise fault(source, error) from error
    except av.FFmpegError as error:
        raise unreadable(source) from error


def fault(source: Source, error: OSError) -> CameraFault:
    name = f"camera {source.spec}" if source.live else source.spec
    ja = f"カメラ {source.spec} " if source.live else f"{source.spec} "
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        if source.live:
            say = Trouble(
                f"{ja}がありません。つなぐか、--source で別のカメラを指定してください",
                f"there is no {name}: plug it in, or name another with --source",
            )
            return CameraFault(Reason.CAMERA_UNPLUGGED, say)
        say = Trouble(
            f"ファイル {ja}がありません。場所を確かめてください",
            f"there is no file {name}: check the path",
        )
        return CameraFault(Reason.CAMERA_UNREADABLE, say)
    if error.errno == errno.EBUSY:
        say = Trouble(
            f"{ja}は使用中です。映している他のアプリを閉じてください",
            f"{name} is in use: close the other program that shows it",
        )
        return CameraFault(Reason.CAMERA_BUSY, say)
    if error.errno in (errno.EACCES, errno.EPERM):
        groups = (
            "(Linux では `video` グループに入り、サインインし直します)",
            " (on Linux: join the group `video` and sign in again)",
        )
        say = Trouble(
            f"{ja}を読む許可がありません。許可してください{groups[0] if source.live else ''}",
            f"{name} may not be read: allow it{groups[1] if source.live else ''}",
        )
        return CameraFault(Reason.CAMERA_FORBIDDEN, say)
    if source.live and error.errno == errno.EIO:
        say = Trouble(
            f"{ja}が止まりました。つなぎ直してください", f"{name} stopped: plug it in again"
        )
        return CameraFault(Reason.CAMERA_UNPLUGGED, say)
    return unreadable(source)


def unreadable(source: Source) -> CameraFault:
    kind, ja = ("camera", "カメラ") if source.live else ("video", "動画")
    return CameraFault(
        Reason.CAMERA_UNREADABLE,
        Trouble(
            f"{source.spec} は{ja}として読めません。別のものか、0 のようなカメラを指定してください",
            f"{source.spec} cannot be read as a {kind}: try another, or a camera such as 0",
        ),
    )


def ended(source: Source) -> Trouble:
    if source.live:
        return Trouble(f"カメラ {source.spec} が止まりました", f"camera {source.spec} stopped")
    return Trouble(f"{source.spec} は終わりました", f"{source.spec} is over")


def wait(until: float, stop: Callable[[], bool]) -> bool:
    """Sleep until that moment of the monotonic clock; False when told to stop before."""
    while (left := until - time.monotonic()) > 0:
        if stop():
            return False
        time.sleep(min(left, LONGEST_WAIT_S))
    return True


def upright(picture: VideoFrame) -> Image:
    """BGR pixels, turned as the file says: FFmpeg's decoder leaves that to its caller."""
    bgr = picture.to_ndarray(format="bgr24")
    return np.ascontiguousarray(np.rot90(bgr, picture.rotation // 90), dtype=np.uint8)
