"""The bundle's one command: `zaiseki agent ...` without the hub, and `licenses`."""

import argparse
import multiprocessing
import sys
from importlib.metadata import version

from agent import cli as agent
from hub.shell import licenses


def main() -> None:
    multiprocessing.freeze_support()
    parser = argparse.ArgumentParser(prog="zaiseki", description="在席: the agent of one PC")
    parser.add_argument("--version", action="version", version=f"zaiseki {version('zaiseki')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    agent.register(commands)
    licenses.register(commands)
    options = parser.parse_args()
    sys.exit(options.run(options))


if __name__ == "__main__":
    main()
