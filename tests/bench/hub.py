"""The hub under load: `python -m tests.bench.hub w1|w2|w3|w4|w5|soak|floor`.

w1: 1,000 boards, 100 changes a second. w2: 5,000 agents, 50 boards. w3: 5,000 agents come back at
once. w4: one of 100 boards stops reading. w5: 1,000 boards, 1,000 changes a second over 10,000
members. soak: 10,000 agents, with all intervals scaled 1:60. floor: w1 on the floor alone, with a
send for each delivery and with a tick.

The floor (load/floor.c) is run before and after, at the same workload, for what the machine gives
in this hour; nginx with nchan too (w1 to w3), where Debian's nginx and libnginx-mod-nchan are
installed. CPU seconds are per million updates delivered, hub and broker together.
"""

import argparse
import asyncio
import statistics
from collections.abc import Iterable
from dataclasses import replace

from tests.bench import nchan, rig
from tests.bench.machine import machine, result
from tests.bench.workloads import WORKLOADS, Figures, Size, Workload

FLOOR_SECONDS = 10.0
COLUMNS = (
    "cpu_s_per_million", "hub_cpu_s_per_million", "broker_cpu_s_per_million",
    "hub_cpu_percent", "hub_system_percent", "broker_cpu_percent",
    "p50_ms", "p99_ms", "kb_per_connection", "delivered_per_s",
    "back_s", "whole_s", "fresh_board_ms", "storm_cpu_s",
    "kb_per_slow_board", "kernel_kb_per_slow_board", "others_p99_ratio", "converged_ticks",
    "rss_mb", "growth_kb_per_minute",
    "lost", "reordered", "conflated", "repeated", "strange", "false_unknown", "gaps",
    "closed", "refused", "agents_lost", "unrecorded", "load_late_ms",
)  # fmt: skip
OF_NCHAN = ("w1", "w2", "w3")
OF_FLOOR = ("cpu_s_per_million", "p50_ms", "p99_ms", "back_s", "whole_s")


async def on_hub(workload: Workload, size: Size, options: rig.Options) -> Figures:
    chosen = replace(options, pace=size.pace, stalled=size.stalled)
    async with rig.hub(size.crowd, chosen) as hub:
        figures = await workload(hub, size)
        if hub.profile:
            print(*hub.profile.lines(), sep="\n")
        return figures


async def on_floor(workload: Workload, size: Size) -> Figures:
    short = replace(size, seconds=min(size.seconds, FLOOR_SECONDS))
    async with rig.floor(size.crowd, size.tick_ms, size.stalled) as floor:
        return await workload(floor, short)


async def on_nchan(name: str, size: Size) -> Figures | None:
    """None where it is not installed, and for what it cannot do."""
    if name not in OF_NCHAN or nchan.module() is None:
        return None
    short = replace(size, seconds=min(size.seconds, FLOOR_SECONDS))
    async with nchan.nchan(rig.numbered(size.crowd)) as relay:
        return await WORKLOADS[name][0](relay, short)


async def compared(name: str, size: Size, options: rig.Options) -> None:
    """The hub between two runs of the floor."""
    workload = WORKLOADS[name][0]
    peer = await on_nchan(name, size)
    before = await on_floor(workload, size)
    hub = await on_hub(workload, size, options)
    after = await on_floor(workload, size)
    print(f"{name}: {described(size)}; {machine()}")
    columns = {"hub": hub, "floor before": before, "floor after": after}
    print(*table(columns | ({"nchan": peer} if peer else {})), sep="\n")
    floor = {f"floor_{key}": statistics.mean((before[key], after[key])) for key in common(before)}
    beside = {f"nchan_{key}": peer[key] for key in common(peer)} if peer else {}
    result({"workload": name, **hub, **floor, **beside})


async def floors(size: Size) -> None:
    workload = WORKLOADS["w1"][0]
    each = await on_floor(workload, replace(size, tick_ms=0))
    tick = await on_floor(workload, replace(size, tick_ms=50))
    print(f"floor: {described(size)}; {machine()}")
    print(*table({"a send each": each, "50 ms tick": tick}), sep="\n")
    ticked = {f"tick_{key}": tick[key] for key in common(tick)}
    result({"workload": "floor", **each, **ticked})


def common(figures: Figures) -> list[str]:
    return [key for key in OF_FLOOR if key in figures]


def described(size: Size) -> str:
    crowd = size.crowd
    return (
        f"{crowd.members} members with {crowd.devices} devices, {crowd.boards} boards with"
        f" {crowd.views} views, {size.rate:.1f} changes/s for {size.seconds:.0f} s"
    )


def table(columns: dict[str, Figures]) -> Iterable[str]:
    yield f"{'':26}" + "".join(f"{name:>14}" for name in columns)
    for key in COLUMNS:
        if any(key in figures for figures in columns.values()):
            cells = (figures.get(key) for figures in columns.values())
            yield f"{key:26}" + "".join(f"{cell(value):>14}" for value in cells)


def cell(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def chosen(arguments: argparse.Namespace) -> Size:
    """The workload's size, with what was asked to be otherwise."""
    size = WORKLOADS.get(arguments.workload, WORKLOADS["w1"])[1]
    crowd = replace(
        size.crowd,
        members=arguments.members or size.crowd.members,
        boards=arguments.boards or size.crowd.boards,
        views=arguments.views,
    )
    return replace(
        size,
        crowd=crowd,
        rate=arguments.rate or size.rate,
        seconds=arguments.seconds or size.seconds,
        pace=arguments.pace or size.pace,
        stalled=arguments.stalled or size.stalled,
    )


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.hub",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("workload", choices=[*WORKLOADS, "floor"])
    parser.add_argument("--views", type=int, default=1, help="boards see everybody, but in so many")
    parser.add_argument("--database", metavar="URL", help="an empty one, instead of SQLite")
    parser.add_argument("--deflate", action="store_true", help="boards offer compression")
    parser.add_argument("--profile", action="store_true", help="print where the hub's time goes")
    parser.add_argument("--seconds", type=float, help="shorter or longer")
    parser.add_argument("--members", type=int)
    parser.add_argument("--boards", type=int)
    parser.add_argument("--rate", type=float, help="changes a second, of all members together")
    parser.add_argument("--pace", type=float, help="intervals of the hub, 1 is as they are")
    parser.add_argument("--stalled", type=int, help="w4: boards that stop reading")
    return parser.parse_args()


def main() -> None:
    arguments = parsed()
    size = chosen(arguments)
    options = rig.Options(arguments.database, deflate=arguments.deflate, profile=arguments.profile)
    if arguments.workload == "floor":
        asyncio.run(floors(size))
    else:
        asyncio.run(compared(arguments.workload, size, options))


if __name__ == "__main__":
    main()
