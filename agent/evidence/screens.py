"""What the monitors show, through mss; where a platform forbids that, in which words."""

import os
from collections.abc import Mapping

import mss
import numpy as np
from mss.exception import ScreenShotError

from agent.vision.pixels import Image


class NoScreen(Exception):
    """There is no picture of the screen, and why: a word for the record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def grab() -> list[Image]:
    """One picture for each monitor (height x width x 3, BGR); raise NoScreen."""
    forbidden(os.environ)
    try:
        with mss.MSS() as eyes:
            # the first of them is all the others together
            shots = [eyes.grab(monitor) for monitor in eyes.monitors[1:]]
            pictures = [bgr(shot.bgra, shot.width, shot.height) for shot in shots]
    except (ScreenShotError, OSError):
        raise NoScreen("screen_unreadable") from None
    if not pictures:
        raise NoScreen("no_monitor")
    return pictures


def forbidden(environment: Mapping[str, str]) -> None:
    """Wayland shows programs nothing of other windows; X11 wants to be told which display."""
    if os.name != "posix" or os.uname().sysname == "Darwin":
        return
    if environment.get("WAYLAND_DISPLAY") or environment.get("XDG_SESSION_TYPE") == "wayland":
        raise NoScreen("wayland")
    if not environment.get("DISPLAY"):
        raise NoScreen("no_display")


def bgr(bgra: bytes | bytearray, width: int, height: int) -> Image:
    pixels = np.frombuffer(bgra, np.uint8).reshape(height, width, 4)
    return np.ascontiguousarray(pixels[:, :, :3])
