"""`zaiseki agent page`: open the agent's own page, which says what is on, in the browser."""

import argparse
import socket
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from agent.settings import default_folder

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

FILE = "page.json"
NOT_RUNNING = 1
KNOCK_S = 1.0


class Place(msgspec.Struct, frozen=True):
    """Where the page is, and the token without which it shows nothing."""

    port: int
    token: str

    @property
    def url(self) -> str:
        """What follows # stays in the browser."""
        return f"http://127.0.0.1:{self.port}/#{self.token}"


def place(folder: Path) -> Place | None:
    """Where the page was served last, if ever."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Place)
    except (OSError, msgspec.DecodeError):
        return None


def register(family: "Commands") -> None:
    about = "open the page that says what is on: pause, face, live views"
    parser = family.add_parser("page", help=about, description=about)
    parser.add_argument(
        "--state", type=Path, metavar="DIR", default=default_folder(),
        help="the agent's own folder (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--print", action="store_true", dest="say", help="print its address only")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    here = place(options.state)
    if here is None or not answers(here.port):
        print("zaiseki: no agent runs here; start it with `zaiseki agent run`", file=sys.stderr)
        return NOT_RUNNING
    if options.say or not webbrowser.open(here.url):
        print(here.url)
    return 0


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), KNOCK_S).close()
    except OSError:
        return False
    return True
