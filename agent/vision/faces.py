"""Finds faces, their five points and their embeddings: RFB-320, FaceMesh, ArcFace through ONNX."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agent.vision.judgement import MIN_SCORE
from agent.vision.models import DETECTOR, MESH, RECOGNISER, Pack
from agent.vision.pixels import Image, planes, square, turned

Points = NDArray[np.float32]  # n x 2, in px

MAX_OVERLAP = 0.3  # of two boxes (intersection over union), as the detector's authors use it
DETECTOR_WIDTH, DETECTOR_HEIGHT = 320, 240

MESH_SIZE = 192
# What the mesh says of a crop that is no face: -6.4 and -6.8 for the detector's two false boxes in
# 96 pictures, from 3.2 up for every true one of them, 32 px small or half turned away.
MIN_MESH_SCORE = 0.0
MESH_MARGIN = 1.3  # of the detector's box: what the points were measured with
# Corners of both eyes, tip of the nose, corners of the mouth, as the picture shows them.
LEFT_EYE, RIGHT_EYE, NOSE, MOUTH = (33, 133), (362, 263), 1, (61, 291)

# Around each eye: corner, two points of the upper lid, corner, two of the lower lid.
LEFT_LIDS, RIGHT_LIDS = (33, 160, 158, 133, 153, 144), (362, 385, 387, 263, 373, 380)

CROP_SIZE = 112  # ArcFace's
# Where ArcFace was trained to have the five points, in px of its crop.
STANDARD = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366],
     [41.5493, 92.3655], [70.7299, 92.2041]],
    np.float32,
)  # fmt: skip


@dataclass(frozen=True)
class Box:
    """A face's place in its frame, in px; it may reach over the edge."""

    x: float
    y: float
    width: float
    height: float
    score: float


class Detector:
    """RFB-320 of Ultra-Light-Fast-Generic-Face-Detector: boxes of faces from about 24 px on."""

    def __init__(self, pack: Pack) -> None:
        self._session = pack.session(DETECTOR)
        self._input = self._session.get_inputs()[0].name

    def detect(self, bgr: Image) -> list[Box]:
        """The faces of a frame, the largest first."""
        scale = min(DETECTOR_WIDTH / bgr.shape[1], DETECTOR_HEIGHT / bgr.shape[0])
        scores, corners = self._session.run(None, {self._input: letterbox(bgr, scale)})
        likely = scores[0, :, 1] >= MIN_SCORE
        size = np.array([DETECTOR_WIDTH, DETECTOR_HEIGHT] * 2, np.float32)
        found = corners[0, likely] * size / scale
        return sorted(
            (
                Box(x, y, right - x, bottom - y, score)
                for x, y, right, bottom, score in distinct(found, scores[0, likely, 1])
            ),
            key=lambda box: -box.height,
        )


def letterbox(bgr: Image, scale: float) -> NDArray[np.float32]:
    """The frame at the top left of the detector's input, so that no face is stretched."""
    size = round(bgr.shape[1] * scale), round(bgr.shape[0] * scale)
    canvas = np.zeros((1, 3, DETECTOR_HEIGHT, DETECTOR_WIDTH), np.float32)
    rgb = planes(bgr, *size)[::-1].astype(np.float32)
    canvas[0, :, : size[1], : size[0]] = (rgb - 127) / 128
    return canvas


def distinct(
    corners: NDArray[np.float32], scores: NDArray[np.float32]
) -> list[tuple[float, float, float, float, float]]:
    """Non-maximum suppression: of boxes that overlap the best one stays."""
    kept: list[int] = []
    for one in np.argsort(-scores, kind="stable").tolist():
        if all(overlap(corners[one], corners[other]) <= MAX_OVERLAP for other in kept):
            kept.append(one)
    return [(*corners[one].tolist(), float(scores[one])) for one in kept]


def overlap(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Intersection over union of two boxes, each as its left, top, right and bottom."""
    shared = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    both = float(np.prod(shared.clip(0)))
    return both / max(
        float(np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2])) - both, 1e-6
    )


class Mesh:
    """MediaPipe's FaceMesh: 468 points of a face that the detector has found."""

    def __init__(self, pack: Pack) -> None:
        self._session = pack.session(MESH)
        self._input = self._session.get_inputs()[0].name

    def five(self, bgr: Image, box: Box) -> Points | None:
        """Eye, eye, nose, mouth corner, mouth corner: the points that insightface aligns by.

        None where there is no face in the box after all.
        """
        points = self.points(bgr, box)
        return None if points is None else five_of(points)

    def points(self, bgr: Image, box: Box) -> Points | None:
        """All 468 points, in px of the frame; none where there is no face."""
        side = max(box.width, box.height) * MESH_MARGIN
        left = box.x + (box.width - side) / 2
        top = box.y + (box.height - side) / 2
        rgb = square(bgr, left, top, side, MESH_SIZE)[:, :, ::-1] / 255
        points, score = self._session.run(None, {self._input: rgb.transpose(2, 0, 1)[None]})
        if score.item() < MIN_MESH_SCORE:
            return None
        flat = points.reshape(-1, 3)[:, :2] * (side / MESH_SIZE) + (left, top)
        return np.asarray(flat, np.float32)


def five_of(points: Points) -> Points:
    left, right = points[[*LEFT_EYE]].mean(0), points[[*RIGHT_EYE]].mean(0)
    return np.array([left, right, points[NOSE], *points[[*MOUTH]]], np.float32)


def openness(points: Points) -> float:
    """How open the eyes are: the mean height of both over their width."""

    def of(outer: int, top: int, top_: int, inner: int, low_: int, low: int) -> float:
        heights = np.linalg.norm(points[[top, top_]] - points[[low, low_]], axis=1).sum()
        return float(heights / 2 / max(float(np.linalg.norm(points[outer] - points[inner])), 1e-6))

    return (of(*LEFT_LIDS) + of(*RIGHT_LIDS)) / 2


class Recogniser:
    """ArcFace through onnxruntime, with the numbers of insightface's ArcFaceONNX and norm_crop.

    insightface itself would bring scipy and scikit-image for these few lines: a second more until
    the first decision, and 70 MB.
    """

    def __init__(self, pack: Pack) -> None:
        self._session = pack.session(RECOGNISER)
        self._input = self._session.get_inputs()[0].name

    def align(self, bgr: Image, five: Points) -> Image:
        """The face upright, its points where ArcFace was trained to have them, 112 x 112 px."""
        return turned(bgr, similarity(five, STANDARD), CROP_SIZE)

    def embed(self, crop: Image) -> NDArray[np.float32]:
        """What names the face of an aligned crop, of length 1: cosines are then dot products."""
        rgb = crop[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32)
        [out] = self._session.run(None, {self._input: (rgb - 127.5) / 127.5})
        embedding: NDArray[np.float32] = out.ravel()
        return embedding / np.linalg.norm(embedding)


def similarity(source: Points, target: Points) -> NDArray[np.float64]:
    """The turn, scale and shift that bring `source` nearest to `target` (least squares), 2 x 3.

    The same as insightface's norm_crop finds, whose way there warns of its own end on every frame.
    Points are taken as complex numbers: turn and scale are then one factor.
    """
    a, b = source.astype(np.float64) @ (1, 1j), target.astype(np.float64) @ (1, 1j)
    factor = np.vdot(a - a.mean(), b - b.mean()) / np.vdot(a - a.mean(), a - a.mean())
    shift = b.mean() - factor * a.mean()
    return np.array(
        [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    )
