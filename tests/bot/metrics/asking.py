"""Ask a bot's endpoint as a monitoring does."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def ask(port: int, path: str) -> tuple[int, Any]:
    """Return status and JSON of an answer."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.json()


@dataclass(frozen=True, slots=True)
class Scrape:
    """The samples of one look, by name and labels."""

    samples: dict[tuple[str, frozenset[tuple[str, str]]], float]

    def __call__(self, name: str, **labels: str) -> float:
        """Return the value of a sample."""
        return self.samples[name, frozenset(labels.items())]

    @property
    def names(self) -> set[str]:
        """Return the names of all samples."""
        return {name for name, _ in self.samples}

    @property
    def labels(self) -> set[str]:
        """Return every label that a sample has."""
        return {label for _, labels in self.samples for label, _ in labels}


async def scrape(port: int) -> Scrape:
    """Return what Prometheus would read now."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        assert answer.status == 200
        families = text_string_to_metric_families(await answer.text())
        samples = [sample for family in families for sample in family.samples]
    return Scrape({(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples})
