"""The one command, `zaiseki`; each part registers its own and loads its libraries when it runs."""

import argparse
import sys
from importlib.metadata import version

from agent import cli as agent
from console_tui import cli as tui
from hub.shell import admin, licenses, matrix, proof, simulate


def main() -> None:
    parser = argparse.ArgumentParser(prog="zaiseki", description="在席: who is at their seat, live")
    parser.add_argument("--version", action="version", version=f"zaiseki {version('zaiseki')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    admin.register(commands)
    agent.register(commands)
    tui.register(commands)
    licenses.register(commands)
    matrix.register(commands)
    proof.register(commands)
    simulate.register(commands)
    options = parser.parse_args()
    sys.exit(options.run(options))
