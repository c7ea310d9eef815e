"""A pause: the worker closes the camera, for a while or until they open it again."""

from pathlib import Path

import msgspec

from agent.settings import write_private

FILE = "pause.json"


class Pause(msgspec.Struct, frozen=True):
    """Why nothing is captured, and until what time of day (s since 1970; None: until resumed)."""

    reason: str
    until: float | None = None

    def over(self, clock: float) -> bool:
        return self.until is not None and clock >= self.until


def load(folder: Path) -> Pause | None:
    """The pause that an earlier run left: starting the machine again opens no camera.

    A file that cannot be read is a pause, too: nobody is filmed because of a bad disk.
    """
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Pause)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError):
        return Pause("")


def save(folder: Path, pause: Pause | None) -> None:
    """Raise SettingsError or OSError when the disk does not take it."""
    if pause:
        write_private(folder / FILE, msgspec.json.encode(pause))
    else:
        (folder / FILE).unlink(missing_ok=True)
