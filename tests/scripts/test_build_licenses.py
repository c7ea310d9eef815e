"""What the wheel says about the works of others in it."""

import json
from pathlib import Path

import msgspec
import pytest

from hub.shell.licenses import Kind, Part
from scripts import build_licenses, build_web


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with one model, one package of the web app and one tool."""
    monkeypatch.setattr(build_web, "packages", lambda web: None)
    models, modules = tmp_path / "agent" / "_models", tmp_path / "web" / "node_modules"
    models.mkdir(parents=True)
    (tmp_path / "hub").mkdir()
    (tmp_path / "LICENSE").write_text("Apache License")
    entry = {"name": "a.onnx", "sha256": "abcdef0123", "licence": "MIT", "origin": "A, (c) B"}
    (models / "manifest.json").write_text(json.dumps([entry]))
    for name in ("@scope/used", "tool"):
        (modules / name).mkdir(parents=True)
        (modules / name / "LICENSE").write_text(f"the licence of {name}")
    packages = {
        "": {"name": "web"},
        "node_modules/@scope/used": {"version": "1.2.3", "license": "MIT"},
        "node_modules/tool": {"version": "9", "license": "ISC", "dev": True},
    }
    (tmp_path / "web" / "package-lock.json").write_text(json.dumps({"packages": packages}))
    return tmp_path


def test_models_and_the_web_apps_packages_are_named_with_their_texts(root: Path) -> None:
    build_licenses.build(root)

    model, package = msgspec.json.decode(
        (root / "hub" / "_licenses.json").read_bytes(), type=list[Part]
    )
    assert (model.kind, model.name, model.licence) == (Kind.MODEL, "a.onnx", "MIT")
    assert model.text.startswith("A, (c) B\n\nPermission is hereby granted")
    assert (package.name, package.version, package.licence) == ("@scope/used", "1.2.3", "MIT")
    assert package.text == "the licence of @scope/used"


def test_building_again_changes_nothing(root: Path) -> None:
    build_licenses.build(root)
    file = root / "hub" / "_licenses.json"
    before = file.stat().st_mtime_ns

    build_licenses.build(root)

    assert file.stat().st_mtime_ns == before
