"""The loaded models, for all the agents of one process."""

import threading
from dataclasses import dataclass, replace

from agent.cameras.camera import Frame
from agent.decisions.challenge import Gesture
from agent.enrolment.gallery import Gallery, recognise
from agent.vision.devices import Search
from agent.vision.eyes import Eyes, Look
from agent.vision.faces import Box
from agent.vision.judgement import Level, Sight
from agent.vision.pixels import Image


@dataclass(frozen=True)
class SharedEyes:
    """One looks at a time: the models take all the cores that they may have."""

    eyes: Eyes
    turn: threading.Lock

    def sight(
        self,
        frame: Frame,
        gallery: Gallery,
        level: Level,
        search: Search | None,
        hint: bool = False,
    ) -> Sight:
        """What is in a frame; a search for a phone takes longer than all the rest.

        With `hint` also whether the face that is judged may be a photo or a screen.
        """
        with self.turn:
            look = self.eyes.look(frame.bgr)
            sight = recognise(look, gallery, level)
            score = None if search is None else self.eyes.phone(frame.bgr, search).score
            living = self.eyes.living(frame.bgr, judged(look, sight)) if hint else None
        return replace(sight, phone=score, living=living)

    def gesture(self, frame: Frame) -> Gesture | None:
        with self.turn:
            return self.eyes.gesture(frame.bgr)

    def others(self, bgr: Image, gallery: Gallery, level: Level) -> list[Box]:
        """Where faces are that are not the member's, or may not be."""
        with self.turn:
            boxes, look = self.eyes.boxes(bgr), self.eyes.look(bgr)
        sight = recognise(look, gallery, level)
        named = zip(look.faces, sight.faces, strict=True)
        mine = [face.box for face, seen in named if seen is sight.match]
        return [box for box in boxes if box not in mine]


def judged(look: Look, sight: Sight) -> Box | None:
    """The face of whoever is taken to sit there: the member's, else the largest."""
    match = sight.match
    place = sight.faces.index(match) if match else 0
    return look.faces[place].box if look.faces else None
