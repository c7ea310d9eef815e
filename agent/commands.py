"""What `zaiseki agent run|enrol|status` do; every way to fail is one line and an exit code."""

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from agent import settings, spool, terms
from agent.cameras import camera, listing
from agent.cameras.camera import CameraFault
from agent.enrolment import gallery
from agent.enrolment.enrol import Picture, Refused, enrol, enrol_from_camera, pictures
from agent.enrolment.gallery import Gallery, GalleryError
from agent.evidence.ring import RingError
from agent.exits import Exit
from agent.line import PATH
from agent.live.prompt import prompting
from agent.page.desk import Desk
from agent.page.serving import served
from agent.pair import pair
from agent.run import Agent
from agent.settings import TOKEN_VARIABLE, Settings, SettingsError, default_folder
from agent.spool import SpoolError
from agent.unpair import unpair
from agent.vision import models
from agent.vision.eyes import Eyes
from agent.vision.models import ModelsError
from agent.vision.sharing import SharedEyes
from hub.client import BadAddress, endpoint
from hub.protocol import closing
from hub.protocol.facts import Reason
from hub.protocol.session import Stopped

SETTINGS = ("hub", "source", "loop", "level", "fps", "away_after_s", "pace", "models")
FROM_CAMERA = "camera"

log = logging.getLogger(__name__)
ENROL_PER_S = 3.0

_EXITS: dict[type[Exception], Exit] = {
    SettingsError: Exit.USAGE,
    BadAddress: Exit.USAGE,
    CameraFault: Exit.SOURCE,
    Refused: Exit.ENROLMENT,
    GalleryError: Exit.ENROLMENT,
    SpoolError: Exit.STATE,
    RingError: Exit.STATE,
    ModelsError: Exit.STATE,
}

_STOPS = {
    closing.UNAUTHORIZED: (
        Exit.REFUSED, "the hub refuses the token; pair this PC anew with `zaiseki agent pair URL`",
    ),
    closing.FENCED: (
        Exit.FENCED, "another agent has taken over with the same token; give each its own device",
    ),
}  # fmt: skip

_FAILURES: tuple[type[Exception], ...] = (Stopped, *_EXITS)


def run_command(options: argparse.Namespace) -> int:
    try:
        return COMMANDS[options.command](options)
    except _FAILURES as wrong:
        return fail(wrong)
    except KeyboardInterrupt:
        return Exit.STOPPED


def fail(wrong: Exception, name: str = "") -> Exit:
    """Say it in one line, and return its exit code."""
    if isinstance(wrong, Stopped):
        old = f"the hub does not understand this agent, update the older one ({wrong.reason})"
        code, text = _STOPS.get(wrong.code, (Exit.OLD_PROTOCOL, old))
    else:
        code, text = _EXITS[type(wrong)], str(wrong)
    print(f"zaiseki: {name and name + ': '}{text}", file=sys.stderr, flush=True)
    return code


@dataclass(frozen=True)
class Seat:
    """All that one agent needs, read and checked before any of them starts."""

    folder: Path
    settings: Settings
    token: str
    gallery: Gallery
    eyes: SharedEyes


def run(options: argparse.Namespace) -> int:
    folders: list[Path] = options.states or [default_folder()]
    if len(folders) > 1 and (options.token_file or options.source):
        raise SettingsError("several --state: each has its own source and token in its folder")
    packs: dict[Path, SharedEyes] = {}
    seats = [seat(folder, options, len(folders) == 1, packs) for folder in folders]
    log_to_terminal()
    return asyncio.run(run_all(seats))


def seat(
    folder: Path, options: argparse.Namespace, alone: bool, packs: dict[Path, SharedEyes]
) -> Seat:
    """Settings and token first: a wrong one is said before the models take a second to load."""
    given = {name: getattr(options, name) for name in SETTINGS}
    chosen = settings.load(folder, **given)
    if not chosen.hub:
        raise SettingsError("which hub? give its address with --hub https://hub.example")
    endpoint(chosen.hub, PATH)
    environment = os.environ.get(TOKEN_VARIABLE) if alone else None
    token = settings.token(folder, options.token_file, environment)
    look_once(chosen.source)
    eyes = open_eyes(chosen.models, packs)
    known = gallery.begin(folder, eyes.eyes.recogniser)
    if options.accept_terms:
        terms.accept(folder, time.time())
    if options.save:
        lasting = listing.remembered(chosen.source, listing.cameras())
        settings.save(folder, msgspec.structs.replace(chosen, source=lasting))
        settings.save_token(folder, token)
    return Seat(folder, chosen, token, known, eyes)


