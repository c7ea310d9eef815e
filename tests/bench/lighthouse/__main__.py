"""Lighthouse's accessibility score of every page: `python -m tests.bench.lighthouse`.

Each page is loaded by its address in a headless Chromium of 1350 px, as its role sees it in an
office that has something of everything. Lighthouse comes from npm when this is run. A score below
GOOD, or a page that could not be scored, is an exit code of 1.
"""

import asyncio
import shutil
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from hub.access import Role
from hub.credentials import COOKIE
from scripts.npm import node, npm
from tests.bench.machine import machine, result
from tests.e2e.furnished import Furnished, furnished, pairing_code
from tests.e2e.pages import addresses, open_addresses
from tests.e2e.site import Site, opened
from tests.hubs import ROOT

HERE = Path(__file__).resolve().parent
CACHE = ROOT / ".cache" / "lighthouse"
GOOD = 95
ROLES = (Role.ADMINISTRATOR, Role.WORKER, Role.OPERATOR)


class Answer(msgspec.Struct, frozen=True):
    """Of one page; `shown` is where its address led, `wrong` why it has no score."""

    score: int | None
    shown: str
    faults: Sequence[str] = ()
    wrong: str | None = None


@asynccontextmanager
async def lighthouse() -> AsyncIterator[Process]:
    """The script that scores what it is told; what it is made of is installed first."""
    chromium = shutil.which("chromium")
    assert chromium, "please install chromium; ./test does"
    CACHE.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json", "score.mjs"):
        shutil.copy(HERE / file, CACHE / file)
    shutil.copy(ROOT / "web" / ".npmrc", CACHE / ".npmrc")
    npm(CACHE, "ci")
    command = (str(node()), str(CACHE / "score.mjs"), chromium)
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, cwd=CACHE)
    try:
        yield process
    finally:
        assert process.stdin
        process.stdin.close()
        await process.wait()


async def scored(process: Process, url: str, token: str | None) -> Answer:
    assert process.stdin and process.stdout
    cookie = f"{COOKIE}={token}" if token else None
    process.stdin.write(msgspec.json.encode({"url": url, "cookie": cookie}) + b"\n")
    await process.stdin.drain()
    line = await process.stdout.readline()
    if not line:
        raise SystemExit("lighthouse ended; what it said stands above")
    return msgspec.json.decode(line, type=Answer)


async def visits(site: Site, here: Furnished) -> AsyncIterator[tuple[str, str | None, str]]:
    """Who opens what: their name, their session and the address."""
    for role in ROLES:
        office, member = here.of(role)
        token = await office.signed_in(member)
        for address in addresses(role, here, await pairing_code(site)):
            yield role, token, address
    for address in await open_addresses(site, here):
        yield "nobody", None, address


async def main() -> int:
    scores: dict[str, int | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        async with (
            opened(Path(folder) / "hub") as site,
            furnished(site, Path(folder) / "pc", "青葉商事") as here,
            lighthouse() as process,
        ):
            async for who, token, address in visits(site, here):
                answer = await scored(process, f"{site.hub.url}{address}", token)
                scores[f"{who} {address}"] = answer.score
                said = answer.wrong or "; ".join(answer.faults)
                sys.stderr.write(f"{answer.score} {who} {address} {said}\n")
    low = [name for name, score in scores.items() if score is None or score < GOOD]
    result(
        {
            "pages": len(scores),
            "lowest": min((score or 0 for score in scores.values()), default=0),
            "below": low,
            "machine": machine(),
        }
    )
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
