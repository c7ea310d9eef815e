"""`zaiseki verify`: is everything still as it was written? Names the first row that is not."""

import argparse
import asyncio
import os
import sys
from typing import TYPE_CHECKING

from hub.settings import WrongSetting, add_record_options, settings
from hub.shell.admin import not_installed

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

BROKEN = 1
WRONG_USE = 2


def register(commands: "Commands") -> None:
    about = "check that nothing was changed, removed, inserted or cut off, outside the program"
    parser = commands.add_parser("verify", help=about, description=about)
    add_record_options(parser)
    parser.add_argument("--json", action="store_true", help="everything that was found, as JSON")
    parser.add_argument(
        "--vault",
        metavar="URL",
        help="object store that has the images [ZAISEKI_VAULT, else in --state]",
    )
    parser.add_argument(
        "--without-images", action="store_true", help="leave the images out, which take longest"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Exit code 0 if everything is whole, 1 if something is not or cannot be checked."""
    try:
        from hub import verifying
    except ModuleNotFoundError as missing:
        return not_installed(missing)
    try:
        verdict = asyncio.run(
            verifying.verify(settings(options, os.environ), images=not options.without_images)
        )
    except WrongSetting as wrong:
        print(f"zaiseki: {wrong}", file=sys.stderr)
        return WRONG_USE
    except verifying.CannotVerify as wrong:
        print(f"zaiseki: {wrong}", file=sys.stderr)
        return BROKEN
    print(verifying.document(verdict) if options.json else verifying.told(verdict))
    return 0 if verdict.whole else BROKEN
