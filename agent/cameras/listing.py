"""`zaiseki agent cameras`: which cameras there are, what each can do, and which one is to be used.

A number names another camera as soon as one is unplugged, so settings remember a camera by the
name that its system gives it for good: the link in /dev/v4l/by-id (Linux), the DirectShow path
(Windows), the unique id of AVFoundation (macOS).
"""

import argparse
import platform
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from agent import settings
from agent.settings import SettingsError, default_folder

if TYPE_CHECKING:
    from agent.cameras.v4l2 import Control, Device, Ioctl

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

STABLE = "id:"  # before a stable name, in --source and in the settings
BY_ID, BY_PATH = "by-id", "by-path"  # one by the camera's serial number, one by its socket
V4L = Path("/dev/v4l")
STOPPED, CRASHED, USAGE = 0, 1, 2

CANNOT = {
    "Windows": "sizes and properties are not told by DirectShow to this program: "
    "set exposure and the like in the camera's own program; --size is tried as it is",
    "Darwin": "sizes and properties are not told by AVFoundation to this program: "
    "macOS sets exposure by itself; --size is tried as it is",
}


@dataclass(frozen=True)
class Camera:
    """One camera: how to name it for good, what people call it, and where it is now."""

    id: str
    name: str
    where: str
    sizes: tuple[tuple[int, int], ...] = ()
    controls: tuple["Control", ...] = ()


def cameras(system: str | None = None) -> list[Camera]:
    """All that this system tells of; empty if it tells of none."""
    on = system or platform.system()
    return on_linux() if on == "Linux" else by_ffmpeg(on)


def on_linux(
    links: Path = V4L, nodes: Path = Path("/dev"), ioctl: "Ioctl | None" = None
) -> list[Camera]:
    """One for each device that captures; its second node, for metadata, does not."""
    from agent.cameras import v4l2

    ask = ioctl or v4l2.system()
    names = stable_names(links)
    found = []
    for node in sorted(nodes.glob("video*"), key=number):
        told = described(node, ask)
        if told and told.captures:
            stable = names.get(node.resolve(), str(node))
            found.append(Camera(stable, told.card, str(node), told.sizes, told.controls))
    return found


def described(node: Path, ioctl: "Ioctl") -> "Device | None":
    """None for what is no camera; one that may not be opened is a camera all the same."""
    from agent.cameras import v4l2

    try:
        with v4l2.opened(node) as fd:
            return v4l2.describe(fd, ioctl)
    except PermissionError:
        return v4l2.Device(f"{node.name} (may not be read: join the group `video`)", True, (), ())
    except OSError:
        return None


def stable_names(links: Path) -> dict[Path, str]:
    """Device -> name; by the camera where it has a serial number, else by its socket."""
    names: dict[Path, str] = {}
    for folder in (BY_PATH, BY_ID):
        for link in sorted((links / folder).glob("*")):
            names[link.resolve()] = STABLE + link.name
    return names


def number(node: Path) -> int:
    digits = re.sub(r"\D", "", node.name)
    return int(digits) if digits else -1


def by_ffmpeg(system: str) -> list[Camera]:
    """DirectShow and AVFoundation: the device's own id is what FFmpeg calls its name."""
    import av

    form = {"Windows": "dshow", "Darwin": "avfoundation"}.get(system)
    if form is None or form not in av.formats_available:
        return []
    try:
        devices = av.enumerate_input_devices(form)
    except av.FFmpegError:  # none that may be used
        return []
    return [
        Camera(STABLE + one.name, one.description, one.name)
        for one in devices
        if "video" in one.media_types
    ]


def remembered(spec: str, known: Sequence[Camera]) -> str:
    """The stable name of what was given as a number or a device; else what was given."""
    for place, camera in enumerate(known):
        at = number(Path(camera.where)) if platform.system() == "Linux" else place
        numbered = spec.isdecimal() and at == int(spec)
        if numbered or spec in (camera.where, camera.id, camera.id.removeprefix(STABLE)):
            return camera.id
    return spec


# ---- the command


def register(family: "Commands") -> None:
    parser = family.add_parser(
        "cameras",
        help="list the cameras, choose one, set its properties",
        description="List the cameras that this system tells of. --use, --size and --set are "
        "kept in the state folder and hold whenever the camera is opened, also after it was "
        "plugged in again.",
    )
    parser.add_argument(
        "--state", type=Path, metavar="DIR", default=default_folder(),
        help="the agent's own folder (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--use", metavar="CAMERA", help="a number or a name of the list")
    parser.add_argument("--size", metavar="WxH", help="such as 640x480 or 640x360")
    parser.add_argument(
        "--set", action="append", metavar="NAME=N", dest="properties", default=[],
        help="a property of the list; NAME= lets the camera decide again",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, look: Callable[[], list[Camera]] = cameras) -> int:
    try:
        known = look()
    except ModuleNotFoundError as missing:
        print(f"zaiseki: this needs {missing.name}: pip install 'zaiseki[agent]'", file=sys.stderr)
        return CRASHED
    try:
        if options.use or options.size or options.properties:
            choose(options, known)
        chosen = settings.load(options.state)
    except SettingsError as wrong:
        print(f"zaiseki: {wrong}", file=sys.stderr)
        return USAGE
    print("\n".join(listing(known, remembered(chosen.source, known))))
    return STOPPED


def choose(options: argparse.Namespace, known: Sequence[Camera]) -> None:
    """Keep the choice; raise SettingsError for what cannot be."""
    kept = settings.load(options.state, size=options.size)
    source = kept.source
    if options.use:
        source = remembered(options.use, known)
        if all(camera.id != source for camera in known):
            raise SettingsError(f"there is no camera {options.use}; name one of the list")
    controls = dict(kept.controls)
    for given in options.properties:
        name, _, value = given.partition("=")
        controls.pop(name, None)
        if value:
            controls[name] = whole(name, value, source, known)
    settings.save(options.state, msgspec.structs.replace(kept, source=source, controls=controls))


def whole(name: str, value: str, source: str, known: Sequence[Camera]) -> int:
    camera = next((one for one in known if one.id == remembered(source, known)), None)
    control = next((one for one in camera.controls if one.name == name), None) if camera else None
    if control is None:
        raise SettingsError(f"this camera has no property {name!r} that can be set here")
    if not re.fullmatch(r"-?\d+", value) or not control.minimum <= int(value) <= control.maximum:
        raise SettingsError(f"{name} goes from {control.minimum} to {control.maximum}")
    return int(value)


def listing(known: Sequence[Camera], used: str) -> list[str]:
    """What people read: `*` is the one that is used."""
    if not known:
        return ["no camera: plug one in, or see whether this system allows it to be used"]
    lines = []
    for camera in known:
        mark = "*" if camera.id == used else " "
        lines += [f"{mark} {camera.name}", f"    name   {camera.id}", f"    at     {camera.where}"]
        if camera.sizes:
            lines.append("    sizes  " + " ".join(f"{w}x{h}" for w, h in camera.sizes))
        for one in camera.controls:
            span = f"{one.minimum}..{one.maximum}, {one.default} by itself"
            lines.append(f"    {one.name}={one.value}  ({span})")
    if note := CANNOT.get(platform.system()):
        lines.append(note)
    return lines
