"""The dashboard and the alert rules speak of what a hub really counts, in Prometheus' own form."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import httpx2
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.hubs import PLAIN, ROOT, running
from tests.peers import agent, board

GRAFANA = ROOT / "docs" / "grafana"
NAME = re.compile(r"\b(?:zaiseki|process)_\w+")
CASES = re.compile(r"^[a-z][a-z0-9_]*$")


class Source(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    uid: str


class Target(msgspec.Struct, forbid_unknown_fields=True):
    datasource: Source
    expr: str
    refId: str
    legendFormat: str
    editorMode: str
    range: bool


class Place(msgspec.Struct, forbid_unknown_fields=True):
    h: int
    w: int
    x: int
    y: int


class Panel(msgspec.Struct):
    """What Grafana needs of a panel (its dashboard JSON model)."""

    id: int
    type: Literal["row", "stat", "timeseries"]
    title: str
    gridPos: Place
    targets: list[Target] = []
    description: str = ""


class Variable(msgspec.Struct):
    name: str
    type: Literal["datasource", "query"]
    query: object
    definition: str = ""


class Templating(msgspec.Struct):
    list: list[Variable]


class Dashboard(msgspec.Struct):
    uid: str
    title: str
    schemaVersion: int
    templating: Templating
    panels: list[Panel]
    time: dict[str, str]


@pytest.fixture
def dashboard() -> Dashboard:
    return msgspec.json.decode((GRAFANA / "dashboard.json").read_bytes(), type=Dashboard)


@pytest.fixture
async def scraped(tmp_path: Path) -> dict[str, set[str]]:
    """The families that a hub with somebody on it answers to /metrics, with their samples."""
    async with running(tmp_path) as hub:
        office = await hub.office()
        _, device = await office.worker("mori")
        async with agent(hub.url, device.token) as pc, board(hub.url, await office.boss()):
            pc.tell()
            await pc.recorded()
            async with httpx2.AsyncClient(verify=PLAIN) as client:
                answer = (await client.get(f"{hub.url}/metrics")).text
    return dict(families(answer))


def families(answer: str) -> Iterator[tuple[str, set[str]]]:
    """A counter without a label yet has no sample: its own name stands for it."""
    for family in text_string_to_metric_families(answer):
        if family.name.endswith("_created"):
            continue  # when each began, which nobody asks
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
        yield family.name, {family.name + end for end in endings.get(family.type, ("",))}


@pytest.mark.requirement("R82")
def test_the_dashboard_asks_only_for_what_is_counted(
    dashboard: Dashboard, scraped: dict[str, set[str]]
) -> None:
    counted = set().union(*scraped.values())
    asked = {name for panel in dashboard.panels for name in asked_by(panel)}

    assert asked
    assert asked <= counted, asked - counted
    for variable in dashboard.templating.list:
        assert set(NAME.findall(variable.definition)) <= counted


def asked_by(panel: Panel) -> set[str]:
    return {name for target in panel.targets for name in NAME.findall(target.expr)}


def test_alerts_ask_only_for_what_is_counted(scraped: dict[str, set[str]]) -> None:
    rules = (GRAFANA / "alerts.yml").read_text()
    asked = set(NAME.findall("\n".join(re.findall(r"expr: (.*)", rules))))

    assert asked
    assert asked <= set().union(*scraped.values())


def test_all_that_we_count_is_on_the_dashboard(
    dashboard: Dashboard, scraped: dict[str, set[str]]
) -> None:
    """What nobody looks at need not be counted."""
    asked = {name for panel in dashboard.panels for name in asked_by(panel)}
    ours = {name: samples for name, samples in scraped.items() if name.startswith("zaiseki_")}
    unseen = {name for name, samples in ours.items() if not samples & asked}

    assert unseen <= {"zaiseki_views", "zaiseki_seats", "zaiseki_tenants"}, unseen


def test_panels_fit_into_the_grid_and_hide_nothing(dashboard: Dashboard) -> None:
    """Grafana's grid has 24 columns; two panels on one place would cover each other."""
    taken: set[tuple[int, int]] = set()
    for panel in dashboard.panels:
        at = panel.gridPos
        cells = {(x, y) for x in range(at.x, at.x + at.w) for y in range(at.y, at.y + at.h)}
        assert at.x + at.w <= 24
        assert not cells & taken, panel.title
        taken |= cells
    ids = [panel.id for panel in dashboard.panels]
    assert len(ids) == len(set(ids))
    assert all(panel.description for panel in dashboard.panels if panel.type != "row")


def test_names_follow_prometheus(scraped: dict[str, set[str]]) -> None:
    """prometheus.io/docs/practices/naming: lower case, base units, totals."""
    for name in scraped:
        assert CASES.match(name)
        assert not re.search(r"_(ms|millis|kb|minutes|hours)\b", name)
