"""Pictures as files: plain ones go out, and what people have is read the right way up."""

import struct

import cv2
import numpy as np
import pytest

from agent.cameras.clips import ASTRONAUT, photograph
from agent.vision.coding import NoPicture, decoded, framed, jpeg, webp
from agent.vision.pixels import Image
from hub.http.pictures.plain import plain


def portrait() -> Image:
    return np.ascontiguousarray(photograph(ASTRONAUT)[:, :400])


def held(orientation: int, order: str = "<") -> bytes:
    """A JPEG whose EXIF says how the camera was held."""
    data = cv2.imencode(".jpg", portrait())[1].tobytes()
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entry = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = mark + struct.pack(f"{order}IH", 8, 1) + entry + b"\0\0\0\0"
    body = b"Exif\0\0" + tiff
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + data[2:]


def error(one: Image, other: object) -> float:
    return float(np.abs(one.astype(np.int16) - np.asarray(other, np.int16)).mean())


@pytest.mark.requirement("R34")
def test_what_is_written_is_plain_and_shows_the_same() -> None:
    for data, media in ((jpeg(framed(portrait()), 2), "image/jpeg"),
                        (webp(framed(portrait()), 90), "image/webp")):  # fmt: skip
        seen = plain(data)
        assert (seen.media, seen.width, seen.height) == (media, 400, 512)
        assert error(decoded(data), portrait()) < 4


def test_a_worse_scale_is_a_smaller_file() -> None:
    sizes = [len(jpeg(framed(portrait()), scale)) for scale in (2, 5, 12, 31)]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_picture_is_turned_as_its_camera_was_held(orientation: int, order: str) -> None:
    data = held(orientation, order)
    theirs = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)

    assert decoded(data).shape == np.asarray(theirs).shape
    assert error(decoded(data), theirs) < 3


@pytest.mark.parametrize("form", [".jpg", ".png", ".webp", ".bmp"])
def test_what_people_have_is_read(form: str) -> None:
    data = cv2.imencode(form, portrait())[1].tobytes()

    assert error(decoded(data), portrait()) < 4


@pytest.mark.parametrize("data", [b"", b"not a picture", b"\xff\xd8\xff\xe0 cut", b"II*\0" * 9])
def test_what_is_no_picture_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(NoPicture):
        decoded(data)
