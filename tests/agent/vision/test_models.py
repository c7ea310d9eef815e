"""A pack of models is used only when it is what its manifest says."""

import shutil
from pathlib import Path

import pytest

from agent.vision import models
from agent.vision.models import DETECTOR, MANIFEST, RECOGNISER, ModelsError, Pack


@pytest.fixture
def copy(pack: Pack, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pack.folder, tmp_path / "pack"))


def test_a_changed_file_is_refused(copy: Path) -> None:
    file = copy / DETECTOR
    file.write_bytes(file.read_bytes()[:-1] + b"!")

    with pytest.raises(ModelsError, match="is not the file its manifest lists"):
        models.load(copy).session(DETECTOR)


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / DETECTOR).unlink()

    with pytest.raises(ModelsError, match=r"cannot read .*detect.onnx"):
        models.load(copy).session(DETECTOR)


def test_a_folder_without_models_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(ModelsError, match=r"no models in .*: .*build_models"):
        models.load(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "[{}]", "not json"])
def test_a_broken_manifest_is_said_to_be_one(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)

    with pytest.raises(ModelsError, match="is no manifest"):
        models.load(tmp_path)


def test_a_manifest_that_lacks_a_model_is_said_to_be_incomplete(copy: Path) -> None:
    (copy / MANIFEST).write_text("[]")

    with pytest.raises(ModelsError, match=f"lists no {RECOGNISER}"):
        _ = models.load(copy).recogniser


def test_every_model_tells_its_licence_and_origin(pack: Pack) -> None:
    assert all(entry.licence and entry.origin for entry in pack.entries.values())
