"""Smaller, cut-out and turned pictures, with what the agent brings anyway: FFmpeg and numpy."""

import math
from typing import Any, cast

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # height x width x 3, BGR
Planes = NDArray[np.uint8]  # 3 x height x width: blue, green, red
Grey = NDArray[np.uint8]  # height x width

# ITU-R BT.601 2.5.1: how much of the light is in blue, green and red.
LIGHT = np.array([0.114, 0.587, 0.299], np.float32)


def planes(bgr: Image, width: int, height: int) -> Planes:
    """The picture in another size: each new pixel is the mean of the area that it covers.

    FFmpeg takes blue, green and red for the three planes of a format that it need not convert.
    """
    apart = np.ascontiguousarray(bgr.transpose(2, 0, 1))
    whole = VideoFrame.from_ndarray(apart, format="yuv444p")
    return cast(
        Planes, whole.reformat(width, height, interpolation=Interpolation.AREA).to_ndarray()
    )


def resized(bgr: Image, width: int, height: int) -> Image:
    return np.ascontiguousarray(planes(bgr, width, height).transpose(1, 2, 0))


def small_grey(bgr: Image, width: int, height: int) -> Grey:
    """The same of its light alone."""
    whole = VideoFrame.from_ndarray(bgr, format="bgr24")
    small = whole.reformat(width, height, "gray", interpolation=Interpolation.AREA)
    return cast(Grey, small.to_ndarray())


def light(bgr: Image) -> NDArray[np.float32]:
    """How light each pixel is, 0..255."""
    return cast(NDArray[np.float32], bgr.astype(np.float32) @ LIGHT)


def square(bgr: Image, left: float, top: float, side: float, size: int) -> NDArray[np.float32]:
    """A square of the picture as `size` x `size` x 3; black where it reaches over the edge."""
    first_row, first_column = max(0, math.floor(top)), max(0, math.floor(left))
    rows = slice(first_row, max(first_row, math.floor(top + side) + 2))
    columns = slice(first_column, max(first_column, math.floor(left + side) + 2))
    at = np.arange(size) * (side / size)
    down = between(bgr[rows, columns], at + (top - first_row), 0)
    return between(down, at + (left - first_column), 1)


def between(
    pixels: NDArray[np.uint8] | NDArray[np.float32], at: NDArray[np.floating[Any]], axis: int
) -> NDArray[np.float32]:
    """Pixels at places between those of one axis (0 or 1), from the two beside each."""
    length, shape = pixels.shape[axis], (-1, 1, 1) if axis == 0 else (1, -1, 1)
    if not length:
        hollow = [len(at) if one == axis else n for one, n in enumerate(pixels.shape)]
        return np.zeros(hollow, np.float32)
    first = np.floor(at).astype(np.intp)
    made: NDArray[np.float32] | None = None
    for places, share in ((first, first + 1 - at), (first + 1, at - first)):
        inside = (places >= 0) & (places < length)
        weights = np.where(inside, share, 0).astype(np.float32).reshape(shape)
        part = pixels.take(places.clip(0, length - 1), axis) * weights
        made = part if made is None else made + part
    return cast(NDArray[np.float32], made)


def turned(bgr: Image, into: NDArray[np.float64], size: int) -> Image:
    """The picture through a turn, scale and shift (2 x 3), `size` x `size`; outside it is black.

    Each new pixel is asked where it comes from, and takes of the four pixels around that place.
    """
    height, width = bgr.shape[:2]
    back = np.linalg.inv(into[:, :2])
    down, along = np.mgrid[:size, :size]
    x, y = np.tensordot(back, np.stack([along - into[0, 2], down - into[1, 2]]), 1)
    left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    right_share, low_share = x - left, y - top
    pixels, made = bgr.reshape(-1, 3), np.zeros((size, size, 3), np.float32)
    for rows, vertical in ((top, 1 - low_share), (top + 1, low_share)):
        for columns, across in ((left, 1 - right_share), (left + 1, right_share)):
            inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
            place = np.where(inside, rows * width + columns, 0)
            weight = (vertical * across * inside).astype(np.float32)
            made += pixels.take(place, axis=0) * weight[..., None]
    return np.rint(made).astype(np.uint8)
