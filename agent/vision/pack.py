"""`zaiseki agent pack DIR`: makes a folder of ONNX files a pack that `--models DIR` takes."""

import argparse
import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

USAGE = 2


def register(family: "Commands") -> None:
    about = "write the manifest of a folder of models, such as an insightface pack"
    parser = family.add_parser("pack", help=about, description=about)
    parser.add_argument("folder", type=Path, metavar="DIR", help="with det_*.onnx and w600k_*.onnx")
    parser.add_argument(
        "--licence", required=True, metavar="TEXT", help="on which terms you may use these models"
    )
    parser.add_argument("--origin", default="", metavar="TEXT", help="where they come from")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        from agent.vision.models import MANIFEST, ModelsError, load
    except ModuleNotFoundError as missing:
        print(f"zaiseki: this needs {missing.name}: pip install 'zaiseki[agent]'", file=sys.stderr)
        return 1
    folder: Path = options.folder
    try:
        data = manifest(folder, options.licence, options.origin)
        (folder / MANIFEST).write_bytes(data)
        jobs = load(folder).jobs()
    except (OSError, ModelsError) as wrong:
        print(f"zaiseki: {wrong}", file=sys.stderr)
        return USAGE
    print(f"wrote {folder / MANIFEST}")
    for job, name in jobs.items():
        print(f"  {job:16} {name}")
    return 0


def manifest(folder: Path, licence: str, origin: str) -> bytes:
    """The ONNX files of a folder with their sums. Raises OSError."""
    entries = [
        {
            "name": file.name,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            "licence": licence,
            "origin": origin,
        }
        for file in sorted(folder.glob("*.onnx"))
    ]
    if not entries:
        raise FileNotFoundError(f"there is no .onnx file in {folder}: name the folder of a pack")
    return msgspec.json.format(msgspec.json.encode(entries), indent=2) + b"\n"
