"""What a node counts, read off it when Prometheus asks."""

import time
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.live.node import Node


class NodeMetrics(Collector):
    def __init__(self, node: Node) -> None:
        self.node = node

    def collect(self) -> Iterator[Metric]:
        node, floors = self.node, list(self.node.floors.values())
        blind_s = time.time() - node.blind_since if node.blind_since else 0.0
        failing = node.recorder.failing_since
        failing_s = time.time() - failing if failing else 0.0
        yield gauge("agents", "Agents connected to this node", sum(len(f.agents) for f in floors))
        yield gauge("watchers", "Boards on this node", sum(len(f.watchers()) for f in floors))
        yield gauge("views", "Different views of those boards", sum(len(f.views) for f in floors))
        yield gauge("seats", "Seats in this node's replica", sum(len(f.encoded) for f in floors))
        waiting = sum(floor.tenant.waiting for floor in floors)
        yield gauge("changes_waiting", "Changes that the next tick will commit", waiting)
        yield gauge("record_backlog", "Entries that SQL does not have yet", node.recorder.backlog)
        yield gauge("record_failing_seconds", "For how long SQL has refused", failing_s)
        yield gauge("broker_lost_seconds", "For how long the broker has been away", blind_s)


def gauge(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"zaiseki_{name}", meaning, value=value)
