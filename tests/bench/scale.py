"""What so many agents take: `python -m tests.bench.scale [--agents N] [--seen N] ...`.

Reads the unit costs of docs/measurements.md and prints the table of docs/scale.md. A line whose
unit costs were not measured says which ones it needs. Formulas are in `plan`, one a line.
"""

import argparse
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
FIGURES, PAGE = DOCS / "measurements.md", DOCS / "scale.md"
MARKED = re.compile(r"(<!-- table -->).*(<!-- /table -->)", re.DOTALL)
ROW = re.compile(r"^\| (\w+) \| ([\d.]+|\?) \|", re.MULTILINE)

SIZES = (10_000, 100_000, 1_000_000)
CORE_SHARE = 0.6  # of one core that a node or a shard may use at the peak; the rest is for storms
NODE_CONNECTIONS = 15_000  # of one process; the kernel and the selector like fewer
HEARTBEAT_S, RENEW_S = 10.0, 2.0
FRAMES_PER_S_MAX = 20.0  # the tick of 50 ms
HISTORY_TICKS = 10_000
FRAME_HEADERS = 60  # bytes of Ethernet, IP, TCP and websocket for a small frame


class Unmeasured(Exception):
    """A unit cost that docs/measurements.md does not have yet."""


@dataclass(frozen=True, slots=True)
class World:
    """Who uses it, and how; the defaults are an office's day."""

    agents: int = 10_000
    tenant: int = 1_000  # people of one
    changes_a_day: float = 60.0  # of one person
    hours: float = 9.0
    peak: float = 4.0  # the busiest minute over the day's average
    agents_per_board: float = 20.0  # supervisors, screens on walls
    seen: int = 200  # seats on one board
    days: int = 92  # that the record keeps

    @property
    def changes_s(self) -> float:
        return self.agents * self.changes_a_day / (self.hours * 3600)

    @property
    def peak_changes_s(self) -> float:
        return self.changes_s * self.peak

    @property
    def boards(self) -> float:
        return self.agents / self.agents_per_board

    @property
    def tenants(self) -> float:
        return math.ceil(self.agents / self.tenant)

    @property
    def board_changes_s(self) -> float:
        """What one board sees change at the peak."""
        return self.peak_changes_s * self.seen / self.agents

    @property
    def frames_s(self) -> float:
        """To all boards at the peak; a tick conflates what it holds."""
        return self.boards * min(self.board_changes_s, FRAMES_PER_S_MAX)


class Costs:
    """The unit costs by name; asking for one that was not measured raises Unmeasured."""

    def __init__(self, known: Mapping[str, float]) -> None:
        self._known = known

    def __getattr__(self, name: str) -> float:
        if name not in self._known:
            raise Unmeasured(name)
        return self._known[name]


Formula = Callable[[World, Costs], float]


def own_cores(world: World, cost: Costs) -> float:
    """Of all nodes together: changes, frames and heartbeats of their own connections."""
    changes = world.peak_changes_s * cost.cpu_ms_per_change
    frames = world.frames_s * cost.cpu_ms_per_frame
    return (changes + frames + world.agents / HEARTBEAT_S * cost.cpu_ms_per_heartbeat) / 1000


def follow_cores(world: World, cost: Costs) -> float:
    """Of each node: what the others commit for the tenants that it has connections of."""
    return world.peak_changes_s * cost.cpu_ms_per_followed_change / 1000


def nodes(world: World, cost: Costs) -> float:
    """As few as carry the CPU and the connections; infinite where following alone is too much.

    own / n + follow * (1 - 1 / n) <= CORE_SHARE
    """
    own, follow = own_cores(world, cost), follow_cores(world, cost)
    if follow >= CORE_SHARE:
        return math.inf
    for_cpu = max(1.0, (own - follow) / (CORE_SHARE - follow))
    return math.ceil(max(for_cpu, (world.agents + world.boards) / NODE_CONNECTIONS))


def node_gb(world: World, cost: Costs) -> float:
    """Of one node: its connections, and a replica of every seat that it follows."""
    count = nodes(world, cost)
    if math.isinf(count):
        return math.inf
    kb = (world.agents * cost.kb_per_agent + world.boards * cost.kb_per_board) / count
    return kb / 1e6 + world.agents * cost.replica_bytes_per_seat / 1e9


def broker_cores(world: World, cost: Costs) -> float:
    """Changes, and one renewal by each node for each tenant every two seconds."""
    count = nodes(world, cost)
    renewals = world.tenants * count / RENEW_S
    changes = world.peak_changes_s * cost.broker_cpu_ms_per_change
    return (changes + renewals * cost.broker_cpu_ms_per_renewal) / 1000