def look_once(spec: str) -> None:
    """A recording that cannot be read is said at once; a camera may well come later."""
    source = camera.source(spec)
    if not source.live:
        next(camera.frames(source, paced=False))


def open_eyes(folder: str | None, packs: dict[Path, SharedEyes]) -> SharedEyes:
    """Load a pack of models once for all who use it."""
    path = Path(folder) if folder else models.DEFAULT_PACK
    if path not in packs:
        packs[path] = SharedEyes(Eyes(models.load(path)), threading.Lock())
    return packs[path]


async def run_all(seats: Sequence[Seat]) -> int:
    """Run them until a signal; one that fails leaves the others running."""
    desks = [desk(one) for one in seats]

    def stop() -> None:
        for one in desks:
            one.agent.stop()

    on_signal(stop)
    with prompting([one.agent.views for one in desks]):
        codes = await asyncio.gather(*(ended(one, len(desks) > 1) for one in desks))
    return next((code for code in codes if code), Exit.STOPPED)


def desk(seat: Seat) -> Desk:
    agent = Agent(seat.folder, seat.settings, seat.token, seat.gallery, seat.eyes)
    return Desk(agent, seat.folder, seat.settings, seat.token, seat.gallery, seat.eyes)


async def ended(desk: Desk, named: bool) -> Exit:
    """Run an agent with its page beside it."""
    try:
        async with served(desk):
            if lacking := desk.lacking:
                log.warning("%s %s: run `zaiseki agent page`", desk.agent.name, lacking)
            await desk.agent.run()
    except _FAILURES as wrong:
        return fail(wrong, desk.agent.name if named else "")
    return Exit.STOPPED


def on_signal(stop: Callable[[], None]) -> None:
    """Ctrl-C and a service manager's SIGTERM stop in good order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def log_to_terminal() -> None:
    """What happens goes to stdout, what is wrong to stderr, one line each."""
    happens, wrong = logging.StreamHandler(sys.stdout), logging.StreamHandler(sys.stderr)
    happens.addFilter(lambda record: record.levelno < logging.WARNING)
    wrong.setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a reader of stdout that has gone stops nobody
    logger = logging.getLogger("agent")
    logger.setLevel(logging.INFO)
    for handler in (happens, wrong):
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
        logger.addHandler(handler)


def learn(options: argparse.Namespace) -> int:
    folder: Path = options.state
    agree(folder, options.accept_terms)
    kept = settings.load(folder, models=options.models, source=options.source)
    eyes = open_eyes(kept.models, {}).eyes
    if options.pictures == [FROM_CAMERA]:
        print(f"look at camera {kept.source}, and turn your head a little", flush=True)
        known = enrol_from_camera(frames(kept.source), eyes)
    else:
        known = enrol(pictures(map(Path, options.pictures)), eyes)
    gallery.save(known, folder)
    print(f"enrolled from {known.images} pictures into {folder / gallery.FILE}")
    return Exit.STOPPED


def agree(folder: Path, accepted: bool) -> None:
    """Nobody's face is looked at before they know what for. Raise SettingsError."""
    if accepted:
        terms.accept(folder, time.time())
    elif not terms.load(folder).holds:
        raise SettingsError(
            "the terms are not accepted yet: `zaiseki agent page` shows them while the agent "
            "runs; add --accept-terms once the person in the pictures has accepted them"
        )


def frames(spec: str) -> Iterator[Picture]:
    """Frames to enrol from, a few a second, so that poses differ and nobody waits long."""
    source = camera.source(spec)
    try:
        for number, frame in enumerate(camera.frames(source, ENROL_PER_S, paced=False), 1):
            yield Picture(f"frame {number}", frame.bgr)
    except CameraFault as fault:
        if source.live or fault.reason is not Reason.NO_FRAMES:
            raise  # else a recording is over, and what it showed must do


def status(options: argparse.Namespace) -> int:
    folder: Path = options.state
    chosen = settings.load(folder)
    print(f"folder    {folder}")
    print(f"settings  {msgspec.json.encode(chosen).decode()}")
    kept = {"token": (folder / settings.TOKEN_FILE).exists(), "gallery": gallery.exists(folder)}
    for name, there in kept.items():
        print(f"{name:9} {'kept' if there else 'none'}")
    print(f"spool     {spool.summary(folder)}")
    return Exit.STOPPED


COMMANDS = {"run": run, "enrol": learn, "status": status, "pair": pair, "unpair": unpair}
