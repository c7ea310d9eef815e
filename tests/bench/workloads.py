"""What is done to a hub, and what it is measured by; the same on the floor."""

import asyncio
import statistics
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from tests.bench.loader import Run
from tests.bench.population import Crowd
from tests.bench.rig import Meter, Rig, Spent, queued_kb

SETTLE_S = 3.0  # after connecting: two rounds of leases, and the collector has been by
WARM_UP_S = 2.0  # first statements are compiled, first batches are written
TICK_MS = 50.0
STALL_S = 15.0
IN_FLIGHT = 1_000  # handshakes at once when everybody comes back
AFTERWARDS_S = 5.0
SAMPLE_EVERY_S = 2.0
NEVER = -1.0

Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Size:
    """So many people and boards, and changes a second for so long; `tick_ms` is the floor's."""

    crowd: Crowd
    rate: float
    seconds: float
    tick_ms: int = 0
    stalled: int = 0
    pace: float = 1.0

    @property
    def connections(self) -> int:
        return self.crowd.members * self.crowd.devices + self.crowd.boards


Workload = Callable[[Rig, Size], Coroutine[None, None, Figures]]


# ---- workloads


async def steady(rig: Rig, size: Size) -> Figures:
    """Everybody is there, and people come and go."""
    kb = await everybody(rig, size)
    async with rig.profiled():
        run, meter = await measured(rig, size.seconds, size.rate)
    return {**shown(run), **costs(run, meter.spent), "kb_per_connection": kb}


async def storm(rig: Rig, size: Size) -> Figures:
    """All agents lose their connection at once, change their state and come back."""
    kb = await everybody(rig, size, boards=1)
    async with rig.profiled(), rig.metered() as meter:
        came = await rig.load.reconnect(IN_FLIGHT)
    fresh = await rig.load.boards(2)
    run, after = await measured(rig, AFTERWARDS_S, size.rate)
    return {
        **shown(run),
        **costs(run, after.spent),
        "kb_per_connection": kb,
        "back_s": came.back_s,
        "whole_s": came.whole_s,
        "fresh_board_ms": fresh.seconds * 1000,
        "storm_cpu_s": meter.spent.cpu_s,
        "false_unknown": came.unknown + run.unknown,
        "refused": came.lost,
    }


async def stalled(rig: Rig, size: Size) -> Figures:
    """Some boards stop reading: what they cost, what the others notice, how they catch up."""
    kb = await everybody(rig, size)
    before, calm = await measured(rig, size.seconds, size.rate)
    async with rig.profiled():
        run, meter = await measured(rig, STALL_S, size.rate, "stall")
    queued = queued_kb(rig.port)
    again, _ = await measured(rig, AFTERWARDS_S, size.rate, "read")
    converged = again.converged_ms >= 0
    return {
        **shown(run),
        **costs(run, meter.spent),
        "kb_per_connection": kb,
        "kb_per_slow_board": (meter.peak_kb - calm.peak_kb) / size.stalled,
        "kernel_kb_per_slow_board": queued / size.stalled,
        "others_p99_ratio": run.p99_ms / before.p99_ms,
        "converged_ticks": again.converged_ms / TICK_MS if converged else NEVER,
        "lost": before.lost + run.lost + again.lost,
        "closed": before.closed + run.closed + again.closed,
    }


async def soak(rig: Rig, size: Size) -> Figures:
    """For long: does the hub's memory grow?"""
    kb = await everybody(rig, size)
    samples: list[tuple[float, float]] = []
    watching = asyncio.create_task(watch_memory(rig, samples))
    async with rig.profiled():
        run, meter = await measured(rig, size.seconds, size.rate)
    watching.cancel()
    return {
        **shown(run),
        **costs(run, meter.spent),
        "kb_per_connection": kb,
        "rss_mb": rig.rss_kb / 1024,
        "growth_kb_per_minute": growth_kb_per_minute(samples),
    }


# ---- their parts