def shards(world: World, cost: Costs) -> float:
    busy = broker_cores(world, cost)
    return busy if math.isinf(busy) else max(1, math.ceil(busy / CORE_SHARE))


def broker_gb(world: World, cost: Costs) -> float:
    """Seats, leases and each tenant's history at its longest."""
    ticks = min(HISTORY_TICKS, world.tenant * world.changes_a_day)
    history = world.tenants * ticks * cost.tick_bytes_per_change
    return (world.agents * cost.broker_bytes_per_seat + history) / 1e9


def rows_a_day(world: World, cost: Costs) -> float:
    return world.agents * world.changes_a_day


def rows_share(world: World, cost: Costs) -> float:
    """The peak against what one connection writes; each node has one."""
    return world.peak_changes_s / cost.rows_per_s_postgresql


def sql_gb_a_month(world: World, cost: Costs) -> float:
    return rows_a_day(world, cost) * 30 * cost.row_bytes_postgresql / 1e9


def sql_gb_kept(world: World, cost: Costs) -> float:
    return rows_a_day(world, cost) * world.days * cost.row_bytes_postgresql / 1e9


def mbit_in(world: World, cost: Costs) -> float:
    heard = world.agents / HEARTBEAT_S * (cost.heartbeat_bytes + FRAME_HEADERS)
    return (heard + world.peak_changes_s * (cost.report_bytes + FRAME_HEADERS)) * 8 / 1e6


def mbit_out(world: World, cost: Costs) -> float:
    seats = world.boards * world.board_changes_s * cost.seat_bytes
    return (world.frames_s * (cost.frame_bytes + FRAME_HEADERS) + seats) * 8 / 1e6


def mbit_bell(world: World, cost: Costs) -> float:
    """From the broker to all nodes that follow."""
    return world.peak_changes_s * cost.tick_bytes_per_change * nodes(world, cost) * 8 / 1e6


PLAN: dict[str, Formula] = {
    "changes/s, average": lambda world, _: world.changes_s,
    "changes/s, peak": lambda world, _: world.peak_changes_s,
    "boards": lambda world, _: world.boards,
    "frames/s to boards, peak": lambda world, _: world.frames_s,
    "cores of all nodes for their own": own_cores,
    "core of each node to follow": follow_cores,
    "nodes (processes)": nodes,
    "GB of memory a node": node_gb,
    "cores of the broker": broker_cores,
    "Redis shards": shards,
    "GB of memory of the broker": broker_gb,
    "rows a day": rows_a_day,
    "SQL writers at the peak (nodes have one each)": rows_share,
    "GB of SQL a month": sql_gb_a_month,
    "GB of SQL kept": sql_gb_kept,
    "Mbit/s in": mbit_in,
    "Mbit/s out to boards": mbit_out,
    "Mbit/s from the broker to the nodes": mbit_bell,
}


def costs(text: str) -> Costs:
    """The rows of the page that have a number."""
    return Costs({name: float(value) for name, value in ROW.findall(text) if value != "?"})


def cell(formula: Formula, world: World, cost: Costs) -> str:
    try:
        value = formula(world, cost)
    except Unmeasured as missing:
        return f"needs {missing}"
    if math.isinf(value):
        return "split the tenants"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(worlds: list[World], cost: Costs) -> list[str]:
    lines = [" | ".join(["| agents", *(f"{world.agents:,}" for world in worlds)]) + " |"]
    lines.append("|" + "---|" * (len(worlds) + 1))
    for name, formula in PLAN.items():
        cells = (cell(formula, world, cost) for world in worlds)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    for field in fields(World):
        kind = float if isinstance(field.default, float) else int
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=kind, metavar="N")
    parser.add_argument("--write", action="store_true", help="into docs/scale.md, too")
    options = vars(parser.parse_args())
    write = options.pop("write")
    given = {name: value for name, value in options.items() if value is not None}
    world = replace(World(), **given)
    sizes = (world.agents,) if "agents" in given else SIZES
    worlds = [replace(world, agents=agents) for agents in sizes]
    lines = table(worlds, costs(FIGURES.read_text()))
    if write:
        between = "\n".join(["", *lines, ""])
        PAGE.write_text(MARKED.sub(rf"\1\n{between}\n\2", PAGE.read_text()))
    print(*lines, sep="\n")


if __name__ == "__main__":
    main()
