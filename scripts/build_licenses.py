"""Builds `hub/_licenses.json`: the licences of the works of others that the wheel carries.

`python -m scripts.build_licenses`, after build_web and build_models, whose results it describes.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec

from hub.shell.licenses import CARRIED, NOT_STATED, TEXTS, Kind, Part
from scripts import build_models, build_web

# The licence's words (SPDX: MIT), for models whose package names its owner in one line.
MIT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and \
associated documentation files (the "Software"), to deal in the Software without restriction, \
including without limitation the rights to use, copy, modify, merge, publish, distribute, \
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is \
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or \
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT \
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND \
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, \
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT \
OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def build(root: Path) -> None:
    """Write the file under `root` unless it says just that already."""
    web = root / "web"
    build_web.packages(web)
    parts = [*models(root), *javascript(web)]
    wanted = msgspec.json.format(msgspec.json.encode(parts), indent=2) + b"\n"
    file = root / "hub" / CARRIED.name
    if not file.exists() or file.read_bytes() != wanted:
        file.write_bytes(wanted)


def models(root: Path) -> Iterator[Part]:
    manifest = root / build_models.MODELS / build_models.MANIFEST
    apache = (root / "LICENSE").read_text()
    for entry in json.loads(manifest.read_text()):
        licence, origin = entry["licence"], entry["origin"]
        known = {"Apache-2.0": apache, "MIT": f"{origin}\n\n{MIT}"}
        text = "\n\n".join(known[one] for one in licence.split(" AND ") if one in known)
        yield Part(Kind.MODEL, entry["name"], entry["sha256"][:8], licence, origin, text)


def javascript(web: Path) -> Iterator[Part]:
    """The packages that the web app may be built from: those its lock calls no tools."""
    lock = json.loads((web / "package-lock.json").read_text())
    for path, package in sorted(lock["packages"].items()):
        folder = web / path
        tool = package.get("dev") or package.get("devOptional")
        if path and not tool and folder.is_dir():
            name = path.rpartition("node_modules/")[2]
            licence = package.get("license", NOT_STATED)
            yield Part(Kind.JAVASCRIPT, name, package["version"], licence, text=text(folder))


def text(folder: Path) -> str:
    files = [file for file in folder.iterdir() if file.name.upper().startswith(TEXTS)]
    return "\n\n".join(file.read_text(errors="replace") for file in sorted(files) if file.is_file())


if __name__ == "__main__":
    build(Path(__file__).resolve().parent.parent)
