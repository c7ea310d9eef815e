"""Another pack of models, as insightface names its files."""

import hashlib
import shutil
import sys
from pathlib import Path

import msgspec
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from agent.cameras import clips
from agent.enrolment import gallery
from agent.enrolment.gallery import GalleryError
from agent.exits import Exit
from agent.vision import models
from agent.vision.eyes import Eyes
from agent.vision.models import DETECTOR, DEVICES, MANIFEST, MESH, RECOGNISER, ModelsError, Pack
from agent.vision.pack import manifest
from agent.vision.scrfd import Scrfd, finder
from hub import cli

STRIDES = (8, 16, 32)  # SCRFD's; two anchors a cell, of an input of 640 x 640
CELL = (8 * 20 + 10) * 2  # of the last stride: its centre is at 320, 256


def scrfd(file: Path) -> None:
    """A network with SCRFD's nine outputs, which sees one face of 128 px wherever it looks."""
    outputs: list[tuple[str, np.ndarray]] = []
    for name, width in (("score", 1), ("box", 4), ("points", 10)):
        for stride in STRIDES:
            values = np.zeros((2 * (640 // stride) ** 2, width), np.float32)
            if stride == STRIDES[-1]:
                values[CELL] = 0.9 if name == "score" else 2 if name == "box" else 0
            outputs.append((f"{name}{stride}", values))
    graph = helper.make_graph(
        [helper.make_node("Identity", [f"{name}_"], [name]) for name, _ in outputs],
        "scrfd",
        [helper.make_tensor_value_info("input.1", TensorProto.FLOAT, [1, 3, None, None])],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, list(v.shape)) for n, v in outputs],
        [numpy_helper.from_array(values, f"{name}_") for name, values in outputs],
    )
    opset = helper.make_opsetid("", 13)
    onnx.save(helper.make_model(graph, opset_imports=[opset], ir_version=8), file)


@pytest.fixture
def folder(pack: Pack, tmp_path: Path) -> Path:
    """A pack laid out as insightface's: a detector, a recogniser and one file more."""
    pack_folder = tmp_path / "buffalo"
    pack_folder.mkdir()
    shutil.copy(pack.file(RECOGNISER), pack_folder / "w600k_mbf.onnx")
    scrfd(pack_folder / "det_500m.onnx")
    (pack_folder / "genderage.onnx").write_bytes(b"not asked for")
    (pack_folder / MANIFEST).write_bytes(manifest(pack_folder, "bought", "a shop"))
    return pack_folder


def test_its_files_are_known_by_insightfaces_names_and_the_rest_is_ours(
    folder: Path, pack: Pack
) -> None:
    jobs = models.load(folder).jobs()

    assert jobs[DETECTOR] == folder / "det_500m.onnx"
    assert jobs[RECOGNISER] == folder / "w600k_mbf.onnx"
    assert jobs[MESH] == pack.file(MESH)
    assert jobs[DEVICES] == pack.file(DEVICES)


def test_its_detector_runs_through_insightfaces_zoo(folder: Path) -> None:
    found = finder(models.load(folder))

    [box] = found.detect(np.zeros((480, 640, 3), np.uint8))

    assert isinstance(found, Scrfd)
    assert (box.x, box.y, box.width, box.height) == pytest.approx((256, 192, 128, 128))
    assert box.score == pytest.approx(0.9)


def test_a_pack_with_a_recogniser_alone_finds_and_names_as_the_default_does(
    pack: Pack, tmp_path: Path
) -> None:
    shutil.copy(pack.file(RECOGNISER), tmp_path / "w600k_r50.onnx")
    (tmp_path / MANIFEST).write_bytes(manifest(tmp_path, "bought", ""))
    frame = clips.render(("pine",), 0, 0)

    ours, theirs = (Eyes(one).look(frame).faces for one in (pack, models.load(tmp_path)))

    assert len(theirs) == 1
    assert ours[0].embedding @ theirs[0].embedding == pytest.approx(1, abs=1e-5)


def test_a_pack_without_a_recogniser_is_refused(folder: Path) -> None:
    (folder / "w600k_mbf.onnx").unlink()
    (folder / MANIFEST).write_bytes(manifest(folder, "bought", ""))

    with pytest.raises(ModelsError, match=RECOGNISER):
        Eyes(models.load(folder))


def test_another_recogniser_asks_for_enrolment_in_one_line(
    folder: Path, pack: Pack, tmp_path: Path
) -> None:
    recogniser = folder / "w600k_mbf.onnx"
    network = onnx.load(recogniser)
    network.doc_string = "trained anew"
    onnx.save(network, recogniser)
    (folder / MANIFEST).write_bytes(manifest(folder, "bought", ""))
    known = gallery.of([np.ones(512, np.float32)], pack.recogniser)
    gallery.save(known, tmp_path / "state")

    with pytest.raises(GalleryError, match="enrol again") as refused:
        gallery.load(tmp_path / "state", models.load(folder).recogniser)
    assert "\n" not in str(refused.value)


def test_the_command_writes_the_manifest_and_says_what_does_which_job(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / MANIFEST).unlink()
    words = ["zaiseki", "agent", "pack", str(folder), "--licence", "contract 12"]
    monkeypatch.setattr(sys, "argv", words)

    with pytest.raises(SystemExit) as end:
        cli.main()

    assert end.value.code == Exit.STOPPED
    assert "det_500m.onnx" in capsys.readouterr().out
    first = msgspec.json.decode((folder / MANIFEST).read_bytes())[0]
    data = (folder / "det_500m.onnx").read_bytes()
    assert first["sha256"] == hashlib.sha256(data).hexdigest()
    assert first["licence"] == "contract 12"


def test_a_folder_without_models_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no \.onnx file"):
        manifest(tmp_path, "bought", "")