async def everybody(rig: Rig, size: Size, boards: int | None = None) -> float:
    """Let everybody connect and warm up; kB of the hub's memory for each connection and its seat.

    One board is there first, so that it shows every agent: what a hub with an empty floor holds
    is not counted.
    """
    crowd = size.crowd
    wanted = crowd.boards if boards is None else boards
    await rig.load.boards(1)
    await asyncio.sleep(SETTLE_S)
    before_kb = rig.rss_kb
    await rig.load.agents(crowd.members * crowd.devices)
    await rig.load.boards(wanted)
    await asyncio.sleep(SETTLE_S)
    kb = (rig.rss_kb - before_kb) / (crowd.members * crowd.devices + wanted - 1)
    await rig.load.run(WARM_UP_S, size.rate)
    return kb


async def measured(rig: Rig, seconds: float, rate: float, how: str = "all") -> tuple[Run, Meter]:
    async with rig.metered() as meter:
        run = await rig.load.run(seconds, rate, how)
    return run, meter


async def watch_memory(rig: Rig, samples: list[tuple[float, float]]) -> None:
    """Minutes since the beginning, and kB."""
    while True:
        samples.append((len(samples) * SAMPLE_EVERY_S / 60, rig.rss_kb))
        await asyncio.sleep(SAMPLE_EVERY_S)


def growth_kb_per_minute(samples: list[tuple[float, float]]) -> float:
    """The slope once the first quarter is over, in which caches fill."""
    late = samples[len(samples) // 4 :]
    if len(late) < 2:
        return 0.0
    minutes, kb = zip(*late, strict=True)
    return statistics.linear_regression(minutes, kb).slope


def shown(run: Run) -> Figures:
    return {
        "delivered": run.delivered,
        "delivered_per_s": run.delivered / run.seconds if run.seconds else 0.0,
        "p50_ms": run.p50_ms,
        "p99_ms": run.p99_ms,
        "lost": run.lost,
        "reordered": run.reordered,
        "conflated": run.conflated,
        "repeated": run.repeated,
        "strange": run.strange,
        "false_unknown": run.unknown,
        "gaps": run.gaps,
        "closed": run.closed,
        "agents_lost": run.agents_lost,
        "unrecorded": run.unrecorded,
        "load_late_ms": run.late_ms,
    }


def costs(run: Run, spent: Spent) -> Figures:
    million = max(run.delivered, 1) / 1e6
    return {
        "cpu_s_per_million": spent.cpu_s / million,
        "hub_cpu_s_per_million": spent.hub_s / million,
        "broker_cpu_s_per_million": spent.broker_s / million,
        "hub_cpu_percent": 100 * spent.hub_s / spent.seconds,
        "hub_system_percent": 100 * spent.system_s / spent.seconds,
        "broker_cpu_percent": 100 * spent.broker_s / spent.seconds,
    }


# ---- sizes

HOUR_IN_A_MINUTE = 1 / 60
CHANGE_EVERY_S = 60  # what a person's comings and goings are in a busy hour
FAT = Crowd(members=32, boards=100, devices=64)  # a seat with 64 devices is a frame of 4 kB

WORKLOADS: dict[str, tuple[Workload, Size]] = {
    "w1": (steady, Size(Crowd(1_000, 1_000), rate=100, seconds=20)),
    "w2": (steady, Size(Crowd(5_000, 50), rate=5_000 / CHANGE_EVERY_S, seconds=20)),
    "w3": (storm, Size(Crowd(5_000, 2), rate=5_000 / CHANGE_EVERY_S, seconds=AFTERWARDS_S)),
    "w4": (stalled, Size(FAT, rate=200, seconds=10, stalled=1)),
    "w5": (steady, Size(Crowd(10_000, 1_000), rate=1_000, seconds=20, tick_ms=50)),
    "soak": (
        soak,
        Size(
            Crowd(10_000, 20),
            rate=10_000 / CHANGE_EVERY_S / HOUR_IN_A_MINUTE,
            seconds=600,
            tick_ms=50,
            pace=HOUR_IN_A_MINUTE,
        ),
    ),
}
