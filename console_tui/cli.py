"""`zaiseki tui`: its options, and which exit code says what. Light: the rest comes when it runs."""

import argparse
import asyncio
import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console_tui.keep import Kept

DONE = 0
USAGE = 2
NOT_SIGNED_IN = 3
NO_HUB = 4

PATIENCE_S = 15.0  # a snapshot of 10,000 seats takes a second; a cut line a few more

EPILOG = f"""exit codes:
  {DONE}  done
  {USAGE}  wrong options, no terminal, or parts that are not installed
  {NOT_SIGNED_IN}  not signed in, or the hub ended the sign-in (--once)
  {NO_HUB}  the hub cannot be reached (--once)
"""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `tui`; `options.run(options)` returns the exit code."""
    parser = commands.add_parser(
        "tui",
        help="the board in a terminal",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--hub", metavar="URL", help="the hub (default: the last one used)")
    parser.add_argument("--login", default="", help="who signs in")
    parser.add_argument("--lang", choices=("ja", "en"), help="default: the member's own")
    parser.add_argument("--ascii", action="store_true", help="states as * o c ? = - !")
    parser.add_argument("--sign-out", action="store_true", help="end the kept sign-in and exit")
    parser.add_argument("--once", action="store_true", help="print the board and exit")
    parser.add_argument("--json", action="store_true", help="with --once: as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    if find_spec("textual") is None or find_spec("httpx2") is None:
        return complain("the terminal board is not installed: pip install 'zaiseki[tui]'", USAGE)
    if args.json and not args.once:
        return complain("--json goes with --once", USAGE)
    from console_tui.keep import last_hub
    from hub.client import BadAddress, endpoint

    hub = args.hub or last_hub()
    try:
        endpoint(hub, "/")
    except BadAddress as bad:
        return complain(str(bad), USAGE)
    if args.sign_out:
        return asyncio.run(sign_out(hub))
    return once(args, hub) if args.once else board(args, hub)


def board(args: argparse.Namespace, hub: str) -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return complain("this is no terminal; use --once or --once --json here", USAGE)
    from console_tui import keep
    from console_tui.app import BoardApp
    from console_tui.words import Words

    kept, notice = None, ""
    try:
        kept = keep.load(hub)
    except keep.Exposed as exposed:
        asyncio.run(end(exposed.kept))
        notice = Words(args.lang or "ja")("sign_in.exposed")
    if kept and args.login and args.login != kept.login:
        kept = None
    BoardApp(hub, args.login, args.lang, args.ascii, kept, notice).run()
    return DONE


def once(args: argparse.Namespace, hub: str) -> int:
    from console_tui import keep
    from console_tui.look import look
    from console_tui.once import as_json, board_once, print_table
    from console_tui.scene import Scene
    from console_tui.words import Words
    from hub.client import Stopped

    try:
        kept = keep.load(hub)
    except keep.Exposed as exposed:
        asyncio.run(end(exposed.kept))
        kept = None
    if kept is None:
        return complain(f"not signed in at {hub}: run `zaiseki tui --hub {hub}`", NOT_SIGNED_IN)
    try:
        found, at = asyncio.run(board_once(kept, PATIENCE_S))
    except Stopped as stopped:
        said = f"the hub ended the sign-in ({stopped}): run `zaiseki tui --hub {hub}`"
        return complain(said, NOT_SIGNED_IN)
    except TimeoutError as late:
        return complain(f"no board from {hub}: {late}", NO_HUB)
    try:
        if args.json:
            print(as_json(found, kept, at), flush=True)
        else:
            scene = Scene(Words(args.lang or kept.locale), look(True, args.ascii, None), at)
            print_table(found, scene)
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE


async def sign_out(hub: str) -> int:
    """The file goes in any case; the hub is told if it can be."""
    from console_tui import keep

    try:
        kept = keep.load(hub)
    except keep.Exposed as exposed:
        kept = exposed.kept
    keep.forget(hub)
    if kept is None:
        return complain(f"nobody is signed in at {hub}", DONE)
    told = await end(kept)
    print(f"{kept.login} is signed out at {hub}")
    if not told:
        return complain("the hub could not be told; the sign-in there ends by itself", NO_HUB)
    return DONE


async def end(kept: "Kept | None") -> bool:
    """End a session at its hub; whether the hub heard it."""
    from console_tui import rest

    if kept is None:
        return True
    try:
        await rest.sign_out(kept.hub, kept.token)
    except rest.Refused:
        return False
    return True


def complain(what: str, code: int) -> int:
    print(f"zaiseki tui: {what}", file=sys.stderr)
    return code
