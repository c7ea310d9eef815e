"""`zaiseki simulate`: what it takes; what it does is in `simulated`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hub.settings import add_record_options

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

MOST = 19_000  # one process opens about 20,000 files where nobody has set another limit
ABOUT = """\
connect N simulated devices to a hub and let them change, until Ctrl-C or --seconds

They speak the protocol of real devices. What it needs: the hub's record, as every administrator's
command does (--state or --database, --tenant where there are several). It adds members sim-00001
to sim-N in groups of their own, each with a device; when it ends the devices are revoked and the
members disabled, and what was recorded of them stays. So use a tenant of its own:

  zaiseki tenant add Trial; zaiseki simulate 1000 --tenant SYSTEM_ID --changes-per-second 20

For a hub whose record is elsewhere give it tokens of devices that you have added there, one a line,
with --tokens FILE and --hub URL."""


def register(commands: "Commands") -> None:
    parser = commands.add_parser(
        "simulate",
        help="connect N simulated devices to a hub",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("devices", metavar="N", type=_count, help=f"how many, 1 to {MOST:,}")
    parser.add_argument(
        "--changes-per-second", type=_rate, default=1.0, metavar="R", help="of all together [1]"
    )
    parser.add_argument(
        "--incidents-per-minute", type=_rate, default=0.0, metavar="R", help="likewise [0]"
    )
    parser.add_argument(
        "--day", type=_rate, default=0.0, metavar="H",
        help="begin with what the devices kept of the last H hours, as after a long outage [0]",
    )  # fmt: skip
    parser.add_argument("--seconds", type=_rate, metavar="S", help="how long [until Ctrl-C]")
    parser.add_argument("--hub", metavar="URL", help="[the hub that last ran on the state folder]")
    parser.add_argument("--tokens", type=Path, metavar="FILE", help="device tokens, one a line")
    parser.add_argument("--seed", type=int, help="the same chance again")
    parser.add_argument("--tenant", metavar="SYSTEM_ID", help="needed where there are several")
    add_record_options(parser)
    parser.set_defaults(run=run)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"N is a number from 1 to {MOST}")
    return int(text)


def _rate(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 on")
    return number


def run(options: argparse.Namespace) -> int:
    try:
        from hub.shell.simulated import simulate
    except ModuleNotFoundError as missing:
        from hub.shell.admin import not_installed

        return not_installed(missing)
    return simulate(options)
