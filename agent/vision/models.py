"""A pack of models: a folder of ONNX files and the manifest that vouches for them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec
import onnxruntime

DEFAULT_PACK = Path(__file__).parent.parent / "_models"
MANIFEST = "manifest.json"

DETECTOR = "detect.onnx"
MESH = "facemesh.onnx"
RECOGNISER = "feature.onnx"


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
    """The files of one folder, each checked against the manifest when it is opened."""

    folder: Path
    entries: dict[str, Entry]

    @property
    def recogniser(self) -> str:
        """Names the recogniser's exact bytes: templates of one fit no other."""
        return f"sha256:{self._entry(RECOGNISER).sha256}"

    def file(self, name: str) -> Path:
        entry, file = self._entry(name), self.folder / name
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

    def _entry(self, name: str) -> Entry:
        if name not in self.entries:
            raise ModelsError(f"{self.folder / MANIFEST} lists no {name}: use a complete pack")
        return self.entries[name]


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
    return Pack(folder, {entry.name: entry for entry in entries})


def one_thread() -> onnxruntime.SessionOptions:
    """A face a second needs no more, and the machine belongs to the person who works on it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return options
