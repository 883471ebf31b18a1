"""The dashboard and the alarms ask for numbers that there are."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot.metrics.asking import Scrape, free_port, scrape
from tests.support.paths import ROOT
from tests.support.processes import process
from tests.support.shop import BAD, open_shop

DASHBOARD = json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text(encoding="utf-8"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
_METRIC = re.compile(r"\b(?:jigi|process)_[a-z_]+\b")
_LABELS = re.compile(r"by \(([a-z, ]+)\)")


@pytest.fixture
async def seen(tmp_path: Path, tiny_model: Path) -> AsyncIterator[Scrape]:
    """Return what a bot shows that has flagged a message."""
    port = free_port()
    async with open_shop(tmp_path, tiny_model) as shop, process(shop, {"METRICS_PORT": str(port)}):
        await shop.server.wait_for(lambda: shop.server.gateway.is_connected, timeout=30)
        await shop.flagged(await shop.customer.send(shop.reviews, BAD))
        yield await scrape(port)


def families(seen: Scrape) -> set[str]:
    """Return the names of metrics, a histogram's once."""
    return {re.sub("_(bucket|count|sum)$", "", name) for name in seen.names}


def expressions() -> list[str]:
    return [target["expr"] for panel in PANELS for target in panel["targets"]]


async def test_every_metric_of_the_dashboard_exists_with_its_labels(seen: Scrape) -> None:
    asked = {name for expression in expressions() for name in _METRIC.findall(expression)}
    assert len(asked) > 20
    assert asked - seen.names == set()
    labels = {
        label for expression in expressions() for group in _LABELS.findall(expression) for label in group.split(", ")
    }
    legends = [target["legendFormat"] for panel in PANELS for target in panel["targets"]]
    labels |= {label for legend in legends for label in re.findall(r"{{(\w+)}}", legend)}
    assert labels <= seen.labels


async def test_every_metric_of_ours_is_on_the_dashboard(seen: Scrape) -> None:
    shown = "\n".join(expressions())
    ours = {name for name in families(seen) if name.startswith("jigi_")}
    assert {name for name in ours if name not in shown} == set()


@pytest.mark.parametrize("paper", ["OPERATIONS.md", "OPERATIONS.ko.md"])
async def test_every_metric_of_the_papers_exists(seen: Scrape, paper: str) -> None:
    asked = set(_METRIC.findall((ROOT / "docs" / paper).read_text(encoding="utf-8")))
    assert asked
    assert asked - seen.names - families(seen) == set()


def test_panels_do_not_lie_on_each_other() -> None:
    def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
        place = panel["gridPos"]
        return {(place["x"] + i, place["y"] + j) for i in range(place["w"]) for j in range(place["h"])}

    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        assert taken.isdisjoint(cells(panel)), panel["title"]
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
        taken |= cells(panel)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
