"""A camera driver without a camera: answers V4L2's questions as linux/videodev2.h writes them."""

import errno
import os
import struct
from dataclasses import dataclass, field

from agent.cameras import v4l2

MJPG = 0x47504A4D


@dataclass
class Property:
    name: str
    kind: int
    minimum: int
    maximum: int
    value: int
    flags: int = 0


@dataclass
class Driver:
    """`properties` by id. While `automatic` is on, the exposure cannot be set, as in a real one."""

    card: str = "HD Pro Webcam C920"
    captures: bool = True
    sizes: tuple[tuple[int, int], ...] = ((640, 480), (640, 360), (1280, 720))
    properties: dict[int, Property] = field(
        default_factory=lambda: {
            0x980900: Property("Brightness", 1, 0, 255, 128),
            0x98090C: Property("White Balance, Automatic", 2, 0, 1, 1),
            0x980901: Property("Backlight", 1, 0, 1, 0, flags=0x0004),
            0x9A0901: Property("Auto Exposure", 3, 0, 3, 3),
            0x9A0902: Property("Exposure Time, Absolute", 1, 3, 2047, 250),
        }
    )
    order: list[int] = field(default_factory=list)

    def __call__(self, fd: int, request: int, data: bytearray) -> object:
        (number,) = struct.unpack_from("I", data)
        match request:
            case v4l2.QUERYCAP:
                struct.pack_into("16s32s", data, 0, b"uvcvideo", self.card.encode())
                struct.pack_into("I", data, 88, v4l2.CAPTURE if self.captures else 0x800000)
            case v4l2.ENUM_FMT if number == 0:
                struct.pack_into("I", data, 44, MJPG)
            case v4l2.ENUM_FRAMESIZES if number < len(self.sizes):
                struct.pack_into("III", data, 8, v4l2.DISCRETE, *self.sizes[number])
            case v4l2.QUERYCTRL if after := [
                id for id in self.properties if id > number ^ v4l2.NEXT
            ]:
                one = self.properties[min(after)]
                limits = (one.minimum, one.maximum, 1, one.value, one.flags)
                struct.pack_into(
                    "II32s4iI", data, 0, min(after), one.kind, one.name.encode(), *limits
                )
            case v4l2.G_CTRL if number in self.properties:
                struct.pack_into("i", data, 4, self.properties[number].value)
            case v4l2.S_CTRL if number in self.properties and self._settable(number):
                self.order.append(number)
                self.properties[number].value = struct.unpack_from("i", data, 4)[0]
            case _:
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return data

    def _settable(self, number: int) -> bool:
        return number != 0x9A0902 or self.properties[0x9A0901].value == 1
