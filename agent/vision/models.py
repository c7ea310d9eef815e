"""A pack of models: a folder of ONNX files and the manifest that vouches for them."""

import hashlib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import msgspec
import onnxruntime

DEFAULT_PACK = Path(__file__).parent.parent / "_models"
MANIFEST = "manifest.json"

DETECTOR = "detect.onnx"
MESH = "facemesh.onnx"
RECOGNISER = "feature.onnx"
DEVICES = "nanodet.onnx"
PHOTO = "photo.onnx"
JOBS = (DETECTOR, MESH, RECOGNISER, DEVICES, PHOTO)

# Files of insightface's packs by their names there, and what they stand in for here.
SCRFD = "det_*.onnx"
INSIGHTFACE = {SCRFD: DETECTOR, "w600k_*.onnx": RECOGNISER, "glintr*.onnx": RECOGNISER}


class ModelsError(Exception):
    """A pack cannot be used; the text is one line that says what to do."""


class Entry(msgspec.Struct, frozen=True):
    """One file of a pack: its SHA-256 in hex, its licence (SPDX) and where it comes from."""

    name: str
    sha256: str
    licence: str
    origin: str


@dataclass(frozen=True)
class Pack:
    """The files of one folder by their jobs, each checked against the manifest when it is opened.

    What a pack lacks comes from `rest`, the default pack; a recogniser it must have.
    """

    folder: Path
    entries: dict[str, Entry]
    rest: "Pack | None" = None

    @property
    def recogniser(self) -> str:
        """Names the recogniser's exact bytes: templates of one fit no other."""
        return f"sha256:{self._holder(RECOGNISER).entries[RECOGNISER].sha256}"

    def jobs(self) -> dict[str, Path]:
        """The file that does each job. Raises ModelsError where one is missing."""
        holders = {name: self._holder(name) for name in JOBS}
        return {name: one.folder / one.entries[name].name for name, one in holders.items()}

    def file(self, name: str) -> Path:
        holder = self._holder(name)
        entry = holder.entries[name]
        file = holder.folder / entry.name
        try:
            data = file.read_bytes()
        except OSError as error:
            raise ModelsError(f"cannot read {file} ({error.strerror}): build the pack") from error
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            raise ModelsError(f"{file} is not the file its manifest lists: build the pack again")
        return file

    def session(self, name: str) -> onnxruntime.InferenceSession:
        return onnxruntime.InferenceSession(
            str(self.file(name)), one_thread(), providers=["CPUExecutionProvider"]
        )

    def _holder(self, name: str) -> "Pack":
        if name in self.entries:
            return self
        if self.rest and name != RECOGNISER:
            return self.rest._holder(name)
        raise ModelsError(f"{self.folder / MANIFEST} lists no {name}: use a complete pack")


def load(folder: Path = DEFAULT_PACK) -> Pack:
    """Read a pack's manifest. Raises ModelsError where there is none that can be read."""
    listed = folder / MANIFEST
    try:
        entries = msgspec.json.decode(listed.read_bytes(), type=list[Entry])
    except FileNotFoundError as error:
        raise ModelsError(
            f"no models in {folder}: in a checkout run `python -m scripts.build_models`, "
            "else install zaiseki again or name another pack with --models"
        ) from error
    except (OSError, msgspec.DecodeError) as error:
        raise ModelsError(f"{listed} is no manifest of models ({error})") from error
    jobs = {job(entry.name): entry for entry in entries}
    return Pack(folder, jobs, None if folder == DEFAULT_PACK else load())


def job(name: str) -> str:
    """What a file is for; ours are named after it."""
    return next((job for known, job in INSIGHTFACE.items() if fnmatch(name, known)), name)


def one_thread() -> onnxruntime.SessionOptions:
    """A face a second needs no more, and the machine belongs to the person who works on it.

    Without an arena, which would keep the most that the networks ever needed at once: 48 MB, for
    no measurable time.
    """
    options = onnxruntime.SessionOptions()
    options.enable_cpu_mem_arena = False
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return options
