"""The gallery: the templates that name the enrolled member, several sets of images of one face."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import msgspec
import numpy as np
from numpy.typing import NDArray

from agent import secrets
from agent.secrets import Damaged, SecretsError
from agent.settings import SettingsError, write_private
from agent.vision.eyes import Look
from agent.vision.judgement import ACCEPT, Level, Seen, Sight, identify
from hub.protocol.enrolling import Condition, EnrolmentState, OwnEnrolment

FILE = "gallery.sealed"
UNSEALED = "gallery.json"  # what an older agent left
ABOUT = b"gallery"  # what the seal is bound to


class GalleryError(Exception):
    """Why there is nobody to compare with; one line that says what to do."""


class ImageSet(msgspec.Struct, frozen=True):
    """One enrolment: `template` is little-endian 32-bit floats, of length 1.

    `hub` is its id on the hub, once that has it; a set that waits for approval there, or was
    rejected, names nobody.
    """

    name: str
    condition: Condition
    images: int
    template: bytes
    made_at: float = 0.0
    hub: int | None = None
    state: EnrolmentState = EnrolmentState.APPROVED

    @property
    def vector(self) -> NDArray[np.float32]:
        return np.frombuffer(self.template, "<f4").astype(np.float32)


class Stored(msgspec.Struct, frozen=True):
    """The gallery as its file holds it; `gone` are sets that the hub is still to forget."""

    recogniser: str
    sets: tuple[ImageSet, ...]
    gone: tuple[int, ...] = ()


@dataclass(frozen=True)
class Gallery:
    """What one member looks like.

    `recogniser` names the network that made it; the numbers of another mean something else.
    """

    recogniser: str
    sets: tuple[ImageSet, ...] = ()
    gone: tuple[int, ...] = ()

    @property
    def images(self) -> int:
        return sum(one.images for one in self.sets)

    @cached_property
    def templates(self) -> NDArray[np.float32]:
        """One for each condition, of length 1: the mean direction of its approved images."""
        usable = [one for one in self.sets if one.state is EnrolmentState.APPROVED]
        means = [
            np.sum([one.images * one.vector for one in usable if one.condition is worn], axis=0)
            for worn in Condition
            if any(one.condition is worn for one in usable)
        ]
        if not means:
            return np.zeros((0, 0), np.float32)
        return np.array([mean / np.linalg.norm(mean) for mean in means], np.float32)

    def similarity(self, embedding: NDArray[np.float32]) -> float:
        """The cosine between a face and the member as they look most alike, -1..1."""
        if not len(self.templates):
            return -1.0
        return float((self.templates @ embedding).max())

    def with_set(self, one: ImageSet) -> "Gallery":
        return replace(self, sets=(*self.sets, one))

    def without(self, name: str) -> "Gallery":
        """Forget a set, and remember to tell the hub, if that has it."""
        left = tuple(one for one in self.sets if one.name != name)
        gone = tuple(one.hub for one in self.sets if one.name == name and one.hub is not None)
        return replace(self, sets=left, gone=(*self.gone, *gone))


def image_set(
    embeddings: list[NDArray[np.float32]],
    condition: Condition = Condition.PLAIN,
    made_at: float = 0.0,
) -> ImageSet:
    mean = np.mean(embeddings, axis=0)
    template = (mean / np.linalg.norm(mean)).astype("<f4").tobytes()
    return ImageSet(uuid4().hex, condition, len(embeddings), template, made_at)


def of(embeddings: list[NDArray[np.float32]], recogniser: str) -> Gallery:
    return Gallery(recogniser, (image_set(embeddings),))


def agreed(gallery: Gallery, told: list[OwnEnrolment]) -> Gallery:
    """As the hub has it: what it decided, what it forgot, and what another PC has enrolled."""
    by_id = {one.id: one for one in told if one.id not in gallery.gone}
    kept = tuple(
        msgspec.structs.replace(one, state=by_id[one.hub].state) if one.hub in by_id else one
        for one in gallery.sets
        if one.hub is None or one.hub in by_id
    )
    known = {one.hub for one in kept}
    fetched = tuple(
        ImageSet(uuid4().hex, one.condition, one.images, one.template, 0.0, one.id, one.state)
        for one in by_id.values()
        if one.template and one.id not in known
    )
    left = tuple(id for id in gallery.gone if any(one.id == id for one in told))
    return replace(gallery, sets=kept + fetched, gone=left)


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
    """Keep it sealed in the agent's state folder, whole or not at all. Raises SettingsError."""
    stored = Stored(gallery.recogniser, gallery.sets, gallery.gone)
    try:
        box = secrets.box(state)
    except SecretsError as wrong:
        raise SettingsError(str(wrong)) from None
    write_private(state / FILE, box.seal(msgspec.json.encode(stored), ABOUT))
    (state / UNSEALED).unlink(missing_ok=True)


def load(state: Path, recogniser: str) -> Gallery:
    """The gallery of a state folder. Raises GalleryError: none, damaged, or of another network."""
    stored = opened(state)
    if stored.recogniser != recogniser:
        raise GalleryError(
            f"the enrolment in {state} was made with another model: enrol again, "
            "or run with the models it was made with (--models)"
        )
    return Gallery(stored.recogniser, stored.sets, stored.gone)


def opened(state: Path) -> Stored:
    """What the folder has; what an older agent left unsealed is sealed now. Raises GalleryError."""
    plain = state / UNSEALED
    try:
        if plain.exists() and not (state / FILE).exists():
            stored = msgspec.json.decode(plain.read_bytes(), type=Stored)
            save(Gallery(stored.recogniser, stored.sets, stored.gone), state)
            return stored
        sealed = (state / FILE).read_bytes()
        return msgspec.json.decode(secrets.box(state).open(sealed, ABOUT), type=Stored)
    except FileNotFoundError as error:
        raise GalleryError(
            f"nobody is enrolled in {state}: run `zaiseki agent enrol` first"
        ) from error
    except (OSError, msgspec.DecodeError, Damaged, SecretsError, SettingsError) as error:
        raise GalleryError(
            f"the enrolment in {state} cannot be read ({error}): enrol again"
        ) from error


def exists(state: Path) -> bool:
    return (state / FILE).exists() or (state / UNSEALED).exists()


def begin(state: Path, recogniser: str) -> Gallery:
    """The same, but nobody where there is none yet. Raises GalleryError."""
    return load(state, recogniser) if exists(state) else Gallery(recogniser)
