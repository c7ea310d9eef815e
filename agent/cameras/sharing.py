"""`zaiseki agent share`: whether other programs of this PC get the camera's picture, and how."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from agent import settings
from agent.settings import SettingsError, default_folder

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

STOPPED, USAGE = 0, 2
SWITCH = {"on": True, "off": False}


def register(family: "Commands") -> None:
    parser = family.add_parser(
        "share",
        help="let other programs of this PC have the camera's picture, too",
        description="The agent opens the camera once; other programs get its picture from a "
        "virtual camera, or from a stream that does not leave this PC. Both are off until you "
        "turn them on, and hold from the agent's next start.",
    )
    parser.add_argument(
        "--state", type=Path, metavar="DIR", default=default_folder(),
        help="the agent's own folder (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--stream", choices=SWITCH, help="MJPEG and WHEP on 127.0.0.1")
    parser.add_argument("--virtual-camera", choices=SWITCH, dest="camera", help="for video calls")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    folder: Path = options.state
    try:
        kept = settings.load(folder)
        chosen = msgspec.structs.replace(
            kept,
            share_stream=SWITCH.get(options.stream, kept.share_stream),
            share_camera=SWITCH.get(options.camera, kept.share_camera),
        )
        if chosen != kept:
            settings.save(folder, chosen)
    except SettingsError as wrong:
        print(f"zaiseki: {wrong}", file=sys.stderr)
        return USAGE
    for name, on in (("stream", chosen.share_stream), ("virtual camera", chosen.share_camera)):
        print(f"{name:15} {'on' if on else 'off'}")
    return STOPPED
