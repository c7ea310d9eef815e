"""Finds faces with the detector of an insightface pack (det_*.onnx), by insightface's own zoo."""

from fnmatch import fnmatch
from typing import Any, Protocol

from agent.vision.faces import Box, Detector
from agent.vision.models import DETECTOR, SCRFD, ModelsError, Pack, one_thread
from agent.vision.pixels import Image

SIZE = (640, 640)  # px, and the score: as insightface's FaceAnalysis takes them
MIN_SCORE = 0.5


class Finder(Protocol):
    """Finds the faces of a frame (height x width x 3, BGR), the largest first."""

    def detect(self, bgr: Image) -> list[Box]: ...


def finder(pack: Pack) -> Finder:
    """What the pack finds faces with."""
    return Scrfd(pack) if fnmatch(pack.file(DETECTOR).name, SCRFD) else Detector(pack)


class Scrfd:
    """insightface's SCRFD."""

    def __init__(self, pack: Pack) -> None:
        # imported here: it brings scipy and scikit-image, a second and 70 MB
        try:
            from insightface.model_zoo import get_model
        except ModuleNotFoundError as error:
            raise ModelsError(
                f"{pack.file(DETECTOR).name} needs insightface, which a bundle lacks: "
                "pip install 'zaiseki[agent]'"
            ) from error
        self._model: Any = get_model(
            str(pack.file(DETECTOR)),
            providers=["CPUExecutionProvider"],
            sess_options=one_thread(),
        )

    def detect(self, bgr: Image) -> list[Box]:
        corners, _ = self._model.detect(bgr, input_size=SIZE, det_thresh=MIN_SCORE)
        boxes = [
            Box(x, y, right - x, bottom - y, score)
            for x, y, right, bottom, score in corners.tolist()
        ]
        return sorted(boxes, key=lambda box: -box.height)
