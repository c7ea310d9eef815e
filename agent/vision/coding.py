"""Pictures as files: JPEG and WebP to send and to show, and whatever a person enrols from."""

import io
from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from agent.vision.pixels import Image

# FFmpeg's scale for JPEG is 2 (best) to 31; its Lagrange multiplier is 118 a step.
LAMBDA = 118
EXIF, ORIENTATION = b"Exif\x00\x00", 0x0112  # CIPA DC-008 4.7.2, 4.6.5
EXIF_WITHIN = 64 * 1024  # bytes: it is the first thing in a JPEG
# By EXIF's orientation: whether the picture is mirrored, and then its quarter turns to the left.
UPRIGHT = {
    2: (True, 0), 3: (False, 2), 4: (True, 2), 5: (True, 1), 6: (False, 3), 7: (True, 3),
    8: (False, 1),
}  # fmt: skip


class NoPicture(ValueError):
    """The bytes are no picture that can be read."""


def framed(bgr: Image) -> VideoFrame:
    return VideoFrame.from_ndarray(bgr, format="bgr24")


def jpeg(picture: VideoFrame, scale: int) -> bytes:
    """A plain JPEG without comments, at FFmpeg's quality scale: 2 (best) to 31."""
    frame = picture.reformat(format="yuvj420p", dst_color_range=ColorRange.JPEG)
    options = {
        "qmin": str(scale),
        "qmax": str(scale),
        "global_quality": str(scale * LAMBDA),
        "flags": "+bitexact+qscale",  # else the encoder's name is written into it
    }
    return encoded(frame, "mjpeg", options)


def webp(picture: VideoFrame, quality: int) -> bytes:
    """A plain WebP, at libwebp's quality: 0 to 100 (best)."""
    return encoded(picture.reformat(format="bgra"), "libwebp", {"quality": str(quality)})


def encoded(frame: VideoFrame, codec: str, options: Mapping[str, str]) -> bytes:
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, frame.format.name
    encoder.time_base, encoder.thread_count = Fraction(1, 1), 1
    encoder.options = dict(options)
    frame.pts, frame.time_base = None, Fraction(1, 1)
    return b"".join(map(bytes, [*encoder.encode(frame), *encoder.encode(None)]))


def decoded(data: bytes) -> Image:
    """The picture in BGR, turned as its EXIF says. Raises NoPicture."""
    try:
        with av.open(io.BytesIO(data), "r") as container:
            picture = next(container.decode(video=0))
            bgr = picture.to_ndarray(format="bgr24")
    except (av.FFmpegError, StopIteration, IndexError, ValueError) as wrong:
        raise NoPicture("not a picture that can be read") from wrong
    mirrored, turns = UPRIGHT.get(orientation(data), (False, 0))
    seen = np.rot90(bgr[:, ::-1] if mirrored else bgr, turns)
    return np.ascontiguousarray(seen, dtype=np.uint8)


def orientation(data: bytes) -> int:
    """EXIF's word on how the camera was held: 1 (upright) to 8; 1 where there is none."""
    head = data[:EXIF_WITHIN]
    begin = head.find(EXIF)
    if begin < 0:
        return 1
    tiff = head[begin + len(EXIF) :]
    order: Literal["little", "big"] = "little" if tiff.startswith(b"II") else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], order)

    entries = number(4, 4)
    for entry in range(number(entries, 2)):
        at = entries + 2 + 12 * entry
        if number(at, 2) == ORIENTATION:
            return number(at + 8, 2)
    return 1
