"""What trainings share on a machine: the lock that one of them holds, and the folders that they work in."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock, Timeout

_log = logging.getLogger(__name__)


class TrainingPlace:
    """The one place for a training on this machine. `lock` is a file in a folder that other users cannot write to."""

    def __init__(self, lock: Path) -> None:
        self._lock = FileLock(lock, blocking=False)
        self._folders = lock.parent / "trainings"

    def take(self) -> bool:
        """Take the place unless somebody has it, this process too; remove what a killed training has left there."""
        if self._lock.is_locked:  # the lock itself would let its holder in again
            return False
        try:
            self._folders.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire()
        except (Timeout, OSError) as error:
            _log.info("The lock of this machine's trainings cannot be taken: %s", error)
            return False
        for left in self._folders.iterdir():
            shutil.rmtree(left, ignore_errors=True)  # texts that people taught
        return True

    def leave(self) -> None:
        """Give the place to the next."""
        self._lock.release()

    def is_free(self) -> bool:
        """Say whether nobody trains on this machine."""
        if is_taken := self.take():
            self.leave()
        return is_taken

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """Give a folder that nobody else can read, for as long as the block lasts."""
        with TemporaryDirectory(prefix="training-", dir=self._folders) as name:
            yield Path(name)
