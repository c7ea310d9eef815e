"""What the hint of a photo or a screen is worth: living people, and their pictures held up.

The held-up ones are composed: a phone's screen with its bezel, a sheet with its white edge, and a
picture that fills the frame. Real ones, bent, lit and moving, are not like them.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from agent.decisions.hinting import LOOKS, Suspicion
from agent.vision.eyes import Eyes
from agent.vision.judgement import Sight
from agent.vision.pixels import Image, resized
from tests.accuracy.watched import HEIGHT, WIDTH, held

AROUND = 1.7  # of the face's height: what a phone shows of a person
HIGH = 260  # px of the frame's 480, at arm's length
# By its name: how wide the edge is, in shares of the picture's width, and of what colour.
EDGES: Mapping[str, tuple[float, int]] = {"phone": (0.07, 12), "sheet": (0.05, 235)}
FILLING = "filling the frame"


def hinted(frame: Image, eyes: Eyes) -> bool | None:
    """Whether a picture that is held for some frames would be; none where no face is found."""
    suspicion, found = Suspicion(), False
    for shown in held(frame, LOOKS):
        faces = eyes.look(shown.bgr).faces
        if faces:
            found = True
            sight = Sight(living=eyes.living(shown.bgr, faces[0].box))
            suspicion = suspicion.seen(sight, shown.time_s)
    return suspicion.holds(float(LOOKS)) if found else None


def held_up(picture: Image, room: Image, eyes: Eyes) -> Iterator[tuple[str, Image]]:
    """The person of a picture before the camera of an empty room, without being there."""
    faces = eyes.look(picture).faces
    if not faces:
        return
    box, side = faces[0].box, int(faces[0].box.height * AROUND)
    left, top = max(0, int(box.x + (box.width - side) / 2)), max(0, int(box.y - side * 0.2))
    shown = picture[top : top + side, left : left + side]
    wide = HIGH * shown.shape[1] // shown.shape[0]
    for name, (edge, tone) in EDGES.items():
        rim = int(wide * edge)
        sheet = np.full((HIGH + 2 * rim, wide + 2 * rim, 3), tone, np.uint8)
        sheet[rim : rim + HIGH, rim : rim + wide] = resized(shown, wide, HIGH)
        frame = resized(room, WIDTH, HEIGHT)
        down, along = (HEIGHT - sheet.shape[0]) // 2, max(0, (WIDTH - sheet.shape[1]) // 2)
        frame[down : down + sheet.shape[0], along : along + sheet.shape[1]] = sheet[:, :WIDTH]
        yield name, frame
    yield FILLING, resized(shown, HEIGHT * shown.shape[1] // shown.shape[0], HEIGHT)
