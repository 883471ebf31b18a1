"""A crew of Dask workers. Importing it imports Dask.

Items are handed out as workers come free, so that as many as there are cost no more memory than a few. What a killed
worker had in hand another does again, and nothing else. Dask sends functions and items by pickle, and runs what it is
sent: a cluster has to be one's own, and TLS (`tls://…`) keeps it so on a network of others.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import dask
from distributed import Client, Future, LocalCluster, WorkerPlugin
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker

from model.cluster.crew import Crew, Item, Result
from model.cluster.equipment import ModelFiles, knows, remember
from model.errors import ClusterError

_N_WAITING = 2  # items for each thread of a worker that are handed out ahead
_PATIENCE = 15  # seconds for a scheduler to answer, and to have a worker


class DaskCrew(Crew):
    """The workers of a Dask scheduler."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def equip(self, model: ModelFiles) -> None:
        """Give a model to every worker, and to each that joins."""
        with _in_one_sentence():
            self._client.register_plugin(_Equipment(model))
            is_equipped = self._client.run(knows, model.digest)
        if not all(is_equipped.values()):
            raise ClusterError("A worker did not take the model. Install the same version of Jigi for every worker.")

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Hand items out, a few ahead of those that are worked on."""
        waiting: deque[Future[Result]] = deque()
        n_ahead = _N_WAITING * max(1, sum(self._client.nthreads().values()))
        with _in_one_sentence():
            for item in items:
                waiting.append(self._client.submit(function, item, pure=False))
                if len(waiting) >= n_ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()


class _Equipment(WorkerPlugin):
    """What a worker is given before it does anything."""

    idempotent = True

    def __init__(self, model: ModelFiles) -> None:
        self.name = f"jigi-{model.digest}"
        self._model = model

    def setup(self, worker: object) -> None:
        """Hold the model ready."""
        remember(self._model)


@contextmanager
def started(n_processes: int) -> Iterator[DaskCrew]:
    """Give so many processes of this machine, which end with the block. One that dies is replaced."""
    _be_quiet()
    with (
        LocalCluster(n_processes, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL) as local,
        Client(local) as client,
    ):
        yield DaskCrew(client)


@contextmanager
def connected(scheduler: str) -> Iterator[DaskCrew]:
    """Give the workers of a scheduler.

    Raises:
        ClusterError: It does not answer, or has no workers.
    """
    _be_quiet()
    expected = "Expected: tcp://HOST:PORT of a running `dask scheduler` that has workers."
    try:
        client = Client(scheduler, timeout=_PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise ClusterError(f"The Dask scheduler {scheduler} does not answer. {expected}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise ClusterError(f"The Dask scheduler {scheduler} has no workers. {expected}") from error
        yield DaskCrew(client)


@contextmanager
def _in_one_sentence() -> Iterator[None]:
    try:
        yield
    except KilledWorker as error:
        raise ClusterError(
            "The same part of the work has cost several workers their life; they may have too little memory. "
            "Give them more, or make the parts smaller."
        ) from error
    except (FutureCancelledError, concurrent.futures.CancelledError, asyncio.CancelledError, OSError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise  # a file's, not the network's
        raise ClusterError(
            "The Dask cluster is gone. What was finished is kept: start it again, then go on."
        ) from error
    except ModuleNotFoundError as error:
        raise ClusterError(f"A worker lacks {error.name}. Install the same Jigi, with jigi[dask], for all.") from error


def _be_quiet() -> None:
    """Have nothing of Dask's on the screen: what matters is told in one sentence."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    dask.config.set({"logging.distributed": "critical"})
