"""Shows pictures and clips to an agent and collects what it decides."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from agent.cameras.camera import Frame
from agent.decisions.observation import Debounce, IncidentChanged, PresenceChanged
from agent.enrolment import gallery
from agent.enrolment.gallery import Gallery
from agent.vision.eyes import Eyes
from agent.vision.pixels import Image
from hub.protocol.facts import Phase
from tests.accuracy.data import Case, Data
from tests.accuracy.story import Decision, Scene, news, patience, scenes
from tests.accuracy.tally import Decided
from tests.watching import Told, Watching

WIDTH, HEIGHT = 640, 480  # what the agent asks of a camera
NOISE = 1.5  # of 255, standard deviation: what a webcam's sensor adds to a room that keeps still
NOISES = 8
SEED = 3
# The shortest absence that the product allows; by default it is twice that, with the same result.
AWAY_AFTER_S, HELD_S = 30.0, 34
CLIP_FPS = 5


def galleries(data: Data, eyes: Eyes) -> dict[str, Gallery]:
    """The templates of everybody whom enrol.csv lists; pictures without a face are left out."""
    made = {}
    for identity, files in data.enrolments().items():
        shown = [picture for picture in map(data.picture, files) if picture is not None]
        faces = [look.faces[0] for look in map(eyes.look, shown) if look.faces]
        if faces:
            made[identity] = gallery.of([face.embedding for face in faces], eyes.recogniser)
    return made


def decided(case: Case, picture: Image, eyes: Eyes, known: Gallery) -> Decided:
    """What the agent settles on when the camera shows a picture for a while."""
    watching = Watching(eyes, known, timing=Debounce(away_after_s=AWAY_AFTER_S))
    told = watching.frames(held(picture, HELD_S))
    incidents = {one.what for one in decisions(told)} - {"present", "away", "unknown"}
    presence = str(watching.observation.presence)
    return Decided(
        case.file, case.expected, case.height_px, presence, frozenset(incidents), case.bystander
    )


def held(picture: Image, seconds: int) -> Iterator[Frame]:
    """A picture as a camera would show it, one frame a second, each with noise of its own."""
    shown = fitted(picture)
    chance = np.random.default_rng(SEED)
    noises = [chance.normal(0, NOISE, shown.shape).round().astype(np.int16) for _ in range(NOISES)]
    for second in range(seconds):
        noisy = cv2.add(shown, noises[second % NOISES], dtype=cv2.CV_8U)
        yield Frame(np.asarray(noisy, np.uint8), float(second))


def fitted(picture: Image) -> Image:
    """No larger than what a camera gives."""
    scale = min(1.0, WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
    if scale == 1.0:
        return picture
    size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def decisions(told: list[Told]) -> list[Decision]:
    """Presences, and incidents that open or show anew; that they end is no decision of theirs."""
    return [Decision(name, one.at) for one in told if (name := what(one))]


def what(told: Told) -> str:
    event = told.event
    if isinstance(event, PresenceChanged):
        return str(event.presence)
    assert isinstance(event, IncidentChanged)
    return "" if event.phase is Phase.ENDED else str(event.incident.kind)


def build(builder: Path, clip: Path) -> None:
    """Raises CalledProcessError; the builder has said why."""
    words = [sys.executable, str(builder), str(clip), str(CLIP_FPS)]
    subprocess.run(words, check=True, capture_output=True, text=True)


def story(clip: Path) -> list[Scene]:
    """What a clip tells, by the table beside it and its own length."""
    with Path(f"{clip}.states.csv").open(newline="", encoding="utf-8") as stream:
        rows = [(float(row["second"]), row["state"]) for row in csv.DictReader(stream)]
    with av.open(str(clip)) as container:
        length_s = float(container.duration or 0) / 1e6
    return scenes(rows, max(length_s, rows[-1][0] + 1))


def watched(clip: Path, told_of: list[Scene], eyes: Eyes, known: Gallery) -> list[Decision]:
    """The clip through an agent that is as patient as the story allows."""
    watching = Watching(eyes, known, timing=Debounce(away_after_s=patience(told_of)))
    return news(decisions(watching.clip(str(clip))))
