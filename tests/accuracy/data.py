"""Reads a folder of labelled pictures; what is missing is noted, not fatal."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agent.enrolment.enrol import Refused, read
from agent.vision.pixels import Image


@dataclass(frozen=True)
class Case:
    """One picture and the state that it shows; `enrolled` is empty where it does not matter.

    `height_px` is that of the second face, or of the device on a picture of a phone. `bystander`:
    somebody else may be in the picture, so that a second face is no mistake.
    """

    file: str
    expected: str
    enrolled: str
    height_px: int | None
    bystander: bool = False


@dataclass(frozen=True)
class Pair:
    """Two pictures of one person, or of two."""

    first: str
    second: str
    same: bool


@dataclass
class Data:
    """What a folder holds: labels.csv, enrol.csv, pairs.csv, build_clip.py and the pictures."""

    folder: Path
    missing: list[str] = field(default_factory=list)

    def cases(self) -> list[Case]:
        return [
            Case(
                row["file"],
                row["expected"],
                row.get("enrolled", ""),
                number(row),
                "bystander" in row.get("note", ""),
            )
            for row in self._rows("labels.csv", "file", "expected")
        ]

    def pairs(self) -> list[Pair]:
        return [
            Pair(row["image_a"], row["image_b"], row["same"] == "1")
            for row in self._rows("pairs.csv", "image_a", "image_b", "same")
        ]

    def enrolments(self) -> dict[str, list[str]]:
        """The pictures to enrol each identity from."""
        by_identity: dict[str, list[str]] = {}
        for row in self._rows("enrol.csv", "file", "identity"):
            by_identity.setdefault(row["identity"], []).append(row["file"])
        return by_identity

    def clip_builder(self) -> Path | None:
        file = self.folder / "build_clip.py"
        if file.exists():
            return file
        self.miss("build_clip.py")
        return None

    def picture(self, name: str) -> Image | None:
        try:
            return read(self.folder / name)
        except Refused as refused:
            self.miss(str(refused))
            return None

    def _rows(self, name: str, *columns: str) -> Iterator[dict[str, str]]:
        """Those rows of a table that have what is needed."""
        file = self.folder / name
        if not file.exists():
            self.miss(name)
            return
        with file.open(newline="", encoding="utf-8") as stream:
            for line, row in enumerate(csv.DictReader(stream), 2):
                if all(row.get(column) for column in columns):
                    yield {key: value or "" for key, value in row.items() if key}
                else:
                    self.miss(f"{name} line {line}: {', '.join(columns)}")

    def miss(self, what: str) -> None:
        if what not in self.missing:
            self.missing.append(what)


def number(row: dict[str, str]) -> int | None:
    height = row.get("second_face_px", "")
    return int(height) if height.isdecimal() else None
