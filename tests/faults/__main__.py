"""`python -m tests.faults --seed N --seconds S`: a storm over three nodes, and what is left after.

200 agents with real spools and 20 boards go through random faults; then everything heals, and
every invariant is checked. The last line is JSON; the exit code is 1 when an invariant broke.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random

import msgspec

from hub.presence.changes import Timing
from tests.clock import until
from tests.faults.crowd import Crowd, gathered
from tests.faults.estate import Estate, estate
from tests.faults.servers import database, valkey
from tests.faults.verdict import Observer, Verdict, counted, judged, quiet, unrecorded
from tests.faults.weather import Weather

PACE = 0.1  # leases of 4 s
COME_WITHIN_S = 60.0
LOOKED_FOR_S = 3.0  # after the last moment at which somebody who is gone may look present
FILES = 8_192  # two proxied connections for each peer, and a spool


async def storm(seed: int, seconds: float, agents: int, watchers: int) -> tuple[Verdict, list[str]]:
    """The verdict, and what the observer saw that should not be."""
    chance, timing = Random(seed), Timing().scaled(PACE)
    with database() as cluster, cluster.postgres.database() as url:
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zaiseki-")))
            broker = await stack.enter_async_context(valkey())
            places = estate(folder, broker, cluster, url, pace=PACE, processes=True)
            nodes = await stack.enter_async_context(places)
            crowd = await gathered(stack, nodes, chance, timing, folder, agents, watchers)
            await come(crowd)
            weather = Weather(nodes, crowd, cluster, chance)
            observer = Observer(crowd, weather, PACE)
            await weathered(weather, observer, seconds)
            verdict = await after(nodes, crowd)
            verdict.faults, verdict.seed = counted(weather), seed
            verdict.stale_as_live, verdict.looked = observer.stale_as_live, observer.looked
            return verdict, observer.said


async def come(crowd: Crowd) -> None:
    def missing() -> list[str]:
        people = [person.agent for person in crowd.people if not person.agent.live]
        return [one.client.trouble or "connecting" for one in people]

    try:
        await until(lambda: not missing(), timeout_s=COME_WITHIN_S)
        await until(lambda: all(wall.board.live for wall in crowd.walls))
    except AssertionError:
        raise SystemExit(f"{len(missing())} agents did not come: {set(missing())}") from None


async def weathered(weather: Weather, observer: Observer, seconds: float) -> None:
    """People talk and somebody looks while faults come and go."""
    during = [asyncio.create_task(weather.crowd.chatter()), asyncio.create_task(observer.watch())]
    try:
        await weather.blow(seconds, max(seconds / 2, observer.bound_s + LOOKED_FOR_S))
    finally:
        for task in during:
            task.cancel()
        ends = await asyncio.gather(*during, return_exceptions=True)
    for end in ends:
        if not isinstance(end, asyncio.CancelledError):
            raise RuntimeError("the storm ended too early") from end


async def after(nodes: Estate, crowd: Crowd) -> Verdict:
    try:
        await quiet(nodes, crowd)
    except AssertionError:
        waiting = [one.device for one in crowd.people if not one.agent.quiet]
        held = await unrecorded(nodes)
        print(f"not quiet: {waiting} have not said all, {held} is not recorded", file=sys.stderr)
    return await judged(nodes, crowd)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--seconds", type=float, default=60, help="how long the storm lasts")
    options.add_argument("--agents", type=int, default=200)
    options.add_argument("--watchers", type=int, default=20)
    told = options.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, most))
    run = storm(told.seed, told.seconds, told.agents, told.watchers)
    verdict, said = asyncio.run(run)
    for line in said[:20]:
        print(f"shown as known, but {line}", file=sys.stderr)
    for kind, count in verdict.faults.items():
        print(f"{kind:<24}{count:>4}")
    print(msgspec.json.encode(verdict).decode())
    sys.exit(verdict.broken)


if __name__ == "__main__":
    main()
