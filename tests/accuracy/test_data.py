"""A folder of labelled pictures, whole or not."""

import json
from pathlib import Path

import pytest

from tests.accuracy.data import Case, Data, Pair
from tests.accuracy.report import PARTS, Suite


def test_rows_become_cases_pairs_and_enrolments(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(
        "file,expected,enrolled,second_face_px,note\n"
        "a.jpg,peeping,sato,40,\n"
        "b.jpg,present,sato,,a bystander may be in frame\n"
    )
    (tmp_path / "pairs.csv").write_text("image_a,image_b,same\na.jpg,b.jpg,1\na.jpg,c.jpg,0\n")
    (tmp_path / "enrol.csv").write_text("file,identity\na.jpg,sato\nb.jpg,sato\n")
    data = Data(tmp_path)

    assert data.cases() == [
        Case("a.jpg", "peeping", "sato", 40),
        Case("b.jpg", "present", "sato", None, bystander=True),
    ]
    assert data.pairs() == [Pair("a.jpg", "b.jpg", True), Pair("a.jpg", "c.jpg", False)]
    assert data.enrolments() == {"sato": ["a.jpg", "b.jpg"]}
    assert data.missing == []


def test_what_is_missing_is_noted_once(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,expected\na.jpg,\n")
    data = Data(tmp_path)

    assert data.cases() == []
    assert data.pairs() == []
    assert data.picture("a.jpg") is None
    assert data.picture("a.jpg") is None
    assert data.clip_builder() is None
    assert len(data.missing) == 4
    assert data.missing[0].startswith("labels.csv line 2")


def test_an_empty_folder_is_reported_and_not_a_crash(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Suite(Data(tmp_path), tmp_path / "out", minutes=1).run(PARTS)

    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["states"] == {}
    assert last["missing"] == 4
    assert (tmp_path / "out" / "report.txt").exists()
