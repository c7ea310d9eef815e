"""What the bundle is made of; building it is a command of its own."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.bundle import ROOT, SPEC, megabytes


def test_its_size_counts_what_a_link_points_to_once(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(bytes(2_000_000))
    os.symlink(tmp_path / "folder" / "file", tmp_path / "link")

    assert megabytes(tmp_path) == 2


def test_its_specification_is_python() -> None:
    compile(SPEC.read_text(), str(SPEC), "exec")


def test_its_command_has_the_agent_and_the_licences_and_nothing_of_the_hub() -> None:
    entry = ROOT / "packaging" / "zaiseki_agent.py"

    said = subprocess.run(
        [sys.executable, str(entry), "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ).stdout

    assert "agent" in said
    assert "licenses" in said
    assert "tenant" not in said
