"""What has gone out today, by the PC's own calendar; it survives a restart of the agent."""

import time
from contextlib import suppress
from pathlib import Path

import msgspec

from agent.settings import SettingsError, write_private

FILE = "sent.json"


class Today(msgspec.Struct, frozen=True):
    """The day as YYYY-MM-DD, and what was sent on it."""

    day: str = ""
    images: int = 0
    bytes: int = 0


class Sent:
    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._today = kept(self._file)

    def add(self, size: int, clock: float) -> None:
        """One more image is at the hub; a full disk costs the count of a run, not the image."""
        today = self.today(clock)
        self._today = Today(today.day, today.images + 1, today.bytes + size)
        with suppress(SettingsError):
            write_private(self._file, msgspec.json.encode(self._today))

    def today(self, clock: float) -> Today:
        day = time.strftime("%Y-%m-%d", time.localtime(clock))
        return self._today if day == self._today.day else Today(day)


def kept(file: Path) -> Today:
    try:
        return msgspec.json.decode(file.read_bytes(), type=Today)
    except (OSError, msgspec.DecodeError):
        return Today()
