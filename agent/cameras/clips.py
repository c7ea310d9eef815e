"""Composes webcam-like clips of people who come, go, and are watched, for the demo and the tests.

The people are cut out of photographs that installed packages carry (insightface's group picture,
scikit-image's portrait) and set before a drawn office; no picture is part of this distribution.
"""

import importlib.util
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from agent.vision.pixels import Image

WIDTH, HEIGHT = 640, 480
FPS = 5

GROUP = ("insightface", "data/images/t1.jpg")
ASTRONAUT = ("skimage", "data/astronaut.png")

Outline = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Portrait:
    """Where a person is in a photograph, in its px, and where the face goes in our frame."""

    photo: tuple[str, str]
    face: tuple[int, int]
    scale: float
    at: tuple[int, int]
    outline: Outline  # of head and body, some px too wide: the exact edge is found


# fmt: off
PEOPLE = {
    "maple": Portrait(GROUP, (107, 330), 1.4, (140, 210), (
        (60, 246), (95, 232), (130, 240), (165, 275), (180, 330), (190, 385), (228, 382),
        (260, 440), (272, 520), (305, 620), (300, 700), (0, 700), (0, 430), (18, 420), (20, 350),
        (32, 290))),
    "cedar": Portrait(GROUP, (325, 200), 1.6, (320, 200), (
        (262, 140), (300, 105), (345, 98), (422, 125), (415, 150), (398, 165), (408, 205),
        (445, 228), (460, 260), (458, 350), (380, 420), (300, 420), (262, 350), (262, 300),
        (330, 250), (300, 240), (275, 200))),
    "willow": Portrait(GROUP, (515, 340), 1.45, (310, 215), (
        (464, 260), (480, 232), (520, 216), (575, 220), (606, 250), (608, 300), (592, 350),
        (575, 385), (548, 405), (585, 450), (592, 500), (606, 440), (625, 400), (650, 395),
        (680, 430), (682, 480), (640, 545), (560, 612), (430, 645), (340, 640), (336, 560),
        (342, 480), (372, 405), (420, 370), (462, 338))),
    "ginkgo": Portrait(GROUP, (800, 395), 1.55, (320, 210), (
        (743, 325), (770, 292), (830, 288), (872, 310), (877, 350), (868, 392), (896, 396),
        (908, 440), (912, 520), (928, 560), (925, 625), (700, 625), (636, 560), (650, 515),
        (690, 470), (735, 430), (765, 415), (750, 370))),
    "bamboo": Portrait(GROUP, (955, 125), 1.7, (300, 225), (
        (878, 50), (920, 8), (985, 0), (1040, 22), (1060, 70), (1057, 130), (1130, 140),
        (1190, 160), (1245, 225), (1240, 232), (1200, 228), (1150, 236), (1120, 270), (1115, 330),
        (1100, 360), (985, 440), (930, 440), (890, 340), (876, 250), (895, 200), (938, 185),
        (922, 160), (912, 110))),
    "plum": Portrait(GROUP, (1180, 335), 1.4, (510, 205), (
        (1148, 242), (1195, 232), (1238, 255), (1264, 310), (1268, 425), (1280, 470), (1280, 640),
        (1000, 640), (983, 500), (1030, 428), (1085, 428), (1118, 420), (1122, 330),
        (1133, 270))),
    "pine": Portrait(ASTRONAUT, (228, 115), 1.35, (320, 195), (
        (158, 40), (200, 8), (265, 8), (300, 50), (300, 120), (285, 140), (265, 158), (258, 178),
        (285, 200), (305, 245), (350, 280), (370, 345), (420, 345), (470, 370), (500, 440),
        (500, 511), (20, 511), (20, 380), (70, 250), (115, 215), (112, 185), (135, 155),
        (168, 150), (152, 90))),
}
# fmt: on


@dataclass(frozen=True)
class Scene:
    """Who is there for how long: nobody, one person at the desk, or another who looks on behind."""

    seconds: float
    people: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layer:
    """A cut-out in a frame of its own: colours already times opacity, and what shows through."""

    colour: Image
    through: Image


def people() -> tuple[str, ...]:
    return tuple(PEOPLE)


def compose(path: Path, scenes: Sequence[Scene], fps: int = FPS) -> Path:
    """Write the scenes, one after the other, as an H.264 clip of 640 x 480."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".part{path.suffix}")
    with av.open(str(part), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        # the noise must not be lost: an empty room would stand as still as a frozen camera
        stream.options = {"preset": "veryfast", "crf": "20", "tune": "grain"}
        for image in frames(scenes, fps):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    part.replace(path)
    return path


def enrolment_pictures(person: str, folder: Path, count: int = 5) -> list[Path]:
    """Write pictures to enrol the person from, each a little different."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{person}-{number}.jpg" for number in range(1, count + 1)]
    for number, file in enumerate(files):
        file.write_bytes(cv2.imencode(".jpg", render((person,), 1.3 * number, number))[1].tobytes())
    return files


def frames(scenes: Sequence[Scene], fps: int) -> Iterator[Image]:
    number = 0
    for scene in scenes:
        for _ in range(round(scene.seconds * fps)):
            yield render(scene.people, number / fps, number)
            number += 1


def render(present: tuple[str, ...], at_s: float, number: int) -> Image:
    """One frame, from back to front: wall, who looks on, partition, who sits at the desk, noise."""
    image = wall().copy()
    if len(present) > 1:
        sitting, onlooker = present
        image = over(image, behind(onlooker, aside(sitting)), sway(at_s + 1.7))
    image[PARTITION_TOP:] = partition()
    if present:
        image = over(image, cut_out(present[0]), sway(at_s))
    return np.asarray(cv2.add(image, noise(number % NOISES), dtype=cv2.CV_8U), np.uint8)


