"""Keep a training from disturbing what else runs on the machine, and from outliving whoever began it."""

from __future__ import annotations

import os
import sys
import threading

import psutil

_NICEST = 19
STOPPED = 75  # the exit code of a training whose starter is gone


def lower_priority(niceness: int) -> None:
    """Let every other process go first, as `nice` does; on Windows, below normal."""
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    else:
        process.nice(min(process.nice() + niceness, _NICEST))


def limit_memory(n_megabytes: int) -> None:
    """Let this process allocate no more than that; more fails. Nothing happens where the system has no such limit.

    Counts what is allocated, not what is mapped of files: of the 3 GB and more of address space that TensorFlow
    takes, most is never used.
    """
    if sys.platform != "win32":
        import resource

        n_bytes = n_megabytes * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (n_bytes, n_bytes))


def stop_with_stdin() -> None:
    """End this process as soon as standard input ends: a pipe ends with the process that holds its other end."""

    def wait() -> None:
        while os.read(0, 1024):  # not sys.stdin: its lock, held by a thread, would abort the interpreter at its end
            pass
        os._exit(STOPPED)

    threading.Thread(target=wait, name="stop with stdin", daemon=True).start()
