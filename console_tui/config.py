"""What a person set for their terminal: `tui.toml` in the configuration folder. All optional.

```toml
ascii = true        # this terminal draws characters of ambiguous width two cells wide
light = true
language = "ja"
images = "terminal" # kitty's or sixel images, where the terminal has them, instead of blocks

[keys]              # the names that `zaiseki tui --keys` prints
filter = "ctrl+f,slash"

[filters]           # one's own, on the palette, and as --filter @name
"東京の離席" = "group:東京 state:away since>10m"
```
"""

import os
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from console_tui.filter import BadFilter, Filter, parse
from console_tui.keys import EVERY, checked
from console_tui.words import Words


class BadConfig(ValueError):
    """One line with the file and what is wrong in it."""


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    ascii: bool = False
    light: bool = False
    language: Literal["ja", "en"] | None = None
    images: Literal["blocks", "terminal"] = "blocks"
    keys: dict[str, str] = {}
    filters: dict[str, str] = {}


def place() -> Path:
    """XDG Base Directory: what a person chose, and may carry to another machine."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "zaiseki" / "tui.toml"


def load() -> Config:
    """Raise BadConfig; no file is no setting."""
    file = place()
    try:
        config = msgspec.toml.decode(file.read_bytes(), type=Config)
        checked(config.keys)
        for name, text in config.filters.items():
            understood(name, text)
    except FileNotFoundError:
        return Config()
    except (OSError, ValueError) as bad:
        raise BadConfig(f"{file}: {bad}") from None
    return config


def understood(name: str, text: str) -> None:
    """Raise BadConfig for a filter that cannot be meant."""
    try:
        if parse(text) == Filter():
            raise BadConfig(f"[filters] {name!r} filters nobody; write what is typed after /")
    except BadFilter as bad:
        raise BadConfig(f"[filters] {name!r}: {Words('en')(bad.key, **bad.values)}") from None


def as_toml() -> str:
    """The keys as they are, in the form of the file."""
    lines = [f'{key.id} = "{key.keys}"' for key in EVERY]
    return "\n".join(["[keys]", *lines])
