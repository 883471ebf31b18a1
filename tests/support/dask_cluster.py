"""A Dask cluster as people run it: a scheduler and workers, each a process."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


@contextmanager
def cluster(folder: Path, n_workers: int) -> Iterator[str]:
    """Give the address of a scheduler that has so many workers."""
    address = folder / "scheduler.json"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--host", "127.0.0.1"]
    scheduler = subprocess.Popen(
        [*command, "--no-dashboard", "--scheduler-file", str(address)], stderr=subprocess.DEVNULL
    )
    options = ["--no-dashboard", "--nthreads", "1", "--nworkers", str(n_workers), "--scheduler-file", str(address)]
    workers = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", *options], stderr=subprocess.DEVNULL
    )
    try:
        while not address.exists() or not address.read_text(encoding="utf-8"):
            time.sleep(0.05)
        yield json.loads(address.read_text(encoding="utf-8"))["address"]
    finally:
        for process in (workers, scheduler):
            _kill(process)


def kill_scheduler(address: str) -> None:
    """Kill the scheduler that listens at an address."""
    port = int(address.rsplit(":", 1)[1])
    for each in psutil.net_connections("tcp"):
        if each.status == psutil.CONN_LISTEN and each.pid and each.laddr[1:] == (port,):
            psutil.Process(each.pid).kill()


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        for each in psutil.Process(process.pid).children(recursive=True):
            each.kill()
        process.kill()
    process.wait()
