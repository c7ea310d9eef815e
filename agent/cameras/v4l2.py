"""What a Linux camera driver offers, asked of it directly: sizes and properties (V4L2 ioctls).

Numbers and layouts are those of linux/videodev2.h, which are the same on all 64-bit Linux. Any
file descriptor of the device will do: properties belong to the device, not to who has it open.
"""

import os
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

QUERYCAP, ENUM_FMT, ENUM_FRAMESIZES = 0x80685600, 0xC0405602, 0xC02C564A
QUERYCTRL, G_CTRL, S_CTRL = 0xC0445624, 0xC008561B, 0xC008561C
CAPTURE = 1  # V4L2_CAP_VIDEO_CAPTURE, and V4L2_BUF_TYPE_VIDEO_CAPTURE
NEXT = 0x80000000  # V4L2_CTRL_FLAG_NEXT_CTRL: the first control after this id
UNUSABLE = 0x0001 | 0x0004  # disabled, read-only
KINDS = {1: "integer", 2: "switch", 3: "menu"}
DISCRETE = 1
FORMATS_MAX, SIZES_MAX, CONTROLS_MAX = 64, 256, 512

Ioctl = Callable[[int, int, bytearray], object]


@dataclass(frozen=True)
class Control:
    """A property that the driver lets be set, with its limits and its value now."""

    id: int
    name: str
    kind: str
    minimum: int
    maximum: int
    default: int
    value: int


@dataclass(frozen=True)
class Device:
    """A camera as its driver describes it; sizes as (width, height), the largest first."""

    card: str
    captures: bool
    sizes: tuple[tuple[int, int], ...]
    controls: tuple[Control, ...]


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Raise OSError."""
    fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        yield fd
    finally:
        os.close(fd)


def system() -> Ioctl:
    import fcntl  # there is none on Windows

    return lambda fd, request, data: fcntl.ioctl(fd, request, data, True)


def describe(fd: int, ioctl: Ioctl) -> Device:
    """Raise OSError for what is no video device."""
    data = bytearray(104)
    ioctl(fd, QUERYCAP, data)
    card, device_caps = struct.unpack_from("16x32s32x4x4xI", data)
    captures = bool(device_caps & CAPTURE)
    if not captures:
        return Device(text(card), captures, (), ())
    return Device(text(card), captures, tuple(sizes(fd, ioctl)), tuple(controls(fd, ioctl)))


def sizes(fd: int, ioctl: Ioctl) -> list[tuple[int, int]]:
    """In any of its formats; of a driver that scales, its smallest and its largest."""
    found: set[tuple[int, int]] = set()
    for number in range(FORMATS_MAX):
        data = bytearray(struct.pack("II", number, CAPTURE).ljust(64, b"\0"))
        if not asked(ioctl, fd, ENUM_FMT, data):
            break
        (pixels,) = struct.unpack_from("I", data, 44)
        found |= set(_sizes(fd, ioctl, pixels))
    return sorted(found, key=lambda size: (size[0] * size[1], size), reverse=True)


def _sizes(fd: int, ioctl: Ioctl, pixels: int) -> Iterator[tuple[int, int]]:
    for number in range(SIZES_MAX):
        data = bytearray(struct.pack("II", number, pixels).ljust(44, b"\0"))
        if not asked(ioctl, fd, ENUM_FRAMESIZES, data):
            return
        kind, width, height = struct.unpack_from("III", data, 8)
        if kind == DISCRETE:
            yield width, height
            continue
        least_w, most_w, _, least_h, most_h, _ = struct.unpack_from("6I", data, 12)
        yield least_w, least_h
        yield most_w, most_h
        return


def controls(fd: int, ioctl: Ioctl) -> list[Control]:
    found, last = [], 0
    for _ in range(CONTROLS_MAX):
        data = bytearray(struct.pack("I", last | NEXT).ljust(68, b"\0"))
        if not asked(ioctl, fd, QUERYCTRL, data):
            break
        last, kind, name, least, most, _, default, flags = struct.unpack_from("II32s4iI", data)
        if kind in KINDS and not flags & UNUSABLE:
            value = bytearray(struct.pack("Ii", last, default))
            asked(ioctl, fd, G_CTRL, value)
            now = struct.unpack_from("i", value, 4)[0]
            found.append(Control(last, plain(text(name)), KINDS[kind], least, most, default, now))
    return found


def adjust(fd: int, ioctl: Ioctl, wanted: Mapping[str, int]) -> list[str]:
    """Set these properties; what could not be set, in words.

    What switches an automatic off comes first: until then drivers refuse what it governs.
    """
    known = {control.name: control for control in controls(fd, ioctl)}
    failed = []
    for name in sorted(wanted, key=lambda name: "auto" not in name):
        control, value = known.get(name), wanted[name]
        if control is None:
            failed.append(f"this camera has no {name}")
        elif not control.minimum <= value <= control.maximum:
            failed.append(f"{name} goes from {control.minimum} to {control.maximum}, not {value}")
        elif not asked(ioctl, fd, S_CTRL, bytearray(struct.pack("Ii", control.id, value))):
            failed.append(f"the camera refuses {name}={value}; is an automatic on?")
    return failed


def asked(ioctl: Ioctl, fd: int, request: int, data: bytearray) -> bool:
    """Whether the driver knew an answer."""
    try:
        ioctl(fd, request, data)
    except OSError:
        return False
    return True


def text(data: bytes) -> str:
    return data.split(b"\0")[0].decode(errors="replace")


def plain(name: str) -> str:
    """`Exposure Time, Absolute` -> `exposure_time_absolute`, as v4l2-ctl has it."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
