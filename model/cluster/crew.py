"""Who works: this process alone, some processes of this machine, or the workers of a Dask cluster.

with open_crew(scheduler, n_processes) as crew:
for result in crew.map(function, items): ...
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from model.cluster.equipment import ModelFiles, remember
from model.errors import ClusterError

Item = TypeVar("Item")
Result = TypeVar("Result")


class Crew(ABC):
    """Somebody who does the same with many items."""

    @abstractmethod
    def equip(self, model: ModelFiles) -> None:
        """Have every worker hold a model ready, those that join later too.

        Raises:
            ClusterError: Not every worker can.
        """

    @abstractmethod
    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Yield the function's result for each item, in order. Items are taken a few ahead, however many there are.

        Raises:
            ClusterError: The cluster is gone, or an item has cost several workers their life.
        """


class Alone(Crew):
    """This process, without Dask."""

    def equip(self, model: ModelFiles) -> None:
        """Hold a model ready."""
        remember(model)

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Do one item after the other."""
        return map(function, items)


@contextmanager
def open_crew(scheduler: str | None = None, n_processes: int = 1) -> Iterator[Crew]:
    """Give the workers of a scheduler, or else so many processes of this machine, which end with the block.

    Args:
        scheduler: its address, tcp://HOST:PORT or tls://HOST:PORT; None: this machine's own processes
        n_processes: 1 is this process, without Dask

    Raises:
        ClusterError: The scheduler does not answer or has no workers, or Dask is not installed.
    """
    if scheduler is None and n_processes == 1:
        yield Alone()
        return
    try:
        from model.cluster.dask_crew import connected, started
    except ModuleNotFoundError as error:
        raise ClusterError(
            f"{error.name} is not installed. Several processes need: pip install 'jigi[dask]'"
        ) from error
    with connected(scheduler) if scheduler is not None else started(n_processes) as crew:
        yield crew
