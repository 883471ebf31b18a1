"""One training at a time on a machine, however many bots run there: a lock on a file that ends with its process."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

PATH = Path(tempfile.gettempdir()) / "jigi-training.lock"


class MachineLock:
    """A lock that one holder on this machine has at a time."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or PATH
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock and return True, or return False if somebody has it.

        Raises:
            OSError: The file cannot be opened.
        """
        try:
            file = os.open(self._path, os.O_RDONLY)  # another user's, perhaps, whose file we may not create again
        except FileNotFoundError:
            file = os.open(self._path, os.O_RDONLY | os.O_CREAT, 0o644)
        try:
            _lock(file)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back; closing the file does it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _lock(file: int) -> None:
    """Lock an open file, or raise OSError at once."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
