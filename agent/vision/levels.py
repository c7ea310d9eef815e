"""`zaiseki agent levels`: how sure a match is at each threshold level, and which one holds here."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agent import policy, settings
from agent.settings import SettingsError, default_folder
from agent.vision.judgement import LEVELS, Level

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

USAGE = 2

MEASURED = """\
Measured with 392 press photos of 5 Japanese women. Nothing was measured of Japanese men, of masks,
or of webcams on another day; the tests with other people's pictures found no stranger at any level.
"""


def register(family: "Commands") -> None:
    about = "how often each threshold level takes a stranger for the member"
    parser = family.add_parser("levels", help=about, description=about)
    parser.add_argument(
        "--state", type=Path, metavar="DIR", default=default_folder(),
        help="the agent's own folder (default: %(default)s)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        chosen, locked = held(options.state)
    except SettingsError as wrong:
        print(f"zaiseki: {wrong}", file=sys.stderr)
        return USAGE
    print(table(chosen), end="")
    print(f"\n{MEASURED}\nThis agent looks at level {chosen}", end="")
    print(", which its organisation has locked." if locked else ", of its own settings.")
    return 0


def held(folder: Path) -> tuple[Level, bool]:
    """The level that holds, and whether the tenant has locked it. Raise SettingsError."""
    locked = policy.load(folder).level
    return (Level(locked), True) if locked else (settings.load(folder).level, False)


def table(chosen: Level) -> str:
    lines = ["  level  cosine  strangers taken for the member  the member's pictures known"]
    for level, rates in LEVELS.items():
        mark, over = "*" if level is chosen else " ", "over " if rates.at_least else ""
        strangers, members = f"{over}{rates.strangers:.1%}", f"{over}{rates.members:.1%}"
        lines.append(f"{mark} {level:5}  {rates.accept:.2f}    {strangers:30}  {members}")
    return "\n".join(lines) + "\n"
