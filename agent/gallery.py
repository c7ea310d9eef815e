"""The gallery: the template that names the enrolled member, kept on this PC only."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from agent.vision.eyes import Look
from agent.vision.judgement import ACCEPT, Level, Seen, Sight, identify

FILE = "gallery.json"


class GalleryError(Exception):
    """Why there is nobody to compare with; one line that says what to do."""


class Stored(msgspec.Struct, frozen=True):
    """The gallery as its file holds it; `template` is little-endian 32-bit floats."""

    recogniser: str
    images: int
    template: bytes


@dataclass(frozen=True)
class Gallery:
    """One member's template: of length 1, the mean direction of `images` embeddings.

    `recogniser` names the network that made it; the numbers of another mean something else.
    """

    recogniser: str
    images: int
    template: NDArray[np.float32]

    def similarity(self, embedding: NDArray[np.float32]) -> float:
        """The cosine between a face and the member, -1..1."""
        return float(self.template @ embedding)


def of(embeddings: list[NDArray[np.float32]], recogniser: str) -> Gallery:
    mean = np.mean(embeddings, axis=0)
    template = (mean / np.linalg.norm(mean)).astype(np.float32)
    return Gallery(recogniser, len(embeddings), template)


def recognise(look: Look, gallery: Gallery, level: Level) -> Sight:
    """Judge every face of a frame against the member."""
    faces = []
    for face in look.faces:
        similarity = gallery.similarity(face.embedding)
        faces.append(
            Seen(
                identity=identify(similarity, level),
                similarity=similarity,
                quality=face.quality.overall,
                height=face.box.height / look.height,
                score=face.box.score,
            )
        )
    return Sight(tuple(faces), ACCEPT[level])


def save(gallery: Gallery, state: Path) -> None:
    """Keep it in the agent's state folder, whole or not at all, for its owner's eyes only."""
    stored = Stored(gallery.recogniser, gallery.images, gallery.template.astype("<f4").tobytes())
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    # such a file is made with mode 0600
    with tempfile.NamedTemporaryFile(dir=state, delete=False) as part:
        part.write(msgspec.json.encode(stored))
    os.replace(part.name, state / FILE)


def load(state: Path, recogniser: str) -> Gallery:
    """The gallery of a state folder. Raises GalleryError: none, damaged, or of another network."""
    file = state / FILE
    try:
        stored = msgspec.json.decode(file.read_bytes(), type=Stored)
    except FileNotFoundError as error:
        raise GalleryError(
            f"nobody is enrolled in {state}: run `zaiseki agent enrol` first"
        ) from error
    except (OSError, msgspec.DecodeError) as error:
        raise GalleryError(f"cannot read {file} ({error}): enrol again") from error
    if stored.recogniser != recogniser:
        raise GalleryError(
            f"{file} was made with another model: enrol again, "
            "or run with the models it was made with (--models)"
        )
    template = np.frombuffer(stored.template, "<f4").astype(np.float32)
    return Gallery(stored.recogniser, stored.images, template)
