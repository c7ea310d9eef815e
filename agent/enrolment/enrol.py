"""Enrolment: from pictures of one person to the template that the agent compares with."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.enrolment import gallery
from agent.enrolment.gallery import Gallery
from agent.vision.coding import NoPicture, decoded
from agent.vision.eyes import Eyes, Face
from agent.vision.judgement import OTHER_BELOW
from agent.vision.pixels import Image

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}

# Templates of 5 to 10 frames were measured; more brought nothing.
FROM_CAMERA = 7
CAMERA_TRIES = 60  # frames, so a minute at one a second

MIN_HEIGHT_PX = 80
# Stricter than for a frame that is only looked at, for the template lives for months. Half turned
# is welcome: a person at work looks aside, too.
MIN_SHARPNESS, MIN_CONTRAST, MIN_FRONTALITY = 0.6, 0.6, 0.4


class Refused(Exception):
    """A picture that cannot be used: which, why, and what to do, in one line."""


@dataclass(frozen=True)
class Picture:
    name: str
    bgr: Image


def enrol(pictures: Iterable[Picture], eyes: Eyes) -> Gallery:
    """Make a gallery of pictures that each show the member alone, and well. Raises Refused."""
    first: tuple[str, Face] | None = None
    embeddings = []
    for picture in pictures:
        face = usable(picture, eyes)
        first = first or (picture.name, face)
        same_person(picture.name, face, *first)
        embeddings.append(face.embedding)
    if not embeddings:
        raise Refused("no pictures to enrol from: name at least one, better five")
    return gallery.of(embeddings, eyes.recogniser)


def enrol_from_camera(frames: Iterable[Picture], eyes: Eyes) -> Gallery:
    """Take the first good frames of a camera. Raises Refused when a minute brings too few."""
    good: list[Picture] = []
    problem = "the camera gave no frame"
    for tried, frame in enumerate(frames, start=1):
        try:
            usable(frame, eyes)
            good.append(frame)
        except Refused as refused:
            problem = str(refused)
        if len(good) == FROM_CAMERA:
            return enrol(good, eyes)
        if tried == CAMERA_TRIES:
            break
    raise Refused(f"{len(good)} of {FROM_CAMERA} frames could be used; the last problem: {problem}")


def usable(picture: Picture, eyes: Eyes) -> Face:
    """The one face of a picture. Raises Refused."""
    faces = eyes.look(picture.bgr).faces
    if not faces:
        raise Refused(f"{picture.name}: no face found: use a picture of the face from the front")
    if len(faces) > 1:
        raise Refused(
            f"{picture.name}: {len(faces)} faces found: use a picture of one person alone"
        )
    face, quality = faces[0], faces[0].quality
    if face.box.height < MIN_HEIGHT_PX:
        raise Refused(
            f"{picture.name}: the face is {face.box.height:.0f} px high, "
            f"{MIN_HEIGHT_PX} are needed: come nearer or use a larger picture"
        )
    if quality.contrast < MIN_CONTRAST:
        raise Refused(f"{picture.name}: the face is too dark or too pale: put light on it")
    if quality.frontality < MIN_FRONTALITY:
        raise Refused(f"{picture.name}: the face is turned away: look towards the camera")
    if quality.sharpness < MIN_SHARPNESS:
        raise Refused(f"{picture.name}: the face is blurred: keep still and clean the lens")
    return face


def same_person(name: str, face: Face, first_name: str, first: Face) -> None:
    """Refuse a picture that is certainly of somebody else than the first one."""
    if first.embedding @ face.embedding < OTHER_BELOW:
        raise Refused(f"{name}: not the person of {first_name}: use pictures of one person")


def pictures(paths: Iterable[Path]) -> Iterator[Picture]:
    """Read picture files, and all that lie in a folder, by name. Raises Refused."""
    for path in paths:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        chosen = [file for file in files if file == path or file.suffix.lower() in PICTURES]
        if not chosen:
            raise Refused(f"{path}: no pictures in this folder: put .jpg or .png files there")
        yield from (Picture(str(file), read(file)) for file in chosen)


def read(file: Path) -> Image:
    """One picture as BGR, turned as its EXIF says."""
    try:
        return decoded(file.read_bytes())
    except OSError as error:
        raise Refused(f"{file}: cannot be read ({error.strerror}): check the path") from error
    except NoPicture as error:
        raise Refused(f"{file}: not a picture: use .jpg or .png") from error
