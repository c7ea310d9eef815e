"""Builds agent/_models, the face models, from the packages that scripts/models.lock.json names.

Nothing of those packages is in this repository: a build fetches each with `npm pack`, which runs no
script of theirs, checks it against the lock, takes one file out of it and converts that.
"""

import base64
import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from scripts.npm import npm

LOCK = Path(__file__).with_name("models.lock.json")
MODELS = Path("agent", "_models")
MANIFEST = "manifest.json"


class BuildFailed(Exception):
    """Why there are no models, and what to do, in one line."""


class Locked(msgspec.Struct, frozen=True):
    """One model: where it comes from, and the sums of what is fetched and of what comes out.

    `weights` is a second member, where a network is published in two files.
    """

    name: str
    package: str
    version: str
    integrity: str
    megabytes: int
    member: str
    convert: str
    sha256: str
    licence: str
    origin: str
    span: tuple[int, int] | None = None
    weights: str | None = None

    @property
    def spec(self) -> str:
        return f"{self.package}@{self.version}"


class Entry(msgspec.Struct, frozen=True):
    """One model as the manifest of a pack lists it."""

    name: str
    sha256: str
    licence: str
    origin: str


def build(root: Path) -> None:
    """Make agent/_models under `root` what the lock says; does nothing when it is that already."""
    models, locked = root / MODELS, lock()
    if complete(models, locked):
        return
    models.mkdir(parents=True, exist_ok=True)
    wanted = [model for model in locked if not matches(models / model.name, model)]
    for number, model in enumerate(wanted, start=1):
        say(f"{number} of {len(wanted)}: {model.name}{to_fetch(wanted[number - 1 :])}")
        place(models / model.name, made(model))
    place(models / MANIFEST, manifest(locked))
    say(f"{len(locked)} models are in {models}")


def lock() -> list[Locked]:
    return msgspec.json.decode(LOCK.read_bytes(), type=list[Locked])


def manifest(locked: list[Locked]) -> bytes:
    entries = [Entry(model.name, model.sha256, model.licence, model.origin) for model in locked]
    return msgspec.json.format(msgspec.json.encode(entries), indent=2) + b"\n"


def complete(models: Path, locked: list[Locked]) -> bool:
    listed = models / MANIFEST
    if not listed.exists() or listed.read_bytes() != manifest(locked):
        return False
    return all(matches(models / model.name, model) for model in locked)


def matches(file: Path, model: Locked) -> bool:
    return file.exists() and sha256(file.read_bytes()) == model.sha256


def made(model: Locked) -> bytes:
    """The finished file of one model; its sum is checked after converting, too."""
    # imported here: a build that has nothing to do needs neither numpy nor onnx
    from scripts import convert, tfjs

    converters: dict[str, Callable[..., bytes]] = {
        "as_published": convert.as_published,
        "face_mesh": convert.face_mesh,
        "object_detector": tfjs.object_detector,
        "photograph": convert.photograph,
        "recogniser": convert.recogniser,
    }
    result = converters[model.convert](*parts(fetched(model), model))
    if sha256(result) != model.sha256:
        raise BuildFailed(
            f"{model.name} came out as {sha256(result)}, not as locked: "
            "install onnx and numpy exactly as pinned in pyproject.toml, then build again"
        )
    return result


def to_fetch(wanted: list[Locked]) -> str:
    """How much is still to come over the network; packages that have arrived are kept."""
    left = {model.spec: model.megabytes for model in wanted if not arrived(model)}
    return f" ({sum(left.values())} MB to fetch)" if left else ""


def archive_of(model: Locked) -> Path:
    return cache() / "packages" / f"{model.spec.replace('/', '+')}.tgz"


def arrived(model: Locked) -> bool:
    archive = archive_of(model)
    return archive.exists() and integrity(archive.read_bytes()) == model.integrity


def fetched(model: Locked) -> Path:
    """The package's archive in the user's cache; a finished one is never fetched again."""
    archive = archive_of(model)
    if arrived(model):
        return archive
    archives = archive.parent
    archives.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archives) as folder:
        say(f"fetching {model.spec} ({model.megabytes} MB) for {model.name}")
        place(archive, packed(model, Path(folder)))
    return archive


def packed(model: Locked, folder: Path) -> bytes:
    try:
        npm(folder, "pack", model.spec, "--ignore-scripts", "--loglevel=error", "--fetch-retries=1")
    except subprocess.CalledProcessError as error:
        raise BuildFailed(
            f"npm could not fetch {model.spec} (exit code {error.returncode}): "
            "see its lines above, check the network or the proxy, then build again"
        ) from error
    [archive] = folder.glob("*.tgz")
    data = archive.read_bytes()
    if integrity(data) != model.integrity:
        raise BuildFailed(
            f"what the registry gave for {model.spec} is not the package that was locked, "
            "and was not used: ask whoever runs your registry mirror, then build again"
        )
    return data


def parts(archive: Path, model: Locked) -> list[bytes]:
    """What the converter gets: the member, or the span of it, and the weights if they are apart."""
    with tarfile.open(archive) as package:
        data = read(package, model.member)
        start, end = model.span or (0, len(data))
        return [data[start:end], *([read(package, model.weights)] if model.weights else [])]


def read(package: tarfile.TarFile, member: str) -> bytes:
    stream = package.extractfile(member)
    return stream.read() if stream else b""


def cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home, "zaiseki")


def place(file: Path, data: bytes) -> None:
    """Write whole or not at all: a build that is stopped leaves no half file."""
    with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as part:
        part.write(data)
    os.chmod(part.name, 0o644)  # a temporary file is its owner's only, models are everybody's
    os.replace(part.name, file)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def integrity(data: bytes) -> str:
    return f"sha512-{base64.b64encode(hashlib.sha512(data).digest()).decode()}"


def say(line: str) -> None:
    print(f"models: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        build(Path(__file__).parent.parent)
    except BuildFailed as error:
        sys.exit(f"models: {error}")