def over(image: Image, layer: Layer, moved: NDArray[np.float64]) -> Image:
    size = (WIDTH, HEIGHT)
    through = cv2.warpAffine(layer.through, moved, size, borderValue=(255, 255, 255))
    colour = cv2.warpAffine(layer.colour, moved, size)
    return np.asarray(cv2.add(cv2.multiply(image, through, scale=1 / 255), colour), np.uint8)


def sway(at_s: float) -> NDArray[np.float64]:
    """Nobody sits quite still: some px, and half a degree, in slow swings."""
    turned = 0.5 * math.sin(at_s / 1.9)
    size = 1.01 + 0.01 * math.sin(at_s / 2.3)
    moved = np.asarray(cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT), turned, size), np.float64)
    moved[:, 2] += np.array((4 * math.sin(at_s / 1.3), 1 + 2 * math.sin(at_s / 0.9)))
    return moved


@cache
def cut_out(person: str) -> Layer:
    """The person alone, as large and where a webcam would show them."""
    portrait = PEOPLE[person]
    photo = photograph(portrait.photo)
    (x, y), scale, (to_x, to_y) = portrait.face, portrait.scale, portrait.at
    into = np.array([[scale, 0, to_x - x * scale], [0, scale, to_y - y * scale]])
    mask = cv2.warpAffine(silhouette(photo, portrait.outline), into, (WIDTH, HEIGHT))
    opacity = np.asarray(cv2.cvtColor(cv2.GaussianBlur(mask, (0, 0), 1.5), cv2.COLOR_GRAY2BGR))
    colour = cv2.warpAffine(
        photo, into, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    shown = np.asarray(cv2.multiply(colour, opacity, scale=1 / 255), np.uint8)
    return Layer(shown, np.asarray(255 - opacity, np.uint8))


def silhouette(photo: Image, outline: Outline) -> NDArray[np.uint8]:
    """255 inside the person, 0 outside; the edge is searched for near the outline (GrabCut)."""
    rough = np.zeros(photo.shape[:2], np.uint8)
    cv2.fillPoly(rough, [np.array(outline, np.int32)], 255)
    left, top, width, height = cv2.boundingRect(np.array(outline, np.int32))
    box = (slice(max(0, top - 25), top + height + 25), slice(max(0, left - 25), left + width + 25))
    marks = np.full(rough[box].shape, cv2.GC_BGD, np.uint8)
    marks[cv2.dilate(rough[box], disc(13)) > 0] = cv2.GC_PR_BGD
    marks[rough[box] > 0] = cv2.GC_PR_FGD
    marks[cv2.erode(rough[box], disc(17)) > 0] = cv2.GC_FGD
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    near = np.ascontiguousarray(photo[box])
    cv2.setRNGSeed(0)
    cv2.grabCut(near, marks, (0, 0, 1, 1), background, foreground, 2, cv2.GC_INIT_WITH_MASK)
    mask = np.zeros_like(rough)
    mask[box] = np.where(np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)), 255, 0)
    return np.asarray(cv2.erode(mask, np.ones((3, 3), np.uint8)), np.uint8)


def disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


ONLOOKER_SIZE = 0.42  # of one who sits at the desk: about 2 m behind
PARTITION_TOP = 270


def aside(sitting: str) -> int:
    """Where, in px from the left, a second head is not hidden by the first."""
    return 560 if PEOPLE[sitting].at[0] < WIDTH * 0.6 else 110


@cache
def behind(person: str, x: int) -> Layer:
    """The person smaller, head at `x`, standing so that the partition hides where they end."""
    small = cut_out(person)
    k = ONLOOKER_SIZE
    into = np.array([[k, 0, x - PEOPLE[person].at[0] * k], [0, k, PARTITION_TOP + 20 - HEIGHT * k]])
    size = (WIDTH, HEIGHT)
    return Layer(
        np.asarray(cv2.warpAffine(small.colour, into, size, flags=cv2.INTER_AREA), np.uint8),
        np.asarray(cv2.warpAffine(small.through, into, size, borderValue=(255,) * 3), np.uint8),
    )


@cache
def wall() -> Image:
    """A warm wall in the light of a window, out of focus."""
    down, along = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    light = 1.05 - 0.25 * np.hypot((along - 140) / WIDTH, (down - 60) / HEIGHT)
    image = light[..., None] * np.array([70, 125, 175], np.float32)
    image[40:240, 20:120] = (225, 235, 240)
    image[40:240, 66:74] = image[136:144, 20:120] = 150
    image[70:150, 470:580] = (60, 80, 95)
    image[78:142, 478:572] = (140, 170, 175)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 5), np.uint8)


@cache
def partition() -> Image:
    """The grey screen between this desk and the room."""
    rows = HEIGHT - PARTITION_TOP
    shade = np.linspace(1.05, 0.75, rows, dtype=np.float32)[:, None, None]
    image = shade * np.full((rows, WIDTH, 3), (95, 105, 112), np.float32)
    image[:8] = (150, 160, 165)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 2), np.uint8)


NOISES = 8


@cache
def noise(number: int) -> NDArray[np.int16]:
    """A cheap sensor's noise: 2 of 255, and no two frames the same."""
    chance = np.random.default_rng(number)
    return chance.normal(0, 2, (HEIGHT, WIDTH, 3)).round().astype(np.int16)


@cache
def photograph(photo: tuple[str, str]) -> Image:
    """A picture inside an installed package, which is found without being imported."""
    package, name = photo
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(f"the package {package} is not installed: install zaiseki[agent]")
    file = Path(found.submodule_search_locations[0], name)
    image = cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(image, np.uint8)
