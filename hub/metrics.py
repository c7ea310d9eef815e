"""What a node has at the moment, read off it when Prometheus asks; see `counters` as well."""

import time
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.live.floor import Floor
from hub.live.node import Node
from hub.live.recorder import BACKLOG_MAX
from storage.database import POOL_OVERFLOW, POOL_SIZE
from storage.health import connections


class NodeMetrics(Collector):
    def __init__(self, node: Node) -> None:
        self.node = node

    def collect(self) -> Iterator[Metric]:
        floors = list(self.node.floors.values())
        yield from crowd(floors)
        yield from broker(self.node, floors)
        yield from record(self.node)
        yield gauge("leaving", "1 while this node stops", self.node.leaving)


def crowd(floors: list[Floor]) -> Iterator[Metric]:
    watchers = [watcher for floor in floors for watcher in floor.audience.watchers()]
    views = sum(len(floor.audience.views) for floor in floors)
    seats = sum(len(floor.audience.seats.whole) for floor in floors)
    behind = sum(watcher.behind for watcher in watchers)
    yield gauge("agents", "Agents connected to this node", sum(len(f.agents) for f in floors))
    yield gauge("watchers", "Boards on this node", len(watchers))
    yield gauge("watchers_behind", "Boards that were skipped and not yet caught up", behind)
    yield gauge("views", "Different views of those boards", views)
    yield gauge("seats", "Seats in this node's replica", seats)


def broker(node: Node, floors: list[Floor]) -> Iterator[Metric]:
    waiting = sum(floor.tenant.waiting for floor in floors)
    blind = sum(node.blind(floor) for floor in floors)
    yield gauge("changes_waiting", "Changes that the next tick will commit", waiting)
    yield gauge("tenants", "Tenants that this node follows", len(floors))
    yield gauge("tenants_blind", "Those whose boards are cut, for their broker is away", blind)
    lost_s = max((seconds_since(node.blind_since(floor)) for floor in floors), default=0.0)
    yield gauge("broker_lost_seconds", "For how long the broker, or a shard, is away", lost_s)


def record(node: Node) -> Iterator[Metric]:
    recorder, pool = node.recorder, POOL_SIZE + POOL_OVERFLOW
    failing_s = seconds_since(recorder.failing_since)
    yield gauge("record_backlog", "Entries that SQL does not have yet", recorder.backlog)
    yield gauge("record_backlog_limit", "From how many on agents keep theirs", BACKLOG_MAX)
    yield gauge("record_oldest_seconds", "How long the oldest of them waits", recorder.oldest_s)
    yield gauge("record_failing_seconds", "For how long SQL has refused", failing_s)
    used = connections(node.engine)
    yield gauge("database_connections", "Connections to SQL in use", used)
    yield gauge("database_connections_limit", "The most that this process opens", pool)


def seconds_since(at: float | None) -> float:
    return 0.0 if at is None else time.time() - at


def gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"zaiseki_{name}", meaning, value=value)
