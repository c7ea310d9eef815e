"""Whose work is in an installation."""

import sys
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import msgspec
import pytest

from hub import cli
from hub.shell import licenses
from hub.shell.licenses import (
    FREE_BUNDLE,
    GPL_BUNDLE,
    Kind,
    Licenses,
    Part,
    collect,
    licence,
    lines,
)

CARRIED = [Part(Kind.MODEL, "detect.onnx", "6c0256cc", "MIT", "whose it is")]


@pytest.fixture
def carried(tmp_path: Path) -> Path:
    file = tmp_path / "_licenses.json"
    file.write_bytes(msgspec.json.encode(CARRIED))
    return file


def installed(folder: Path, name: str, *fields: str, text: str = "") -> Distribution:
    """A package as pip leaves it."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("\n".join([f"Name: {name}", "Version: 1.0", *fields, ""]))
    if text:
        (info / "licenses").mkdir()
        (info / "licenses" / "LICENSE").write_text(text)
        (info / "RECORD").write_text(f"{info.name}/licenses/LICENSE,,\n")
    return PathDistribution(info)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (["License-Expression: BSD-3-Clause", "License: other"], "BSD-3-Clause"),
        (["License: Apache 2.0"], "Apache 2.0"),
        ([f"License: {'the text ' * 9}", "Classifier: License :: OSI Approved :: ISC"], "ISC"),
        ([], "not stated"),
    ],
)
def test_a_licence_is_the_expression_the_field_or_the_classifier(
    tmp_path: Path, fields: list[str], says: str
) -> None:
    assert licence(installed(tmp_path, "some", *fields), "not stated") == says


def test_models_and_packages_are_listed_with_their_texts(carried: Path, tmp_path: Path) -> None:
    some = installed(tmp_path, "some", "License-Expression: MIT", text="Permission is granted")

    known = collect(carried, [some])

    assert [part.name for part in known.parts] == ["detect.onnx", "some"]
    assert known.parts[1].text == "Permission is granted"
    assert known.bundle == FREE_BUNDLE
    assert "  some 1.0  MIT" in list(lines(known))


def test_a_bundle_with_ffmpegs_gpl_parts_says_so(carried: Path, tmp_path: Path) -> None:
    known = collect(carried, [installed(tmp_path, "av", "License-Expression: BSD-3-Clause")])

    assert known.bundle == GPL_BUNDLE
    assert "libx264" in known.parts[1].note


def test_a_package_that_is_on_the_path_twice_is_named_once(carried: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    twice = [installed(tmp_path / "a", "some"), installed(tmp_path / "b", "Some")]

    assert len(collect(carried, twice).parts) == 2


@pytest.fixture
def says(
    carried: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> "Says":
    return Says(carried, monkeypatch, capsys)


class Says:
    """`zaiseki licenses` of this environment: its exit code and what it says."""

    def __init__(
        self,
        carried: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(licenses, "CARRIED", carried)
        self.carried, self._patch, self._capture = carried, monkeypatch, capsys

    def __call__(self, *options: str) -> tuple[object, str, str]:
        self._patch.setattr(sys, "argv", ["zaiseki", "licenses", *options])
        with pytest.raises(SystemExit) as end:
            cli.main()
        said = self._capture.readouterr()
        return end.value.code, said.out, said.err


def test_the_command_prints_text_or_json(says: Says) -> None:
    code, text, _ = says()
    assert code == 0
    assert "detect.onnx" in text
    assert "msgspec" in text
    _, data, _ = says("--json")
    assert {"detect.onnx", "msgspec", "insightface"} <= {
        part.name for part in msgspec.json.decode(data, type=Licenses).parts
    }


def test_a_checkout_that_has_not_built_it_says_what_to_do(says: Says) -> None:
    says.carried.unlink()

    code, _, wrong = says()

    assert code == 1
    assert "scripts.build_licenses" in wrong
    assert len(wrong.splitlines()) == 1
