"""The table of docs/scale.md: made from the figures that stand in docs/measurements.md."""

import math
from dataclasses import replace

from tests.bench.scale import (
    FIGURES,
    PLAN,
    ROW,
    Costs,
    World,
    cell,
    costs,
    node_gb,
    nodes,
    rows_a_day,
    sql_gb_kept,
    table,
)

KNOWN = {name: 1.0 for name, _ in ROW.findall(FIGURES.read_text())} | {
    "cpu_ms_per_change": 1.0,
    "cpu_ms_per_followed_change": 0.05,
    "cpu_ms_per_frame": 0.01,
    "cpu_ms_per_heartbeat": 0.02,
    "kb_per_agent": 2.0,
    "kb_per_board": 10.0,
    "replica_bytes_per_seat": 800.0,
}


def test_every_formula_finds_its_figures_on_the_page() -> None:
    """A name that a formula uses and the page lacks would be `needs …` for ever."""
    cost = Costs(KNOWN)
    for name, formula in PLAN.items():
        assert formula(World(), cost) >= 0, name


def test_a_figure_that_was_not_measured_is_named() -> None:
    cost = costs("| kb_per_agent | ? | x |\n| kb_per_board | 3.5 | x |\n")

    assert cost.kb_per_board == 3.5
    assert cell(lambda _, found: found.kb_per_agent, World(), cost) == "needs kb_per_agent"


def test_connections_and_work_both_ask_for_nodes() -> None:
    cost = Costs(KNOWN)

    assert nodes(World(agents=1_000), cost) == 1
    assert nodes(World(agents=100_000), cost) >= 100_000 / 15_000
    assert nodes(replace(World(agents=100_000), changes_a_day=600.0), cost) > nodes(
        World(agents=100_000), cost
    )


def test_what_each_node_follows_is_not_shared_by_more_nodes() -> None:
    cost = Costs(KNOWN | {"cpu_ms_per_followed_change": 1.0})
    world = World(agents=1_000_000)

    assert math.isinf(nodes(world, cost))
    assert math.isinf(node_gb(world, cost))
    assert cell(nodes, world, cost) == "split the tenants"


def test_rows_are_kept_for_as_long_as_the_law_wants() -> None:
    world = World(agents=10_000, changes_a_day=60)

    assert rows_a_day(world, Costs({})) == 600_000
    assert sql_gb_kept(world, Costs({"row_bytes_postgresql": 1_000})) == 55.2


def test_the_table_has_a_column_for_each_size() -> None:
    lines = table([World(), World(agents=100_000)], Costs(KNOWN))

    assert lines[0] == "| agents | 10,000 | 100,000 |"
    assert all(line.count("|") == 4 for line in lines)
