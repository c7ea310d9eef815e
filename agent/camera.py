"""Frames of a camera, a file or a test pattern, about one a second, through PyAV.

A source is told as people know it: `0` or `/dev/video0` for a camera, `clip.mp4` for a recording,
which is played as fast as it was recorded, and `lavfi:testsrc=size=640x480:rate=5` for a pattern.
"""

import errno
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from agent.vision.faces import Image
from hub.protocol.messages import Reason

ANALYSED_PER_S = 1.0

# What each system calls its cameras to FFmpeg.
CAMERAS = {"Linux": "v4l2", "Windows": "dshow", "Darwin": "avfoundation"}
CAMERA_SIZE = "640x480"  # more pixels find no more faces: the detector looks at 320 x 240

PATTERN = "lavfi:"

# Every end of a frame's wait is at most this far away, so that a caller can stop soon.
LONGEST_WAIT_S = 0.5


class CameraFault(Exception):
    """There are no frames (any more): `reason` for the board, `say` one line that helps."""

    def __init__(self, reason: Reason, say: str) -> None:
        super().__init__(say)
        self.reason = reason
        self.say = say


@dataclass(frozen=True)
class Frame:
    """One picture to analyse; `time_s` is seconds since the source was opened."""

    bgr: Image
    time_s: float


@dataclass(frozen=True)
class Source:
    """Where frames come from, as FFmpeg wants it; `live` sources set their own pace."""

    spec: str
    url: str
    format: str | None
    live: bool
    loop: bool = False


def source(spec: str, loop: bool = False) -> Source:
    """Understand what a person wrote after --source; `loop` plays a recording for ever."""
    if spec.startswith(PATTERN):
        return Source(spec, spec.removeprefix(PATTERN), "lavfi", live=False)
    if spec.isdecimal():
        return Source(spec, device(int(spec)), camera_format(), live=True)
    if spec.startswith("/dev/"):
        return Source(spec, spec, camera_format(), live=True)
    return Source(spec, spec, None, live=False, loop=loop)


def device(number: int) -> str:
    """The name of camera `number` on this system."""
    if platform.system() == "Windows":
        names = [camera.name for camera in av.enumerate_input_devices("dshow")]
        return f"video={names[number]}" if number < len(names) else f"video={number}"
    return f"{number}:none" if platform.system() == "Darwin" else f"/dev/video{number}"


def camera_format() -> str:
    return CAMERAS.get(platform.system(), "v4l2")


def frames(
    source: Source,
    per_s: float = ANALYSED_PER_S,
    paced: bool = True,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Frame]:
    """The frames to analyse, `per_s` a second of the source's own time. Blocks; use a thread.

    A recording is played in real time unless `paced` is false (then as fast as it is taken), and
    its times go on growing when it loops. `stop` is asked while waiting. Raises CameraFault.
    """
    begun, offset = time.monotonic(), 0.0
    while True:
        last = offset
        for picture, media_s in chosen(source, per_s):
            last = offset + media_s
            if not source.live and paced and not wait(begun + last, stop):
                return
            if stop():
                return
            yield Frame(upright(picture), last)
        if not source.loop:
            raise CameraFault(
                Reason.CAMERA_UNPLUGGED if source.live else Reason.NO_FRAMES,
                ended(source),
            )
        offset = last + 1 / per_s


def chosen(source: Source, per_s: float) -> Iterator[tuple[VideoFrame, float]]:
    """The first picture of each period, with its time from 0; others cost as little as may be."""
    rhythm = Rhythm(per_s)
    with explained(source), open_container(source) as container:
        stream = video(source, container)
        alone = stream.codec_context.codec.intra_only
        for packet in container.demux(stream):
            stamp = seconds(packet, source)
            # a webcam's pictures stand alone: those that nobody wants need no decoding
            if alone and stamp is not None and not rhythm.due(stamp):
                continue
            for picture in packet.decode():
                stamp = seconds(picture, source) or 0.0
                if rhythm.due(stamp):
                    yield picture, rhythm.take(stamp)


class Rhythm:
    """Which of a source's pictures are due, by their own times."""

    def __init__(self, per_s: float) -> None:
        self._period = 1 / per_s
        self._first: float | None = None
        self._next = 0.0

    def due(self, stamp: float) -> bool:
        # a third of a second is never exactly there
        return self._first is None or stamp - self._first >= self._next - 1e-3

    def take(self, stamp: float) -> float:
        self._first = stamp if self._first is None else self._first
        at = stamp - self._first
        # after a gap the rhythm goes on from here, without hurrying to make up for it
        self._next = max(self._next + self._period, at + self._period / 2)
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
        f"{source.spec} has no picture in it: give a video, or a camera such as 0",
    )


def open_container(source: Source) -> InputContainer:
    if source.live:
        return av.open(source.url, format=source.format, options={"video_size": CAMERA_SIZE})
    if source.format is None and not Path(source.url).exists():
        raise FileNotFoundError(errno.ENOENT, "no such file", source.url)
    return av.open(source.url, format=source.format)


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
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        if source.live:
            say = f"there is no {name}: plug it in, or name another with --source"
            return CameraFault(Reason.CAMERA_UNPLUGGED, say)
        return CameraFault(Reason.CAMERA_UNREADABLE, f"there is no file {name}: check the path")
    if error.errno == errno.EBUSY:
        say = f"{name} is in use: close the other program that shows it"
        return CameraFault(Reason.CAMERA_BUSY, say)
    if error.errno in (errno.EACCES, errno.EPERM):
        say = f"{name} may not be read: allow it" + (
            " (on Linux: join the group `video` and sign in again)" if source.live else ""
        )
        return CameraFault(Reason.CAMERA_FORBIDDEN, say)
    if source.live and error.errno == errno.EIO:
        return CameraFault(Reason.CAMERA_UNPLUGGED, f"{name} stopped: plug it in again")
    return unreadable(source)


def unreadable(source: Source) -> CameraFault:
    kind = "camera" if source.live else "video"
    return CameraFault(
        Reason.CAMERA_UNREADABLE,
        f"{source.spec} cannot be read as a {kind}: try another, or a camera such as 0",
    )


def ended(source: Source) -> str:
    return f"camera {source.spec} stopped" if source.live else f"{source.spec} is over"


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
