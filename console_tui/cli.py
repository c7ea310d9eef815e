"""`zaiseki tui`: its options, and which exit code says what. Light: the rest comes when it runs."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console_tui.config import Config
    from console_tui.filter import Filter
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
    parser.add_argument(
        "--ascii",
        action="store_true",
        help="states as * o c ? = - !, for terminals that draw ● two cells wide",
    )
    parser.add_argument("--light", action="store_true", help="dark on light")
    parser.add_argument("--keys", action="store_true", help="print the keys for tui.toml and exit")
    parser.add_argument("--sign-out", action="store_true", help="end the kept sign-in and exit")
    parser.add_argument("--once", action="store_true", help="print the board and exit")
    parser.add_argument("--json", action="store_true", help="with --once: as JSON")
    parser.add_argument(
        "--filter", metavar="TEXT", help="with --once: only these, as after /, or @name"
    )
    parser.add_argument("--at", metavar="TIME", help="with --once: the past, as 11/20 10:15 or -30")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    if any(find_spec(part) is None for part in ("textual", "textual_image", "httpx2")):
        return complain("the terminal board is not installed: pip install 'zaiseki[tui]'", USAGE)
    if not args.once and (args.json or args.filter or args.at):
        return complain("--json, --filter and --at go with --once", USAGE)
    from console_tui import config
    from console_tui.keep import last_hub
    from hub.client import BadAddress, endpoint

    if args.keys:
        print(config.as_toml())
        return DONE
    hub = args.hub or last_hub()
    try:
        endpoint(hub, "/")
        chosen = with_options(config.load(), args)
    except (BadAddress, config.BadConfig) as bad:
        return complain(str(bad), USAGE)
    if args.sign_out:
        return asyncio.run(sign_out(hub))
    return once(args, hub, chosen) if args.once else board(args, hub, chosen)


def with_options(config: "Config", args: argparse.Namespace) -> "Config":
    """What is typed goes before what is in the file."""
    from msgspec.structs import replace

    return replace(
        config,
        ascii=args.ascii or config.ascii,
        light=args.light or config.light,
        language=args.lang or config.language,
    )


def board(args: argparse.Namespace, hub: str, chosen: "Config") -> int:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return complain("this is no terminal; use --once or --once --json here", USAGE)
    if not sys.stderr.isatty():  # which is what Textual draws on
        return complain("the board draws on standard error; do not send that elsewhere", USAGE)
    from console_tui import keep
    from console_tui.app import BoardApp
    from console_tui.words import Words

    kept, notice = None, ""
    try:
        kept = keep.load(hub)
    except keep.Exposed as exposed:
        asyncio.run(end(exposed.kept))
        notice = Words(chosen.language or "ja")("sign_in.exposed")
    if kept and args.login and args.login != kept.login:
        kept = None
    if chosen.images == "terminal":
        from console_tui.widgets import picture

        picture.prepare()
    BoardApp(hub, args.login, chosen, kept, notice).run()
    return DONE


def once(args: argparse.Namespace, hub: str, chosen: "Config") -> int:
    from console_tui import keep
    from console_tui.rest.calls import Refused
    from console_tui.words import Words
    from hub.client import Stopped

    try:
        kept = keep.load(hub)
    except keep.Exposed as exposed:
        asyncio.run(end(exposed.kept))
        kept = None
    if kept is None:
        return complain(f"not signed in at {hub}: run `zaiseki tui --hub {hub}`", NOT_SIGNED_IN)
    wanted = wanted_filter(args.filter or "", chosen.filters)
    if isinstance(wanted, str):
        return complain(wanted, USAGE)
    try:
        return printed(args, chosen, kept, wanted)
    except Stopped as stopped:
        said = f"the hub ended the sign-in ({stopped}): run `zaiseki tui --hub {hub}`"
        return complain(said, NOT_SIGNED_IN)
    except TimeoutError as late:
        return complain(f"no board from {hub}: {late}", NO_HUB)
    except Refused as refused:
        return complain(Words("en")(refused.key, **refused.values), NO_HUB)
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def wanted_filter(text: str, own: Mapping[str, str]) -> "Filter | str":
    """The filter, or the sentence that says what to write instead; @ and a name is one's own."""
    from console_tui.filter import BadFilter, parse
    from console_tui.words import Words

    if text.startswith("@"):
        if text[1:] not in own:
            known = ", ".join(f"@{name}" for name in own) or "none: write some into tui.toml"
            return f"there is no filter {text}; there are {known}"
        text = own[text[1:]]
    try:
        return parse(text)
    except BadFilter as bad:
        return Words("en")(bad.key, **bad.values)


def printed(args: argparse.Namespace, chosen: "Config", kept: "Kept", wanted: "Filter") -> int:
    """Raise Stopped, TimeoutError or Refused where there is no board to print."""
    from console_tui.look import look
    from console_tui.once import as_json, board_once, board_then, print_table, wanted_rows
    from console_tui.scene import Scene
    from console_tui.strips import moment
    from console_tui.words import Words

    found, at = asyncio.run(board_once(kept, PATIENCE_S))
    if args.at:
        then = moment(args.at, at)
        if then is None or then > at:
            return complain(f"{args.at!r} is no past time; try 10:15, 11/20 10:15 or -30", USAGE)
        found, at = asyncio.run(board_then(kept, found, then)), then
    rows = wanted_rows(found, wanted, at)
    if args.json:
        print(as_json(found, kept, at, rows), flush=True)
        return DONE
    words = Words(chosen.language or kept.locale, chosen.ascii)
    print_table(rows, Scene(words, look(True, chosen.ascii, None), at, past=bool(args.at)))
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
    from console_tui.rest.calls import Hub, Refused
    from console_tui.rest.session import sign_out as end_session

    if kept is None:
        return True
    try:
        await end_session(Hub(kept.hub, kept.token))
    except Refused:
        return False
    return True


def complain(what: str, code: int) -> int:
    print(f"zaiseki tui: {what}", file=sys.stderr)
    return code
