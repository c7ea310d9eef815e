"""The load generator and its floor (`load/*.c`): built when first needed, driven line by line."""

import asyncio
import os
import shutil
import subprocess
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

ROOT = Path(__file__).resolve().parents[2]
SOURCES = Path(__file__).with_name("load")
BUILT = ROOT / ".cache" / "bench"
OPTIONS = ("-O2", "-std=gnu11", "-Wall", "-Wextra", "-Werror")
FLOOR = ("floor.c", "frame.c")

Offer = Literal["plain", "deflate", "relay"]
A = TypeVar("A", bound=msgspec.Struct)


class Opened(msgspec.Struct, frozen=True):
    """How many boards or agents there are now, and how long the last of them took."""

    ready: int
    seconds: float


class Run(msgspec.Struct, frozen=True):
    """What boards were shown of the changes that agents made; `load.c` and `boards.h` say more.

    `delivered` counts each change at each board that showed it; `lost` those that were neither
    shown nor stood in for by a later one. `late_ms` is by how much the load itself was late.
    """

    changed: int
    seconds: float
    late_ms: float
    delivered: int
    conflated: int
    repeated: int
    reordered: int
    strange: int
    unknown: int
    gaps: int
    lost: int
    closed: int
    agents_lost: int
    unrecorded: int
    heartbeats: int
    frames: int
    bytes: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    converged_ms: float


class Reconnected(msgspec.Struct, frozen=True):
    """Seconds until all agents were welcome again, and until a board showed all that changed."""

    back_s: float
    whole_s: float
    lost: int
    unknown: int
    strange: int
    reordered: int
    unrecorded: int
    closed: int


@dataclass(frozen=True, slots=True)
class Seated:
    """A device: whose it is, whether its word is the seat's, and its token."""

    member: int
    speaks: bool
    token: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Who shall come."""

    agents: Sequence[Seated]
    boards: Sequence[str]

    def text(self) -> str:
        agents = [f"{one.member} {one.speaks:d} {one.token}" for one in self.agents]
        lines = [f"agents {len(agents)}", *agents, f"boards {len(self.boards)}", *self.boards]
        return "\n".join(lines) + "\n"


class Load:
    """The running load generator."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def boards(self, count: int) -> Opened:
        return self._all(await self._told(f"boards {count}", Opened), count, "boards")

    async def agents(self, count: int) -> Opened:
        return self._all(await self._told(f"agents {count}", Opened), count, "agents")

    async def run(self, seconds: float, rate: float, how: str = "all") -> Run:
        return await self._told(f"run {seconds} {rate} {how}", Run)

    async def reconnect(self, in_flight: int) -> Reconnected:
        return await self._told(f"reconnect {in_flight}", Reconnected)

    def _all(self, opened: Opened, count: int, what: str) -> Opened:
        assert opened.ready == count, f"only {opened.ready} of {count} {what} came in"
        return opened

    async def _told(self, command: str, kind: type[A]) -> A:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(command.encode() + b"\n")
        line = await self.process.stdout.readline()
        assert line, f"the load ended at {command!r}"
        return msgspec.json.decode(line, type=kind)


@asynccontextmanager
async def load(
    folder: Path, plan: Plan, port: int, stalled: int = 0, offer: Offer = "plain"
) -> AsyncIterator[Load]:
    """Boards 1 to `stalled` are those that will stop reading; a relay only passes on."""
    path = folder / "plan"
    path.write_text(plan.text())
    command = (str(built("load")), str(path), str(port), str(stalled), offer)
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        yield Load(process)
    finally:
        await ended(process)


@asynccontextmanager
async def floor(
    tick_ms: int, devices: int
) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """The floor and its port."""
    command = (str(built("floor")), str(tick_ms), str(devices))
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    try:
        assert process.stdout
        yield process, int(await process.stdout.readline())
    finally:
        await ended(process)


async def ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


# ---- building


def built(name: str) -> Path:
    """The program, compiled from the sources as they are now."""
    everything = b"".join(path.read_bytes() for path in sorted(SOURCES.iterdir()))
    program = BUILT / f"{name}-{sha256(everything).hexdigest()[:16]}"
    if not program.exists():
        compiled(name, program)
    return program


def compiled(name: str, program: Path) -> None:
    need_compiler()
    BUILT.mkdir(parents=True, exist_ok=True)
    for older in BUILT.glob(f"{name}-*"):
        older.unlink()
    of_load = {path.name for path in SOURCES.glob("*.c")} - {"floor.c"}
    sources = FLOOR if name == "floor" else sorted(of_load)
    part = program.with_suffix(f".{os.getpid()}")
    command = ["gcc", *OPTIONS, "-o", str(part), *sources, "-lz", "-lm"]
    subprocess.run(command, cwd=SOURCES, check=True)
    part.rename(program)  # whole or not at all: two may build at once


def need_compiler() -> None:
    """Debian's gcc and zlib, installed where they are missing and that is allowed."""
    if shutil.which("gcc") and Path("/usr/include/zlib.h").exists():
        return
    need = "source scripts/bootstrap.sh; apt_need gcc zlib1g-dev"
    subprocess.run(["bash", "-c", need], cwd=ROOT, check=True)
