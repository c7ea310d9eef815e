"""What an agent keeps in its state folder: settings, and the token that makes it a device."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from agent.vision.judgement import Level

SETTINGS_FILE = "settings.json"
TOKEN_FILE = "token"
TOKEN_VARIABLE = "ZAISEKI_TOKEN"
TOKEN_MAX_CHARS = 512


class SettingsError(Exception):
    """One line: which setting is wrong or missing, and what to write."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one agent works. `pace` scales every time of the debounce (tests and demos are quick).

    The limits of `away_after_s` are the product's; below one frame a second a visit of a few
    seconds could be missed, above ten nothing is gained for the processor time. `images` are kept
    while the hub is away, the oldest overwritten: 500 are about 40 MB. `size` and `controls` are
    asked of the camera; the `share_*` let other programs have its picture too.
    """

    hub: str = ""
    source: str = "0"
    loop: bool = False
    level: Level = Level.MID
    fps: Annotated[float, Meta(ge=1, le=10)] = 1.0
    away_after_s: Annotated[float, Meta(ge=30, le=600)] = 60.0
    pace: Annotated[float, Meta(ge=0.01, le=1)] = 1.0
    models: str | None = None
    images: Annotated[int, Meta(ge=2, le=100_000)] = 500
    size: Annotated[str, Meta(pattern=r"^\d{2,4}x\d{2,4}$")] = "640x480"
    controls: dict[str, int] = {}
    share_stream: bool = False
    share_camera: bool = False


def default_folder() -> Path:
    """Where the system's users keep state (XDG base directories; AppData on Windows)."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "zaiseki" / "agent"


def load(folder: Path, **options: object) -> Settings:
    """The folder's settings, where no option (that is not None) says otherwise."""
    file = folder / SETTINGS_FILE
    try:
        kept = msgspec.json.decode(file.read_bytes(), type=dict[str, object])
    except FileNotFoundError:
        kept = {}
    except OSError as wrong:
        raise SettingsError(f"{file} cannot be read: {wrong.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise SettingsError(f"{file} is not JSON ({wrong}); correct or remove it") from None
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return msgspec.convert(kept | given, Settings)
    except msgspec.ValidationError as wrong:
        raise SettingsError(f"{wrong}; correct the option or {file}") from None


def save(folder: Path, settings: Settings) -> None:
    text = msgspec.json.format(msgspec.json.encode(settings), indent=2)
    write_private(folder / SETTINGS_FILE, text + b"\n")


def token(folder: Path, file: Path | None, environment: str | None) -> str:
    """From the file that was named, else the environment, else the state folder."""
    if file is None and environment:
        return checked(environment, TOKEN_VARIABLE)
    kept = file or folder / TOKEN_FILE
    try:
        return checked(kept.read_text(), str(kept))
    except FileNotFoundError:
        raise SettingsError(
            f"there is no token in {kept}; pair this PC with `zaiseki agent pair URL`, "
            f"or name a token's file with --token-file, or set {TOKEN_VARIABLE}"
        ) from None
    except (OSError, UnicodeDecodeError) as wrong:
        raise SettingsError(f"the token in {kept} cannot be read ({wrong})") from None


def checked(text: str, where: str) -> str:
    """A token travels in a header, so it is printable ASCII without spaces (RFC 6750 2.1)."""
    word = text.strip()
    if not word or len(word) > TOKEN_MAX_CHARS or not (word.isascii() and word.isprintable()):
        raise SettingsError(f"{where} holds no device token; copy it as `device add` printed it")
    if " " in word:
        raise SettingsError(f"{where} holds more than a token; leave only the token in it")
    return word


def save_token(folder: Path, word: str) -> None:
    write_private(folder / TOKEN_FILE, word.encode() + b"\n")


def write_private(file: Path, data: bytes) -> None:
    """Whole or not at all, and readable by its owner alone."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as part:  # is 0600
            part.write(data)
        os.replace(part.name, file)
    except OSError as wrong:
        raise SettingsError(f"{file} cannot be written: {wrong.strerror}") from None
