"""Builds the agent as one folder for PCs without Python: `python -m scripts.bundle [FOLDER]`.

PyInstaller does it, by packaging/zaiseki-agent.spec, for the system that it runs on. The bundle is
then run once, and its size is printed.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from scripts import build_licenses

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "packaging" / "zaiseki-agent.spec"
NAME = "zaiseki-agent"
GOAL_MB = 330


def build(folder: Path) -> Path:
    """The program in its new folder. Raises CalledProcessError; PyInstaller has said why."""
    build_licenses.build(ROOT)
    subprocess.run(
        [
            sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level=WARN",
            "--distpath", str(folder), "--workpath", str(folder / "work"), str(SPEC),
        ],
        check=True,
        cwd=ROOT,
    )  # fmt: skip
    return folder / NAME / (f"{NAME}.exe" if os.name == "nt" else NAME)


def tried(program: Path, folder: Path) -> list[str]:
    """What the bundle says of itself. Raises CalledProcessError where it does not run."""
    calls = (["--version"], ["agent", "status", "--state", str(folder)], ["licenses"])
    return [
        subprocess.run([program, *words], check=True, capture_output=True, text=True).stdout
        for words in calls
    ]


def megabytes(folder: Path) -> float:
    """What lies in a folder, in MB (10^6 bytes); what a link points to counts once."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return sum(file.stat().st_size for file in files) / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.bundle", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "dist")
    folder: Path = parser.parse_args().folder.absolute()
    try:
        program = build(folder)
        said = tried(program, folder / "state")
    except subprocess.CalledProcessError as failed:
        print(f"bundle: {failed}\n{failed.stderr or ''}", file=sys.stderr)
        return 1
    size = megabytes(program.parent)
    print(f"{said[0].strip()}: {program.parent}, {size:.0f} MB (goal {GOAL_MB} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
