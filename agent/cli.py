"""`zaiseki agent`: what its commands are called and take. What they do is in `agent.commands`."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agent import install
from agent.cameras import listing, sharing
from agent.exits import MEANINGS, Exit
from agent.page import opening
from agent.settings import SETTINGS_FILE, TOKEN_FILE, TOKEN_VARIABLE, default_folder
from agent.vision import levels, pack
from agent.vision.judgement import Level

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def register(commands: "Commands") -> None:
    """Add `agent run|enrol|status|pair|unpair` and what other files bring."""
    agent = commands.add_parser("agent", help="look through this machine's camera")
    family = agent.add_subparsers(metavar="COMMAND", required=True)
    _run(family)
    _enrol(family)
    _status(family)
    _pair(family)
    _unpair(family)
    listing.register(family)
    sharing.register(family)
    install.register(family)
    pack.register(family)
    levels.register(family)
    opening.register(family)


def run(options: argparse.Namespace) -> int:
    """Do the command and return the exit code; the agent's libraries are needed from here on."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy's: as many as there are cores
    try:
        from agent.commands import run_command
    except ModuleNotFoundError as missing:
        print(f"zaiseki: this needs {missing.name}: pip install 'zaiseki[agent]'", file=sys.stderr)
        return Exit.CRASHED
    return run_command(options)


def _run(family: "Commands") -> None:
    codes = "\n".join(f"  {code.value}  {text}" for code, text in MEANINGS.items())
    parser = family.add_parser(
        "run",
        help="watch, and tell the hub",
        description="Watch, and tell the hub. What is not given comes from the state folder's "
        f"{SETTINGS_FILE} and {TOKEN_FILE}; --save puts it there.",
        epilog=f"exit codes:\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, command="run")
    _state_option(parser, several=True)
    _source_option(parser)
    parser.add_argument("--hub", metavar="URL", help="such as https://hub.example")
    parser.add_argument(
        "--token-file", type=Path, metavar="F", help=f"else {TOKEN_VARIABLE}, else DIR/{TOKEN_FILE}"
    )
    parser.add_argument(
        "--level", choices=[level.value for level in Level], help="how sure a match must be"
    )
    parser.add_argument("--fps", type=float, metavar="N", help="frames a second, 1 to 10")
    parser.add_argument(
        "--loop", action="store_true", default=None, help="play a recording for ever"
    )
    parser.add_argument(
        "--away-after", type=float, metavar="S", dest="away_after_s", help="30 to 600 seconds"
    )
    parser.add_argument(
        "--pace", type=float, metavar="F", help="scale all waiting by 0.01 to 1, for trying out"
    )
    parser.add_argument("--save", action="store_true", help="keep these options and the token")
    _terms_option(parser)


def _enrol(family: "Commands") -> None:
    parser = family.add_parser("enrol", help="learn whose seat it is")
    parser.set_defaults(run=run, command="enrol")
    _state_option(parser)
    _source_option(parser)
    parser.add_argument(
        "--from", dest="pictures", nargs="+", required=True, metavar="PATH",
        help="pictures of the person alone, folders of such, or `camera`",
    )  # fmt: skip
    _terms_option(parser)


def _status(family: "Commands") -> None:
    parser = family.add_parser("status", help="what the state folder holds")
    parser.set_defaults(run=run, command="status")
    _state_option(parser)


def _pair(family: "Commands") -> None:
    parser = family.add_parser(
        "pair",
        help="make this PC a worker's device: they confirm a code in the console",
        description="Make this PC a worker's device. It shows a code and an address; the worker "
        "signs in there and confirms it. The token is kept in the state folder.",
    )
    parser.set_defaults(run=run, command="pair")
    parser.add_argument("hub", metavar="URL", help="the hub's address, such as https://hub.example")
    parser.add_argument("--name", help="what the device is called (default: this machine's name)")
    _state_option(parser)


def _unpair(family: "Commands") -> None:
    parser = family.add_parser(
        "unpair",
        help="forget the worker: token, keys, face, images and unsent reports",
        description="This PC stops being the worker's device. What was not sent yet is lost; "
        f"{SETTINGS_FILE} stays.",
    )
    parser.set_defaults(run=run, command="unpair")
    _state_option(parser)


def _state_option(parser: argparse.ArgumentParser, several: bool = False) -> None:
    default = default_folder()
    if several:
        parser.add_argument(
            "--state", type=Path, action="append", metavar="DIR", dest="states",
            help=f"the agent's own folder (default: {default}); again for more agents at once",
        )  # fmt: skip
        return
    parser.add_argument(
        "--state", type=Path, metavar="DIR", default=default,
        help="the agent's own folder (default: %(default)s)",
    )  # fmt: skip


def _terms_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--accept-terms", action="store_true",
        help="the person at this PC has accepted the terms that `zaiseki agent page` shows",
    )  # fmt: skip


def _source_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source", metavar="S", help="0, /dev/video0, clip.mp4 or lavfi:testsrc (default: 0)"
    )
    parser.add_argument("--models", metavar="DIR", help="another pack of models")
